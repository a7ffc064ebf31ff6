"""A gateway of which nothing arrives: told once when it is lost, once when it is back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from ingest.health import service as health
from ingest.models import Agent
from kernel.log import configure_logging
from tests.integration.gateways.conftest import World

MINUTE = timedelta(minutes=1)


def _watch(world: World, at: datetime) -> list[dict[str, Any]]:
    with world.database.transaction() as session:
        health.watch_silence(session, at, MINUTE)
    place = f"/gateway-alarms?gateway_id={world.gateway_id}"
    found: list[dict[str, Any]] = world.get(place)["items"]
    return found


def _seen(world: World, at: datetime) -> None:
    with world.database.transaction() as session:
        session.execute(update(Agent).values(last_seen_at=at))


def test_lost_and_back_are_each_told_once(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    now = datetime.now(UTC)
    with world.database.transaction() as session:
        session.add(Agent(agent_id=world.gateway_id, last_seen_at=now, status_at=now))
    assert _watch(world, now + MINUTE / 2) == []
    for _ in range(3):
        (alarm,) = _watch(world, now + 2 * MINUTE)
    assert (alarm["kind"], alarm["cleared_at"]) == ("silent", None)
    assert alarm["detail"] == {"last_seen_at": now.isoformat()}
    assert [a["kind"] for a in world.gateway["alarms"]] == ["silent"]
    assert capsys.readouterr().err.count("gateway lost") == 1
    _seen(world, now + 3 * MINUTE)
    for _ in range(3):
        (alarm,) = _watch(world, now + 3 * MINUTE)
    assert alarm["cleared_at"] is not None
    assert world.gateway["alarms"] == []
    assert capsys.readouterr().err.count("gateway back") == 1
    assert len(_watch(world, now + 9 * MINUTE)) == 2
    world.post(f"/gateways/{world.gateway_id}/revoke")
    assert all(a["cleared_at"] for a in _watch(world, now + 9 * MINUTE))
