"""A frame or message the database refuses ends nobody: it stands somewhere, counted, and is answered."""

import random
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import text

from ingest import service
from ingest.admission import Rejected, digest_of
from ingest.inbox import Message
from ingest.preparation import Work
from ingest.quarantine.intake import storable
from kernel.db import Database, engine_for
from kernel.wire.frames import Frame
from kernel.wire.gaps import Gap
from kernel.wire.messages import Tag, encode_schema
from registry.permissions import PLATFORM
from tests.integration.ingest.conftest import MakePlant
from tests.integration.ingest.edge import Plant
from tests.integration.ingest.replica import Replica, metric
from tests.integration.ingest.test_forgotten import counts, values
from tests.support.databases import DatabaseUrls

Refuse = Callable[[str, str], None]
NO_AGENTS = ("gw\0x", "gw_\ud800", "", "g" * 70, "gw ..x", "\N{BOMB}", "'; --")


@pytest.fixture
def refuse(database_urls: DatabaseUrls) -> Refuse:
    """Makes a table refuse rows."""

    def add(table: str, condition: str) -> None:
        owner = engine_for(database_urls.owner)
        with owner.begin() as connection:
            connection.execute(
                text(f"ALTER TABLE {table} ADD CONSTRAINT unlucky CHECK ({condition})")
            )
        owner.dispose()

    return add


def entries(database: Database) -> list[tuple[str, str, int]]:
    with database.transaction() as session:
        rows = session.execute(
            text("SELECT kind, reason, readings FROM ingest.quarantine ORDER BY id")
        )
        return [tuple(row) for row in rows]


def frames_of(plant: Plant) -> list[Frame]:
    return [plant.frame([float(n), n + 0.5]) for n in range(6)]


def test_a_frame_that_cannot_be_logged_is_counted_and_replayed(
    database: Database, make_plant: MakePlant, refuse: Refuse
) -> None:
    plant, ingest = make_plant(), Replica(database)
    refuse("ingest.frames", "seq <> 3")
    frames = frames_of(plant)
    assert ingest.verdicts(plant, *frames) == ["stored"] * 6
    assert entries(database) == [("readings", "storage_refused", 2)]
    assert counts(database, plant) == (10, 2, 0)
    # It comes again and changes nothing.
    assert ingest.verdicts(plant, frames[3]) == ["stored"]
    assert counts(database, plant) == (10, 2, 0)
    # Scoring goes on behind it.
    with database.transaction() as session:
        (head,) = service.heads(session)
        logged = [
            frame.seq
            for at in (0, 3)
            for frame in service.read_frames(session, plant.agent, plant.epoch, "live", at, 100)
        ]
    assert (head.next_seq, logged) == (6, [0, 1, 2, 4, 5])
    with database.transaction() as session:
        entry = session.execute(text("SELECT id FROM ingest.quarantine")).scalar_one()
        assert service.replay_quarantine(session, PLATFORM, entry).stored == 2
    assert len(values(database)) == 12
    assert counts(database, plant) == (12, 0, 0)


def test_a_frame_without_readings_that_cannot_be_logged(
    database: Database, make_plant: MakePlant, refuse: Refuse
) -> None:
    plant, ingest = make_plant(), Replica(database)
    refuse("ingest.gaps", "reason <> 'overflow'")
    empty = plant.frame([])
    gap = Frame(**{**vars(empty), "dropped": 7, "gaps": (Gap(0, 0, 1, 2, "overflow"),)})
    assert ingest.verdicts(plant, gap, plant.frame([1.0])) == ["stored"] * 2
    assert counts(database, plant) == (1, 0, 7)
    assert entries(database) == [("message", "storage_refused", 0)]


def test_what_not_even_quarantine_takes_stays_with_its_agent(
    database: Database, make_plant: MakePlant, refuse: Refuse
) -> None:
    plant, ingest = make_plant(), Replica(database)
    refuse("ingest.frames", "seq <> 3")
    refuse("ingest.quarantine", "kind = 'message'")
    before = metric("forewarn_ingest_frames_total", verdict="refused")
    answered = ingest.verdicts(plant, *frames_of(plant))
    assert answered == ["stored"] * 3 + ["refused"] + ["stored"] * 2
    assert entries(database) == [("message", "storage_refused", 0)]
    assert counts(database, plant) == (10, 0, 0)
    assert metric("forewarn_ingest_frames_total", verdict="refused") == before + 1


