"""How long the way takes: a value at the PLC until it is stored, an alarm until its order can be read.

A whole platform is started for it, with the simulated plant and a real gateway, and asked from outside:
the database about readings, the HTTP API about work orders.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from anomaly.events import AlarmRaised
from kernel import outbox
from kernel.db import Database, engine_for
from kernel.ids import new_id
from kernel.settings import forget_settings
from runtime.bench import ingest_path
from runtime.bench.figures import Figure, percentile
from runtime.demo.client import ApiClient
from runtime.demo.plant import DemoPlant
from runtime.demo.run import make_world
from runtime.demo.world import World
from runtime.supervisor.stack import Stack
from runtime.wiring import connect_wake_ups

VALUE_SECONDS_AIM = 1.0
ORDER_SECONDS_AIM = 2.0
WATCH_SECONDS = 30.0
POLL_SECONDS = 0.005
ORDER_SECONDS_MAX = 30.0
FAILURE_MODES = (
    "bearing_wear",
    "seal_leak",
    "overheating",
    "blockage",
    "cavitation",
    "imbalance",
    "electrical_fault",
    "unspecified",
)

Say = Callable[[str], None]


def run(say: Say, *, cold: bool = False) -> list[Figure]:
    """Measure everything this bench is about."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="forewarn-bench-") as folder:
        say("starting a platform with a plant and a gateway ...")
        with Stack(Path(folder) / "data") as stack:
            world = make_world(stack)
            DemoPlant(stack, world).start(with_history=False)
            say(f"watching values arrive for {WATCH_SECONDS:.0f} s ...")
            figures += _value_to_stored(stack)
            say("raising alarms, one after another ...")
            figures += _alarm_to_order(stack, world)
            figures += _memory(stack)
    say("measuring ingest against a raw COPY ...")
    figures += ingest_path.figures()
    if cold:
        from runtime.bench.cold import set_up

        say("setting up a fresh copy ...")
        figures.append(set_up())
    return figures


def _value_to_stored(stack: Stack) -> list[Figure]:
    """Ask the database again and again for the newest readings; each new one has come by then.

    A reading's age when it is first seen is what its way took, up to one poll too long. Source and
    observer share one clock, this machine's.
    """
    ages: list[float] = []
    seen: dict[int, datetime] = {}
    url = stack.environment["FOREWARN_DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        began = datetime.now(UTC)
        deadline = time.monotonic() + WATCH_SECONDS
        while time.monotonic() < deadline:
            rows = connection.execute("SELECT series_id, ts FROM telemetry.latest").fetchall()
            now = datetime.now(UTC)
            for series_id, ts in rows:
                if seen.get(series_id) != ts:
                    seen[series_id] = ts
                    if ts > began:
                        ages.append((now - ts).total_seconds())
            time.sleep(POLL_SECONDS)
    way = "OPC UA or MQTT, edge buffer on disk, frame over MQTT, one transaction, seen by SELECT"
    return [
        Figure(
            f"value at the PLC to stored, p{part}",
            percentile(ages, part / 100),
            "s",
            VALUE_SECONDS_AIM,
            rows=len(ages),
            clients=len(seen),
            path=way,
        )
        for part in (50, 95)
    ]


def _alarm_to_order(stack: Stack, world: World) -> list[Figure]:
    """Commit alarms as scoring does, and ask the API until each has its order."""
    login = world.logins["desk_lead"]
    desk = ApiClient(stack.address, login.email, login.password)
    waits = []
    try:
        with _as_a_process_of(stack) as database:
            for asset_id in world.assets.values():
                organisation_id = desk.get(f"/assets/{asset_id}")["organisation_id"]
                for mode in FAILURE_MODES:
                    alarm = _alarm(asset_id, organisation_id, mode)
                    with database.transaction() as session:
                        outbox.publish(session, alarm)
                    began = time.monotonic()
                    _wait_for_order(desk, asset_id, mode)
                    waits.append(time.monotonic() - began)
    finally:
        desk.close()
    return [
        Figure(
            f"alarm to work order, p{part}",
            percentile(waits, part / 100),
            "s",
            ORDER_SECONDS_AIM,
            rows=len(waits),
            clients=1,
            path="alarm's commit, outbox, relay woken over Redis, order's commit, read through the API",
        )
        for part in (50, 95)
    ]


def _wait_for_order(desk: ApiClient, asset_id: str, mode: str) -> None:
    def there() -> bool:
        orders = desk.get("/work-orders", asset_id=asset_id, limit=50)["items"]
        return any(order["failure_mode"] == mode for order in orders)

    desk.wait_for(
        f"an order for {mode}", there, timeout_seconds=ORDER_SECONDS_MAX, every_seconds=POLL_SECONDS
    )


@contextmanager
def _as_a_process_of(stack: Stack) -> Iterator[Database]:
    """Give this process the stack's settings, so that its commits wake the stack's worker."""
    kept = dict(os.environ)
    os.environ.update(stack.environment)
    forget_settings()
    connect_wake_ups()
    database = Database(engine_for(stack.environment["FOREWARN_DATABASE_URL"], pool_size=1))
    try:
        yield database
    finally:
        database.dispose()
        outbox.on_publish(lambda: None)
        os.environ.clear()
        os.environ.update(kept)
        forget_settings()


def _alarm(asset_id: str, organisation_id: str, mode: str) -> AlarmRaised:
    now = datetime.now(UTC)
    return AlarmRaised(
        alarm_id=new_id("alm"),
        asset_id=asset_id,
        organisation_id=organisation_id,
        severity="high",
        category="machine",
        failure_mode=mode,
        onset_at=now - timedelta(seconds=1),
        raised_at=now,
        summary={"en": "Measured by forewarn bench.", "zh": "forewarn bench"},
        cause={},
        contributors=[],
        historical=False,
    )


def _memory(stack: Stack) -> list[Figure]:
    return [
        Figure(f"memory of {name}", megabytes, "MB", path="resident, shared pages once, at the end")
        for name, megabytes in stack.rss_mb().items()
    ]
