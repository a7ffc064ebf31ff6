"""A backtest asked for over HTTP is run by the worker and the scheduler that run in production."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from runtime.embedded.valkey import EmbeddedValkey
from runtime.supervisor.supervisor import Supervisor
from tests.integration.anomaly.history.past import FAULT_AT, READINGS, SPAN, START, Past, moment
from tests.integration.conftest import ClientFor
from tests.integration.runtime.test_background import broker, started, wait_for
from tests.support.databases import DatabaseUrls
from tests.support.http import Api

__all__ = ["broker"]

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def processes(
    database_urls: DatabaseUrls, broker: "redis.Redis", valkey: EmbeddedValkey, tmp_path: Path
) -> Iterator[Supervisor]:
    """The worker that scores, and beat."""
    assert broker.dbsize() == 0
    with started({"scoring", "beat"}, database_urls.app, valkey.url, tmp_path) as supervisor:
        yield supervisor


def asked(desk: httpx.Client, *asset_ids: str) -> str:
    body = {
        "applies_to": "assets", "asset_ids": asset_ids, "begins_at": START.isoformat(),
        "ends_at": (START + SPAN).isoformat(),
    }  # fmt: skip
    answer = desk.post("/backtests", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def finished(desk: httpx.Client, backtest_id: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def is_over() -> bool:
        found.update(desk.get(f"/backtests/{backtest_id}").json())
        return found["state"] not in ("queued", "running")

    # Longer than a lease: a killed worker is taken for lost only then.
    wait_for(is_over, seconds=280)
    assert found["state"] == "finished", found
    return found


def test_a_worker_runs_what_the_api_was_asked_for_and_another_goes_on_when_it_is_killed(
    api: Api, client_for: ClientFor, processes: Supervisor, broker: "redis.Redis"
) -> None:
    past = Past(api.database)
    machines = [past.machine(seed=seed) for seed in range(1, 4)]
    desk = client_for("desk_lead")
    whole = finished(desk, asked(desk, machines[0]))
    assert (whole["readings"], whole["alarms_found"]) == (2 * READINGS, 1)
    assert whole["readings_per_s"] > 0
    (alarm,) = desk.get(f"/backtests/{whole['id']}/alarms").json()["items"]
    assert alarm["onset_at"] >= moment(FAULT_AT).isoformat().replace("+00:00", "Z")

    broker.flushall()
    killed = asked(desk, *machines)
    pid = processes.processes["scoring"].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    again = finished(desk, killed)
    assert [part["alarms"] for part in again["assets"]] == [1, 1, 1]
    found = desk.get(f"/backtests/{killed}/alarms").json()["items"]
    assert {key: found[0][key] for key in ("onset_at", "score")} == {
        key: alarm[key] for key in ("onset_at", "score")
    }
