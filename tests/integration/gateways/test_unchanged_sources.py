"""A new configuration: servers that it says the same of keep their sessions and lose nothing."""

from typing import Any

import pytest
from sqlalchemy import text

from runtime.embedded.mqtt import EmbeddedMqtt
from tests.integration.gateways.conftest import World
from tests.integration.gateways.site import RunningGateway, Site, until
from tests.integration.ingest.conftest import consuming

STEPS = 40


def _sessions(site: Site) -> set[str]:
    """Return the sessions the PLC has, by their tokens."""

    async def look() -> set[str]:
        found = site.plc.server.iserver._external_sessions
        return {token.to_string() for token in found}

    return site.call(look())


def _map(world: World, site: Site, name: str, numbers: list[int], **options: Any) -> None:
    body = world.tags(site.plc.url, numbers)
    body["source"] = {**body["source"], "name": name}
    body["source"]["options"] = {**body["source"]["options"], **options}
    version = world.post(f"/gateways/{world.gateway_id}/tags", body)["version"]
    until(lambda: world.configuration()["applied_version"] == version)
    until(lambda: world.configuration()["state"] == "applied")


def _stored(world: World, series: str) -> list[float]:
    """Return the values of one of the machine's series in the order of time."""
    query = text(
        "SELECT r.value FROM telemetry.readings r JOIN telemetry.series s ON s.id = r.series_id"
        " WHERE s.asset_id = :asset AND s.name = :name ORDER BY r.ts"
    )
    with world.database.transaction() as session:
        return list(session.scalars(query, {"asset": world.asset_id, "name": series}))


def _reports(gateway: RunningGateway) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in (s.report() for s in gateway.agent.sources)}


@pytest.mark.long
def test_an_unchanged_server_keeps_its_session_while_another_is_added_and_taken_away(
    world: World, site: Site, mqtt: EmbeddedMqtt
) -> None:
    world.enrol()
    with site.gateway(world.config) as gateway, consuming(world.database, mqtt):
        _map(world, site, "first", [0])
        (first,) = _sessions(site)
        number = site.plc.written
        counting = site.begin(site.plc.count_up(STEPS, 0.1))
        _map(world, site, "second", [1])
        assert first in _sessions(site)
        assert _reports(gateway)["first"]["session"] == "resumed"
        counting.result(60)
        written = [float(number + site.plc.tags * step) for step in range(STEPS)]
        until(lambda: written[-1] in _stored(world, "tag0"))
        assert _stored(world, "tag0")[-STEPS:] == written
        assert _reports(gateway)["first"]["gaps_count"] == 0
        assert len(_sessions(site)) == 2
        # Changed, it is met anew, and leaves nothing behind.
        _map(world, site, "second", [1], sampling_interval_ms=20)
        assert _reports(gateway)["first"]["session"] == "resumed"
        assert _reports(gateway)["second"]["session"] == "new"
        assert len(_sessions(site)) == 2
        assert first in _sessions(site)
        world.post(f"/gateways/{world.gateway_id}/configurations/1/roll-back")
        until(lambda: set(_reports(gateway)) == {"first"})
        until(lambda: _sessions(site) == {first})
        until(lambda: _reports(gateway)["first"]["session"] == "resumed")
    # Stopped, it ends them.
    until(lambda: _sessions(site) == set())
