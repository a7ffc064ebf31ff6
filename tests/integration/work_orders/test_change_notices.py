"""Open pages are told of a change once it is committed, and never of one that was not."""

import json
from collections.abc import Iterator

import pytest
import redis

from kernel import changes
from kernel.db import Database
from kernel.settings import forget_settings
from runtime.embedded.valkey import EmbeddedValkey
from tests.integration.work_orders.plant import Plant, act, complaint, order


@pytest.fixture
def heard(
    valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> Iterator["redis.client.PubSub"]:
    monkeypatch.setenv("FOREWARN_REDIS_URL", valkey.url)
    forget_settings()
    changes._redis.cache_clear()
    client = redis.Redis.from_url(valkey.url)
    listener = client.pubsub(ignore_subscribe_messages=True)
    listener.subscribe(changes.CHANNEL)
    listener.get_message(timeout=5)
    yield listener
    listener.close()
    client.close()
    changes._redis().close()
    changes._redis.cache_clear()


def _next(heard: "redis.client.PubSub", timeout: float) -> dict[str, object] | None:
    message = heard.get_message(timeout=timeout)
    return None if message is None else json.loads(message["data"])


def test_pages_hear_of_committed_changes(
    database: Database, plant: Plant, heard: "redis.client.PubSub"
) -> None:
    def make_and_fail() -> None:
        with database.transaction() as session:
            order(session, plant)
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        make_and_fail()
    assert _next(heard, 0.2) is None
    with database.transaction() as session:
        told = complaint(session, plant)
        assert _next(heard, 0.2) is None
    notice = {"kind": "complaint", "id": told.ticket.id, "organisation_id": plant.organisation_id}
    assert _next(heard, 5) == notice
    with database.transaction() as session:
        act(session, plant.agent, told, "triage")
    assert _next(heard, 5) == notice