def test_nothing_of_it_can_be_written(
    database: Database, make_plant: MakePlant, refuse: Refuse
) -> None:
    plant, ingest = make_plant(), Replica(database)
    refuse("ingest.frames", "seq <> 3")
    refuse("ingest.quarantine", "reason <> 'storage_refused'")
    before = metric("forewarn_ingest_messages_lost_total")
    answered = ingest.verdicts(plant, *frames_of(plant))
    assert answered == ["stored"] * 3 + ["refused"] + ["stored"] * 2
    assert metric("forewarn_ingest_messages_lost_total") == before + 1
    assert len(values(database)) == 10


def test_a_message_that_quarantine_refuses_holds_up_no_frame(
    database: Database, make_plant: MakePlant, refuse: Refuse
) -> None:
    plant, ingest = make_plant(), Replica(database)
    refuse("ingest.quarantine", "detail <> 'unlucky'")
    ingest.announce(plant)
    work = ingest.prepared(plant, *frames_of(plant))
    for detail in ("a", "unlucky", "b"):
        payload = detail.encode()
        work.rejected.append(
            Rejected("unknown", None, "not_a_frame", detail, payload, digest_of(payload))
        )
    receipts = ingest.delivery.deliver(work)
    assert [a.verdict for r in receipts for a in r.answers] == ["stored"] * 6
    assert ingest.delivery.deliver(Work(rejected=work.rejected)) == []
    with database.transaction() as session:
        rows = session.execute(text("SELECT detail, occurrences FROM ingest.quarantine ORDER BY 1"))
        assert [tuple(row) for row in rows] == [("a", 2), ("b", 2)]


def test_a_name_too_long_for_its_index_is_not_tried_for_ever(
    database: Database, make_plant: MakePlant
) -> None:
    plant, ingest = make_plant(), Replica(database)
    signs = random.Random(1)
    name = "".join(chr(signs.randrange(0x4E00, 0x9FFF)) for _ in range(1024))
    plant.tags += (Tag("long", plant.tags[0].asset_serial, name),)
    work = Work()
    message = Message(plant.agent, "schema", encode_schema(plant.schema, plant.key), 1, 0)
    # Not by itself: it would hold up the test.
    thread = threading.Thread(target=ingest.preparation.add, args=(work, message))
    thread.start()
    thread.join(5)
    ingest.stop.set()
    thread.join(5)
    assert [rejected.reason for rejected in work.rejected] == ["not_processed"]
    assert ingest.delivery.deliver(work) == []
    assert entries(database) == [("message", "not_processed", 0)]


@pytest.mark.parametrize("kind", ["frames", "schema", "status"])
def test_a_topic_that_names_what_no_gateway_can_be_called(
    database: Database, make_plant: MakePlant, kind: str
) -> None:
    plant, ingest = make_plant(), Replica(database)
    ingest.announce(plant)
    frame = plant.frame([1.0])
    signed = {"frames": plant.bytes_of(frame), "schema": encode_schema(plant.schema, plant.key)}
    payloads = (signed.get(kind, b"FWT"), b"\0", b"")
    work = Work()
    for name in NO_AGENTS:
        for payload in payloads:
            ingest.preparation.add(work, Message(name, kind, payload, 1, 0))
    ingest.preparation.add(work, Message(plant.agent, "frames", plant.bytes_of(frame), 1, 0))
    (receipt,) = ingest.delivery.deliver(ingest.preparation.seal(work))
    assert [answer.verdict for answer in receipt.answers] == ["stored"]
    assert len(work.rejected) == len(NO_AGENTS) * len(payloads)
    with database.transaction() as session:
        rows = session.execute(text("SELECT source, agent_id, reason FROM ingest.quarantine")).all()
    assert {tuple(row)[:2] for row in rows} == {("unknown", None)}
    assert {row.reason for row in rows} <= {"not_a_frame", "topic_mismatch", "truncated"}


def test_a_detail_is_kept_whatever_it_quotes() -> None:
    assert storable("a\0b\ud800c" + "d" * 2000) == "a\N{REPLACEMENT CHARACTER}b?c" + "d" * 995
