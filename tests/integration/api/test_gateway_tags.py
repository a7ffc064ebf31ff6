"""The tags of a gateway over HTTP: found, paged, with the newest reading, and only one's own."""

import json
from datetime import UTC, date, datetime

from sqlalchemy import text

from ingest.partitions import ensure_frames_partitions
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


def test_tags_that_are_read_no_more_stand_apart(api: Api, client_for: ClientFor) -> None:
    with api.database.transaction() as session:
        owner = factories.organisation(session)
        site = factories.site(session, owner)
        asset = factories.asset(session, owner, on_site=site)
        gateway = factories.gateway(session, site)
        for name in ("flow", "level"):
            session.add(TagMapping(gateway_id=gateway.id, tag=f"P/{name}", asset_id=asset.id,
                                   series_name=name))  # fmt: skip
        gateway_id = gateway.id
    admin = client_for("admin")
    path = f"/gateways/{gateway_id}/tags"

    def announced(key: bytes, *names: str, first: str, again: str) -> None:
        tags = [[f"P/{name}", "P", name, "", None, None, "other", "number"] for name in names]
        with api.database.transaction() as session:
            session.execute(
                text("INSERT INTO ingest.schemas (agent_id, schema_hash, tags, tags_count,"
                     " first_announced_at, announced_at) VALUES (:agent, :key, CAST(:tags AS jsonb),"
                     " 0, :first, :again)"),
                {"agent": gateway_id, "key": key, "tags": json.dumps(tags), "first": first,
                 "again": again},
            )  # fmt: skip

    def shown(*, removed: bool = False) -> list[str]:
        found = admin.get(path, params={"removed": removed}).json()["items"]
        return [tag["series_name"] for tag in found]

    # Before anything was announced nothing is known to be gone.
    assert (shown(), shown(removed=True)) == (["flow", "level"], [])
    announced(b"1", "flow", "level", first="2026-01-01T00:00Z", again="2026-01-01T00:00Z")
    assert (shown(), shown(removed=True)) == (["flow", "level"], [])
    announced(b"2", "flow", first="2026-01-02T00:00Z", again="2026-01-02T00:00Z")
    assert (shown(), shown(removed=True)) == (["flow"], ["level"])
    with api.database.transaction() as session:
        frame = {"agent": gateway_id, "at": datetime(2026, 1, 2, 1, tzinfo=UTC),
                 "epoch": "00000000-0000-0000-0000-000000000001"}  # fmt: skip
        session.execute(
            text("INSERT INTO ingest.agents (agent_id, epoch, last_seen_at)"
                 " VALUES (:agent, :epoch, :at)"), frame,
        )  # fmt: skip
    ensure_frames_partitions(api.database.engine, [date(2026, 1, 2)])
    with api.database.transaction() as session:
        made = session.execute(
            text("INSERT INTO ingest.mappings (agent_id, schema_hash, series_ids)"
                 " VALUES (:agent, '2', '{1}') RETURNING id"), frame,
        ).scalar_one()  # fmt: skip
        session.execute(
            text("INSERT INTO ingest.frames (agent_id, epoch, lane, seq, received_at, digest,"
                 " mapping_id, readings, quarantined, dropped, body)"
                 " VALUES (:agent, :epoch, 'live', 1, :at, '', :mapping, 1, 0, 0, '')"),
            {**frame, "mapping": made},
        )  # fmt: skip
        # A backlog of the former schema arrives, which is announced once more for it.
        session.execute(
            text("UPDATE ingest.schemas SET announced_at = now()"
                 " WHERE agent_id = :agent AND schema_hash = '1'"), frame,
        )  # fmt: skip
    assert (shown(), shown(removed=True)) == (["flow"], ["level"])
    announced(b"3", "level", first="2026-01-03T00:00Z", again="2026-01-03T00:00Z")
    assert (shown(), shown(removed=True)) == (["level"], ["flow"])
