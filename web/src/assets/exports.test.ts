import { expect, test } from "vitest";
import { exportAddress } from "./ExportMenu";

test("asks for every reading of the span that is seen", () => {
  const address = exportAddress([7, 9], { from: 0, to: 60_000 }, "parquet");
  expect(address).toBe(
    "/api/v1/series/export?ids=7%2C9&start=1970-01-01T00%3A00%3A00.000Z" +
      "&end=1970-01-01T00%3A01%3A00.000Z&format=parquet",
  );
});

test("asks for no more series than may be asked for at once", () => {
  const ids = Array.from({ length: 600 }, (_, index) => index);
  const asked = new URLSearchParams(exportAddress(ids, { from: 0, to: 1 }, "csv").split("?")[1]);
  expect(asked.get("ids")?.split(",")).toHaveLength(500);
});
