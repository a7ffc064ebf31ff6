"""False alarms asked and expected, and limits of machines and models, over HTTP."""

import pytest

from tests.integration.anomaly.test_calibration import GROWN, Slow
from tests.integration.anomaly.test_devices import Pump
from tests.integration.conftest import ClientFor
from tests.support.http import Api


@pytest.fixture
def pump(api: Api) -> Pump:
    world = Slow(api.database)
    pump = Pump.of(world)
    world.send("gw", pump.series, GROWN)
    world.score("gw")
    return pump


def test_what_is_expected_is_told_with_what_it_rests_on(pump: Pump, client_for: ClientFor) -> None:
    engineer = client_for("engineer")
    found = engineer.get(f"/assets/{pump.asset}/calibration").json()["calibration"]
    assert found["asked"] == 1.0
    assert 0 <= found["low"] <= found["mean"] <= found["high"]
    assert found["rough"] is (found["blocks"] < 144)
    fleet = engineer.get("/alarm-calibration").json()
    assert fleet["worst"] == [found]
    assert (fleet["devices"], fleet["asked"], fleet["expected"]) == (1, 1.0, found["mean"])
    nothing = engineer.get("/assets/ast_none/calibration")
    assert nothing.status_code == 404


def test_a_rate_is_asked_with_the_choice_of_a_detector(client_for: ClientFor) -> None:
    admin = client_for("admin")
    assert admin.get("/detectors").json()["false_alarms_per_year"] == 1.0
    choice = {"applies_to": "equipment_class", "target": "mixer", "detector": "ew_chart"}
    made = admin.post("/detector-choices", json=choice | {"false_alarms_per_year": 4})
    assert (made.status_code, made.json()["false_alarms_per_year"]) == (201, 4)
    version, detector = (made.json()[name] for name in ("version", "detector_version"))
    fewer = admin.post("/detector-choices", json=choice | {"false_alarms_per_year": 0.5}).json()
    assert (fewer["version"], fewer["detector_version"]) == (version + 1, detector)
    for rate in (0, 1000, "often"):
        refused = admin.post("/detector-choices", json=choice | {"false_alarms_per_year": rate})
        assert refused.status_code == 422
    whole = {"subject": "device", "steps": [{"name": "anomaly.HalfSpaceTrees"}]}
    river = choice | {"detector": "river", "parameters": whole, "false_alarms_per_year": 4}
    refused = admin.post("/detector-choices", json=river)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")


def test_limits_are_inherited_overridden_and_given_back(pump: Pump, client_for: ClientFor) -> None:
    lead = client_for("desk_lead")
    assert lead.get("/assets/ast_none/limits").status_code == 404
    model_id = lead.get(f"/assets/{pump.asset}/limits").json()["model_id"]
    address = f"/product-models/{model_id}/limits/vibration"
    empty = lead.get(address)
    assert (empty.json()["version"], empty.json()["limits"]) == (0, [])
    body = {"limits": [{"kind": "h", "setpoint": 4.5, "deadband": 0.2}]}
    made = lead.put(address, json=body, headers={"If-Match": empty.headers["ETag"]})
    assert (made.status_code, made.json()["version"]) == (200, 1)
    stale = lead.put(address, json=body, headers={"If-Match": empty.headers["ETag"]})
    assert stale.status_code == 412
    (listed,) = lead.get(f"/product-models/{model_id}/limits").json()["items"]
    assert listed == made.json()
    refused = lead.put(address, json={"limits": [body["limits"][0], body["limits"][0]]})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_limits")
    assert client_for("engineer").put(address, json=body).status_code == 403
