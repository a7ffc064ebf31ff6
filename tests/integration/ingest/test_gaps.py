"""Gaps that frames declare are kept once, by asset, and can be asked for."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from ingest import service
from kernel.db import Database
from kernel.wire.frames import Frame
from kernel.wire.gaps import Gap
from kernel.wire.messages import Tag
from registry.models import Organisation
from tests.integration.conftest import ClientFor
from tests.integration.ingest.conftest import MakePlant
from tests.integration.ingest.edge import Edge, Plant, now_us

Connect = Callable[[Plant], Edge]
pytestmark = pytest.mark.usefixtures("consumer")
SECOND = 1_000_000


def missing(plant: Plant, *gaps: Gap, values: tuple[float, ...] = (), dropped: int = 0) -> Frame:
    return replace(plant.frame(values), gaps=gaps, dropped=dropped)


def rows(database: Database) -> list[tuple[str, list[int], float, float]]:
    with database.transaction() as session:
        found = session.execute(
            text(
                "SELECT reason, series_ids, extract(epoch FROM started_at)::float8,"
                " extract(epoch FROM ended_at)::float8 FROM ingest.gaps ORDER BY id"
            )
        )
        return [tuple(row) for row in found]


def series_of(database: Database) -> dict[str, int]:
    with database.transaction() as session:
        found = session.execute(text("SELECT name, id FROM telemetry.series"))
        return {name: key for name, key in found}  # noqa: C416


def test_a_frame_of_gaps_alone_is_kept_once_and_acked(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant(4)
    edge = connect(plant)
    now = now_us()
    frame = missing(plant, Gap(1, 2, now - 5 * SECOND, now, "connection_lost"))
    edge.send(frame)
    assert edge.next_ack().verdict == "need_schema"
    edge.announce()
    for _ in range(3):
        edge.send(frame)
        assert edge.next_ack().verdict == "stored"
    ids = series_of(database)
    (row,) = rows(database)
    assert row[:2] == ("connection_lost", [ids["t1"], ids["t2"]])
    assert row[2:] == pytest.approx(((now - 5 * SECOND) / 1e6, now / 1e6), abs=1e-5)
    with database.transaction() as session:
        (head,) = service.heads(session)
        (stored,) = service.read_frames(session, plant.agent, plant.epoch, "live", 0, 10)
        counted = service.counts(session, plant.agent)
    assert (head.next_seq, len(stored.value), counted.stored, counted.dropped) == (1, 0, 0, 0)


def test_gaps_beside_readings_and_beside_what_was_dropped(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant(2)
    edge = connect(plant)
    edge.announce()
    now = now_us()
    frames = [
        missing(plant, Gap(0, 0, now - 9, now - 5, "overflow"), values=(1.0, 2.0)),
        missing(plant, Gap(0, 1, now - 4, now, "buffer_full"), dropped=40),
        missing(plant, dropped=2, values=(3.0,)),
    ]
    edge.send(*frames)
    edge.wait_acked(*frames)
    with database.transaction() as session:
        counted = service.counts(session, plant.agent)
    assert (counted.stored, counted.dropped) == (3, 42)
    assert [row[0] for row in rows(database)] == ["overflow", "buffer_full"]


def test_what_a_restored_buffer_declares_once_more_counts_once(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    """The old copy does not know that its declarations went out since; they come as `again`."""
    plant = make_plant(3)
    edge = connect(plant)
    edge.announce()
    now = now_us()
    first = [
        missing(plant, Gap(0, 1, now - 9, now, "buffer_full"), values=(1.0,), dropped=40),
        missing(plant, Gap(2, 2, now - 9, now - 5, "overflow")),
    ]
    edge.send(*first)
    edge.wait_acked(*first)
    edge.report(taken=43, dropped=40)
    former, plant.epoch, plant.seqs = plant.epoch, uuid4(), {}
    again = [
        # What the copy had was less than what went out.
        replace(missing(plant, Gap(0, 1, now - 9, now - 4, "buffer_full"), dropped=30), again=True),
        replace(missing(plant, Gap(2, 2, now - 9, now - 5, "overflow")), again=True),
        replace(missing(plant, Gap(2, 2, now - 9, now - 5, "connection_lost")), again=True),
        replace(missing(plant, Gap(2, 2, now - 8, now - 6, "connection_lost")), again=True),
        missing(plant, Gap(2, 2, now - 9, now - 5, "overflow"), dropped=2),
    ]
    edge.send(*again)
    edge.wait_acked(*again)
    edge.report(taken=2, dropped=2)
    edge.report(epoch=former, taken=43, dropped=30)
    assert [row[0] for row in rows(database)] == [
        "buffer_full", "overflow", "connection_lost", "overflow",
    ]  # fmt: skip
    deadline = threading.Event()
    for _ in range(200):
        with database.transaction() as session:
            counted = service.counts(session, plant.agent)
        if counted.taken == 45:
            break
        deadline.wait(0.02)
    assert (counted.taken, counted.stored, counted.dropped) == (45, 1, 42)


def test_gaps_of_unknown_machines_odd_times_and_unheard_of_tags_do_no_harm(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant(2, more=(Tag("x", "SN-UNKNOWN", "x"),))
    edge = connect(plant)
    edge.announce()
    frame = missing(
        plant,
        Gap(2, 2, 0, 1, "overflow"),
        Gap(50, 90_000, 0, 1, "overflow"),
        Gap(0, 99_999, 1 - 2**62, 2**62 - 1, "a_reason_of_tomorrow"),
    )
    edge.send(frame)
    edge.wait_acked(frame)
    ids = series_of(database)
    (row,) = rows(database)
    assert row[:2] == ("a_reason_of_tomorrow", [ids["t0"], ids["t1"]])
    assert row[2] == datetime(2000, 1, 1, tzinfo=UTC).timestamp()
    assert row[3] == pytest.approx(now_us() / 1e6 + 86_400, abs=60)


def test_the_gaps_of_an_asset_over_http(
    database: Database,
    make_plant: MakePlant,
    connect: Connect,
    client_for: ClientFor,
) -> None:
    plant = make_plant(3)
    edge = connect(plant)
    edge.announce()
    now = now_us()
    frame = missing(
        plant,
        Gap(0, 0, now - 60 * SECOND, now - 50 * SECOND, "overflow"),
        Gap(1, 2, now - 30 * SECOND, now - 20 * SECOND, "connection_lost"),
    )
    edge.send(frame)
    edge.wait_acked(frame)
    with database.transaction() as session:
        asset_id, owner_id = session.execute(
            text(
                "SELECT a.id, a.organisation_id FROM registry.assets a "
                "JOIN telemetry.series s ON s.asset_id = a.id LIMIT 1"
            )
        ).one()
        owner = session.get_one(Organisation, owner_id)
    ids = series_of(database)
    client = client_for("customer", owner)

    def asked(since: float, until: float, **more: str) -> list[str]:
        at = datetime.fromtimestamp(now / 1e6, UTC)
        span = {
            "start": (at - timedelta(seconds=since)).isoformat(),
            "end": (at - timedelta(seconds=until)).isoformat(),
        }
        answer = client.get(f"/assets/{asset_id}/gaps", params=span | more)
        assert answer.status_code == 200, answer.text
        return [item["reason"] for item in answer.json()["items"]]

    assert asked(100, 0) == ["connection_lost", "overflow"]
    assert asked(55, 40) == ["overflow"]
    assert asked(49, 31) == []
    assert asked(100, 0, series=str(ids["t2"])) == ["connection_lost"]
    assert asked(100, 0, series=f"{ids['t0']},{ids['t1']}") == ["connection_lost", "overflow"]
    span = {"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}
    assert client.get(f"/assets/{asset_id}/gaps", params=span).status_code == 422
    wrong = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z", "series": "x"}
    assert client.get(f"/assets/{asset_id}/gaps", params=wrong).status_code == 422
    with database.transaction() as session:
        from tests.support import factories

        stranger = factories.organisation(session)
    theirs = client_for("customer", stranger)
    assert theirs.get(f"/assets/{asset_id}/gaps", params=wrong).status_code == 404
