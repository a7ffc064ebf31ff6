"""Versions of a gateway's configuration: what is refused, compared and mapped."""

from typing import Any

from tests.integration.gateways.conftest import World

URL = "opc.tcp://10.0.0.1:4840"


def _write(world: World, document: Any, **more: Any) -> tuple[int, Any]:
    answer = world.admin.post(
        f"/gateways/{world.gateway_id}/configurations", json={"document": document, **more}
    )
    return answer.status_code, answer.json()


def _document(world: World, **source: Any) -> dict[str, Any]:
    tag = {"node": "ns=2;s=A", "asset": world.serial, "series": "a"}
    return {"opcua": [{"name": "plc", "url": URL, "tags": [tag], **source}]}


def test_what_a_gateway_would_refuse_is_not_written(world: World) -> None:
    wrong: list[tuple[Any, str]] = [
        ({"agent": "x"}, "agent: is set at the gateway itself"),
        ({"pki": "x"}, "pki: is set at the gateway itself"),
        ({"buffer": {"path": "/tmp/x"}}, "buffer.path: is set at the gateway itself"),
        ({"buffer": 1}, "buffer: "),
        ({"opcua": {}}, "opcua: "),
        ({"nonsense": 1}, "nonsense: "),
        (_document(world, url="http://x"), "opcua[1].url: "),
        (_document(world, password="hidden"), "opcua.[1]"),
        (_document(world, url="opc.tcp://u:hidden@10.0.0.1"), "opcua"),
        (
            {"mqtt_json": [{"name": "m", "url": "mqtt://u:hidden@b", "topics": ["t"],
                            "tags": [{"path": "$.a", "asset": world.serial, "series": "s"}]}]},
            "mqtt_json",
        ),
        (
            _document(world, user_certificate_file="../x.pem", user_key_file="/etc/shadow"),
            "opcua",
        ),
    ]  # fmt: skip
    for document, begins in wrong:
        status, answer = _write(world, document)
        assert (status, answer["code"]) == (422, "gateway_configuration_invalid"), document
        assert begins.rstrip("[1].") in answer["detail"], answer["detail"]
        assert "hidden" not in str(answer)
        checked = world.post(
            f"/gateways/{world.gateway_id}/configurations/check", {"document": document}
        )
        assert checked["faults"], document
        assert all(fault["code"] and fault["message"] for fault in checked["faults"])
        assert checked["differences"] == []
    assert world.get(f"/gateways/{world.gateway_id}/configurations")["items"] == []
    assert world.configuration()["wanted_version"] is None


def test_a_draft_is_told_its_faults_by_field_and_what_it_would_change(world: World) -> None:
    place = f"/gateways/{world.gateway_id}/configurations"
    tag = {"node": "ns=2;s=a", "asset": world.serial, "series": "flow", "unit": "bar"}
    source = {"name": "plc", "url": URL, "tags": [tag]}
    assert world.post(place, {"document": {"opcua": [source]}})["version"] == 1

    def checked(**changes: Any) -> Any:
        draft = {"opcua": [{**source, "tags": [{**tag, **changes}]}]}
        return world.post(f"{place}/check", {"document": draft})

    def fault(**changes: Any) -> tuple[str, str, Any]:
        (one,) = checked(**changes)["faults"]
        return one["place"], one["code"], one["facts"]

    assert fault(low=5, high=3) == ("opcua[1].tags[1]", "range_reversed", {"low": 5, "high": 3})
    assert fault(sampling_interval_ms=-7) == (
        "opcua[1].tags[1].sampling_interval_ms", "greater_than_equal", {"ge": -1},
    )  # fmt: skip
    assert fault(asset="SN-of-nobody") == (
        "opcua[1].tags[1].asset", "unknown_asset", {"serial": "SN-of-nobody"},
    )  # fmt: skip
    good = checked(unit="MPa", low=0)
    assert good["faults"] == []
    assert [(each["path"].rpartition(".")[2], each["before"], each["after"])
            for each in good["differences"]] == [("low", None, 0), ("unit", "bar", "MPa")]  # fmt: skip


def test_a_machine_of_somebody_else_is_not_mapped(world: World) -> None:
    body = world.tags(URL, [0])
    body["tags"][0]["asset"] = "SN-of-nobody"
    answer = world.admin.post(f"/gateways/{world.gateway_id}/tags", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_asset")
    assert answer.json()["facts"]["serial_numbers"] == ["SN-of-nobody"]


def test_two_authors_do_not_overwrite_each_other(world: World) -> None:
    first, second = _document(world), _document(world, publishing_interval_ms=500)
    assert _write(world, first, based_on=0)[0] == 201
    status, answer = _write(world, second, based_on=0)
    assert (status, answer["code"], answer["facts"]["version"]) == (
        409, "gateway_configuration_outdated", 1,
    )  # fmt: skip
    assert _write(world, second, based_on=1)[0] == 201
    status, answer = _write(world, second, based_on=2)
    assert (status, answer["code"]) == (409, "gateway_configuration_unchanged")
    differences = world.get(f"/gateways/{world.gateway_id}/configurations/2/differences")
    assert differences["items"] == [
        {"path": "opcua[plc].publishing_interval_ms", "before": None, "after": 500}
    ]
    listed = world.get(f"/gateways/{world.gateway_id}/configurations?limit=1")
    assert [item["version"] for item in listed["items"]] == [2]
    assert listed["items"][0]["author_name"].startswith("Admin")
    more = world.get(
        f"/gateways/{world.gateway_id}/configurations?limit=1&cursor={listed['next_cursor']}"
    )
    assert [item["version"] for item in more["items"]] == [1]


def test_tags_are_added_replaced_and_taken_out(world: World) -> None:
    world.map(URL, [0, 1])
    body = world.tags(URL, [1])
    body["tags"][0] |= {"series": "flow", "unit": "m³/h", "options": {"name": "F1"}}
    made = world.post(f"/gateways/{world.gateway_id}/tags", body)
    (source,) = made["document"]["opcua"]
    assert [tag["series"] for tag in source["tags"]] == ["tag0", "flow"]
    assert source["tags"][1]["name"] == "F1"
    body = {"source": {"kind": "opcua", "name": "plc"}, "removed": [f"{world.serial}/tag0"]}
    made = world.post(f"/gateways/{world.gateway_id}/tags", body)
    assert [tag["series"] for tag in made["document"]["opcua"][0]["tags"]] == ["flow"]
    body["removed"] = [f"{world.serial}/flow"]
    made = world.post(f"/gateways/{world.gateway_id}/tags", body)
    assert made["document"] == {}
    history = world.get("/audit?object_kind=gateway&object_id=" + world.gateway_id)["items"]
    assert sum(item["action"] == "gateway.configuration.map" for item in history) == 4


def test_the_schema_names_what_may_be_given(world: World) -> None:
    schema = world.get("/gateway-configuration-schema")
    assert {"opcua", "mqtt_json", "sparkplug", "frames"} <= set(schema["properties"])
    assert not {"agent", "key", "mqtt", "platform", "pki"} & set(schema["properties"])
