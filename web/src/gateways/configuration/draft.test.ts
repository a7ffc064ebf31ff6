import { expect, test } from "vitest";
import { changed, finalOf, placedFault, sourcesOf } from "./draft";

const DOCUMENT = {
  frames: { readings_max: 500 },
  opcua: [
    {
      name: "plc",
      url: "opc.tcp://plc:4840",
      tags: [
        { node: "ns=2;s=a", asset: "P-1", series: "a", unit: "bar", low: 0, deadband: 0.1 },
        { node: "ns=2;s=b", asset: "P-1", series: "b" },
      ],
    },
    {
      name: "press",
      url: "opc.tcp://press:4840",
      tags: [{ node: "i=1", asset: "P-2", series: "c" }],
    },
  ],
  mqtt_json: [{ name: "fans", url: "mqtt://b", patterns: [{ path: "$.t" }] }],
};

test("each tag is a row with what tells it at its source", () => {
  const sources = sourcesOf(DOCUMENT);
  expect(sources.map(({ key, name, tags }) => [key, name, tags.length])).toEqual([
    ["opcua[1]", "plc", 2],
    ["opcua[2]", "press", 1],
    ["mqtt_json[1]", "fans", 0],
  ]);
  expect(sources[0]?.tags[1]).toMatchObject({ key: "opcua[1].tags[2]", address: "ns=2;s=b" });
});

test("one value is changed, and what is not shown stays", () => {
  const made = changed(DOCUMENT, "opcua[1].tags[1]", "low", " 2.5 ");
  expect(sourcesOf(made)[0]?.tags[0]?.facts).toMatchObject({ low: 2.5, deadband: 0.1 });
  expect(DOCUMENT.opcua[0]?.tags[0]).toMatchObject({ low: 0 });
  const emptied = changed(DOCUMENT, "opcua[1].tags[1]", "unit", "");
  expect(sourcesOf(emptied)[0]?.tags[0]?.facts).not.toHaveProperty("unit");
  // What is no number is sent as it was typed, for the gateway's rules to refuse.
  const wrong = changed(DOCUMENT, "opcua[1]", "sampling_interval_ms", "fast");
  expect(sourcesOf(wrong)[0]?.facts.sampling_interval_ms).toBe("fast");
});

test("tags that are taken out are gone, with a source that then reads nothing", () => {
  const { document, keys } = finalOf(DOCUMENT, new Set(["opcua[1].tags[1]", "opcua[2].tags[1]"]));
  expect(document.opcua).toEqual([{ ...DOCUMENT.opcua[0], tags: [DOCUMENT.opcua[0]?.tags[1]] }]);
  expect(document.mqtt_json).toEqual(DOCUMENT.mqtt_json);
  expect(document.frames).toEqual(DOCUMENT.frames);
  expect(keys.get("opcua[1].tags[1]")).toBe("opcua[1].tags[2]");
  expect(finalOf({ opcua: [DOCUMENT.opcua[1]] }, new Set(["opcua[1].tags[1]"])).document).toEqual(
    {},
  );
});

test("a fault stands at the field of the row it is about", () => {
  const { keys } = finalOf(DOCUMENT, new Set(["opcua[1].tags[1]"]));
  const at = (place: string, code = "missing") => placedFault({ place, code }, keys);
  expect(at("opcua[1].tags[1].unit")).toEqual({ key: "opcua[1].tags[2]", field: "unit" });
  expect(at("opcua[1].tags[1]", "range_reversed")).toEqual({
    key: "opcua[1].tags[2]",
    field: "low",
  });
  expect(at("opcua[1].sampling_interval_ms")).toEqual({
    key: "opcua[1]",
    field: "sampling_interval_ms",
  });
  expect(at("")).toBeNull();
});
