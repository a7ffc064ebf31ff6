"""The tags of a gateway over HTTP: found, paged, with the newest reading, and only one's own."""

from datetime import UTC, datetime

from kernel.ids import new_id
from registry.models import TagMapping
from telemetry import service as telemetry
from telemetry.models import LatestReading
from tests.integration.conftest import ClientFor
from tests.support import factories
from tests.support.http import Api


def test_the_tags_of_a_gateway_are_listed_with_their_newest_readings(
    api: Api, client_for: ClientFor
) -> None:
    mark = new_id("t")[-6:]
    with api.database.transaction() as session:
        owner, other = factories.organisation(session), factories.organisation(session)
        site = factories.site(session, owner)
        asset = factories.asset(session, owner, on_site=site)
        second = factories.asset(session, owner, on_site=site)
        gateway = factories.gateway(session, site)
        for name in ("flow", "level", "vibration"):
            session.add(TagMapping(gateway_id=gateway.id, tag=f"{mark}/{name}",
                                   asset_id=asset.id, series_name=name))  # fmt: skip
        session.add(TagMapping(gateway_id=gateway.id, tag=f"{mark}/z",
                               asset_id=second.id, series_name="50% load"))  # fmt: skip
        series = telemetry.register_series(session, asset.id, "flow", unit="m³/h", kind="flow")
        session.flush()
        now = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
        session.add(LatestReading(series_id=series, ts=now, value=4.5, quality=0, recorded_at=now))
        gateway_id, asset_id, serial = gateway.id, asset.id, asset.serial_number
        second_id = second.id
    admin = client_for("admin")
    path = f"/gateways/{gateway_id}/tags"
    first = admin.get(path, params={"limit": 2}).json()
    assert [tag["series_name"] for tag in first["items"]] == ["flow", "level"]
    assert first["items"][0] == {
        "tag": f"{mark}/flow", "asset_id": asset_id, "asset_name": first["items"][0]["asset_name"],
        "asset_serial": serial, "series_name": "flow", "series_id": series, "unit": "m³/h",
        "kind": "flow",
        "latest": {"series_id": series, "ts": "2026-03-04T05:06:07Z", "value": 4.5, "quality": 0,
                   "recorded_at": "2026-03-04T05:06:07Z"},
    }  # fmt: skip
    assert first["items"][1]["series_id"] is None
    rest = admin.get(path, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [tag["series_name"] for tag in rest["items"]] == ["vibration", "50% load"]
    assert rest["next_cursor"] is None
    found = admin.get(path, params={"q": "VIBR"}).json()["items"]
    assert [tag["series_name"] for tag in found] == ["vibration"]
    assert admin.get(path, params={"q": "%"}).json()["items"] == []
    of_second = admin.get(path, params={"asset_id": second_id}).json()["items"]
    assert [tag["series_name"] for tag in of_second] == ["50% load"]
    stranger = client_for("customer", other)
    assert stranger.get(path).status_code in {403, 404}
    assert admin.get("/gateways/gw_unknown/tags").status_code == 404
