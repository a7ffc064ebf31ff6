"""Backtests over HTTP: asked for once, read by one's own organisation, compared with what was."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from anomaly.models import Alarm
from kernel.ids import new_id
from tests.integration.anomaly.history.past import FAULT_AT, SPAN, START, Past, moment
from tests.integration.conftest import ClientFor
from tests.support import factories
from tests.support.http import Api
from work_orders.models import Ticket


@pytest.fixture
def served(api: Api) -> Past:
    return Past(api.database)


def body(*asset_ids: str, **more: Any) -> dict[str, Any]:
    return {
        "applies_to": "assets", "asset_ids": list(asset_ids), "begins_at": START.isoformat(),
        "ends_at": (START + SPAN).isoformat(),
    } | more  # fmt: skip


def raised(asset_id: str, organisation_id: str, reading: int, verdict: str | None) -> Alarm:
    at = moment(reading)
    return Alarm(
        id=new_id("alm"), asset_id=asset_id, organisation_id=organisation_id, category="machine",
        severity="high", failure_mode="bearing_wear", state="normal", historical=False,
        detector="test", onset_epoch=uuid4(), onset_lane="live", onset_seq=1, onset_index=0,
        onset_at=at, raised_at=at, returned_at=at + timedelta(minutes=1), verdict=verdict,
        summary={"en": "a", "zh": "b"}, cause={}, contributors=[], score=2.0,
    )  # fmt: skip


def test_asked_for_twice_with_one_key_it_is_made_once(served: Past, client_for: ClientFor) -> None:
    asset_id = served.machine()
    lead = client_for("desk_lead")
    headers = {"Idempotency-Key": str(uuid4())}
    first = lead.post("/backtests", json=body(asset_id), headers=headers)
    again = lead.post("/backtests", json=body(asset_id), headers=headers)
    assert (first.status_code, again.json()) == (201, first.json())
    assert len(lead.get("/backtests").json()["items"]) == 1
    assert lead.get("/backtests", params={"asset_id": "ast_other"}).json()["items"] == []
    address = f"/backtests/{first.json()['id']}"
    early = lead.delete(address)
    assert (early.status_code, early.json()["code"]) == (409, "backtest_under_way")
    served.finish(first.json()["id"])
    shown = lead.get(address).json()
    assert (shown["state"], shown["alarms_found"], shown["progress"]) == ("finished", 1, 1.0)
    assert shown["assets"][0]["asset_serial"].startswith("SN-")
    late = lead.post(f"{address}/cancel")
    assert (late.status_code, late.json()["code"]) == (409, "backtest_ended")
    (alarm,) = lead.get(f"{address}/alarms").json()["items"]
    assert sorted(alarm["summary"]) == ["en", "zh"]
    assert lead.delete(address).status_code == 204
    assert lead.get(address).json()["code"] == "backtest_not_found"


def test_an_empty_span_is_refused_in_words_and_nothing_is_made(
    served: Past, client_for: ClientFor
) -> None:
    lead, asset_id = client_for("desk_lead"), served.machine()
    empty = {"begins_at": "2025-01-01T00:00:00Z", "ends_at": "2025-02-01T00:00:00Z"}
    answer = lead.post("/backtests", json=body(asset_id, **empty))
    assert (answer.status_code, answer.json()["code"]) == (422, "backtest_without_readings")
    assert "2025-01-01" in answer.json()["detail"]
    assert lead.get("/backtests").json()["items"] == []


def test_others_see_neither_the_backtests_of_an_organisation_nor_those_of_machines_it_gave_away(
    served: Past, client_for: ClientFor
) -> None:
    with served.database.transaction() as session:
        one, other = factories.organisation(session), factories.organisation(session)
    asset_id = served.machine(one)
    made = client_for("desk_lead").post("/backtests", json=body(asset_id)).json()
    own = client_for("desk_lead", one).post("/backtests", json=body(asset_id)).json()
    customers = client_for("customer", one), client_for("customer", other)
    for customer in customers:
        assert customer.get(f"/backtests/{made['id']}").status_code == 404
    assert [each["id"] for each in customers[0].get("/backtests").json()["items"]] == [own["id"]]
    assert customers[1].get("/backtests").json()["items"] == []
    for address in ("", "/alarms", "/comparison"):
        assert customers[1].get(f"/backtests/{own['id']}{address}").status_code == 404
    foreign = client_for("desk_lead", other).post("/backtests", json=body(asset_id))
    assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
    with served.database.transaction() as session:
        from registry.models import Asset

        given = session.get(Asset, asset_id)
        assert given is not None
        given.organisation_id, given.site_id = other.id, None
    assert customers[0].get(f"/backtests/{own['id']}").status_code == 404
    assert customers[0].get("/backtests").json()["items"] == []


def test_held_against_what_was_raised_and_opened(served: Past, client_for: ClientFor) -> None:
    lead, asset_id = client_for("desk_lead"), served.machine()
    with served.database.transaction() as session:
        from registry.models import Asset

        owner = session.get(Asset, asset_id)
        assert owner is not None
        alarms = [
            raised(asset_id, owner.organisation_id, reading, verdict)
            for reading, verdict in ((10, None), (350, "false"), (FAULT_AT + 20, "true"))
        ]
        session.add_all(alarms)
        order = Ticket(
            id=new_id("wo"), number="WO-1", kind="corrective", organisation_id=owner.organisation_id,
            asset_id=asset_id, title="Loud", priority="P2", stage_since=START,
            created_at=moment(FAULT_AT + 300),
        )  # fmt: skip
        session.add(order)
        session.flush()
    made = lead.post("/backtests", json=body(asset_id)).json()
    served.finish(made["id"])
    found = lead.get(f"/backtests/{made['id']}/comparison").json()
    assert [(each["numbers"], each["warming"]) for each in found["raised"]] == [
        ([], True), ([], False), ([1], False),
    ]  # fmt: skip
    assert found["raised"][2]["verdict"] == "true"
    (opened,) = found["opened"]
    assert (opened["number"], opened["numbers"]) == ("WO-1", [1])
    assert opened["ahead_s"] == pytest.approx(300 * 5, abs=60)
    assert (found["extra"], found["cut"]) == ([], False)
