"""What nobody vouches for is kept with its reason, counted, bounded, and never answered as stored."""

import os
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import text

from ingest import service
from ingest.admission import Rejected, digest_of
from ingest.quarantine import intake
from kernel.clock import utc_now
from kernel.db import Database
from kernel.wire.frames import encode_frame, frame_topic, schema_topic
from kernel.wire.messages import Tag, encode_schema
from registry.gateways import service as gateways
from registry.permissions import PLATFORM
from runtime.embedded.mqtt import EmbeddedMqtt
from tests.integration.ingest.conftest import MakePlant, consuming
from tests.integration.ingest.devices import until
from tests.integration.ingest.edge import Edge, Plant
from tests.integration.ingest.test_flow import readings, sent

Connect = Callable[[Plant], Edge]


def quarantine(database: Database) -> list[tuple[str, str, str | None, int]]:
    """Every entry as (reason, source, agent id, occurrences)."""
    with database.transaction() as session:
        rows = session.execute(
            text(
                "SELECT reason, source, agent_id, occurrences FROM ingest.quarantine ORDER BY 1, 2"
            )
        )
        return [tuple(row) for row in rows]


@pytest.mark.usefixtures("consumer")
def test_forged_and_broken_messages_disturb_nobody(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    victim, thief = make_plant(), make_plant()
    edge, other = connect(victim), connect(thief)
    edge.announce()
    other.announce()
    topic = frame_topic(victim.agent)
    good = victim.frame([1.0])
    forged = victim.frame([666.0])
    signed_by_thief = encode_frame(forged, thief.key)
    other.raw(topic, signed_by_thief)
    other.raw(topic, signed_by_thief)
    # Truly the thief's, but sent as the victim.
    other.raw(topic, thief.bytes_of(thief.frame([667.0])))
    other.raw(topic, b"")
    other.raw(topic, os.urandom(300))
    other.raw(topic, victim.bytes_of(victim.frame([668.0]))[:-7])
    other.raw(topic, bytes(bytearray(victim.bytes_of(victim.frame([669.0])))[:3]) + b"\x09rest")
    stranger = replace(victim, agent="gw_nobody")
    other.raw(frame_topic("gw_nobody"), stranger.bytes_of(stranger.frame([670.0])))
    other.raw("fw/v1/gw_nobody/schema", b"nonsense")
    other.raw(schema_topic(victim.agent), encode_schema(victim.schema, thief.key))
    other.raw(f"fw/v1/{victim.agent}/status", b"\0" * 40)
    edge.send(good)
    edge.wait_acked(good)
    assert readings(database) == sent(good)
    assert edge.acks.qsize() == 1
    assert other.acks.qsize() == 0
    # Another connection's messages may be committed after this one's.
    until(lambda: len({kept[:2] for kept in quarantine(database)}) == 7)
    kept = quarantine(database)
    assert {(reason, source) for reason, source, _, _ in kept} == {
        ("bad_signature", victim.agent),
        ("not_a_frame", "unknown"),
        ("not_a_frame", victim.agent),
        ("topic_mismatch", victim.agent),
        ("truncated", victim.agent),
        ("unknown_agent", "unknown"),
        ("unknown_version", victim.agent),
    }
    assert all(agent_id == (None if s == "unknown" else s) for _, s, agent_id, _ in kept)
    assert [reason for reason, _, _, times in kept if times > 1] == ["bad_signature"]
    with database.transaction() as session:
        assert service.counts(session, victim.agent).stored == 1
        assert service.counts(session, thief.agent).stored == 0


@pytest.mark.usefixtures("consumer")
def test_a_revoked_gateway_is_refused_at_once(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant()
    edge = connect(plant)
    edge.announce()
    before, after = plant.frame([1.0]), plant.frame([2.0])
    edge.send(before)
    assert edge.next_ack().verdict == "stored"
    with database.transaction() as session:
        gateways.revoke_gateway(session, PLATFORM, plant.agent)
    verdicts = []
    while "refused" not in verdicts and len(verdicts) < 400:
        # What ingest remembers of a gateway is a second old at most.
        late = plant.frame([3.0])
        edge.send(late)
        verdicts.append(edge.next_ack().verdict)
    edge.send(after)
    ack = edge.next_ack()
    assert (ack.verdict, ack.seqs) == ("refused", [(after.seq, after.seq)])
    assert 2.0 not in [value for _, _, value, _ in readings(database)]
    assert ("revoked_gateway", plant.agent) in {(r, s) for r, s, _, _ in quarantine(database)}


@pytest.mark.usefixtures("consumer")
def test_a_gateway_cannot_write_into_another_organisations_machine(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    theirs = make_plant(tags=1)
    stolen = Tag("ns=2;s=X", theirs.tags[0].asset_serial, "t0")
    thief = make_plant(tags=0, more=(stolen,))
    edge = connect(thief)
    edge.announce()
    frame = thief.frame([1.0])
    edge.send(frame)
    edge.wait_acked(frame)
    assert readings(database) == []
    assert [(r, s) for r, s, _, _ in quarantine(database)] == [("unknown_series", thief.agent)]


@pytest.mark.usefixtures("consumer")
def test_tag_numbers_beyond_the_schema_are_no_series(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant(tags=2)
    edge = connect(plant)
    edge.announce()
    frame = plant.frame([1.0, 2.0, 3.0], series=[0, 2, 4_294_967_295])
    edge.send(frame)
    edge.wait_acked(frame)
    assert [v for _, _, v, _ in readings(database)] == [1.0]
    assert [(r, n) for r, _, _, n in quarantine(database)] == [("unknown_series", 1)]


def test_a_schema_of_too_many_tags_is_refused(
    database: Database, make_plant: MakePlant, connect: Connect, mqtt: EmbeddedMqtt
) -> None:
    plant = make_plant(tags=11)
    with consuming(database, mqtt, tags_max=10):
        edge = connect(plant)
        edge.announce()
        edge.send(plant.frame([1.0]))
        assert edge.next_ack().verdict == "need_schema"
    assert [(r, s) for r, s, _, _ in quarantine(database)] == [("too_many_tags", plant.agent)]


def test_a_storm_of_strangers_is_kept_up_to_a_bound_and_counted(
    database: Database, make_plant: MakePlant
) -> None:
    plant = make_plant()

    def message(number: int, source: str) -> Rejected:
        payload = f"junk {number}".encode()
        known = None if source == "unknown" else source
        return Rejected(source, known, "not_a_frame", "detail", payload, digest_of(payload))

    for start in range(0, 300, 60):
        with database.transaction() as session:
            storm = [
                message(n, s) for n in range(start, start + 60) for s in ("unknown", plant.agent)
            ]
            intake.put_messages(session, storm, 25, utc_now())
    with database.transaction() as session:
        again = [message(0, "unknown")] * 7
        intake.put_messages(session, again, 25, utc_now())
    rows = quarantine(database)
    assert len(rows) == 2 * 26
    assert sum(n for _, s, _, n in rows if s == "unknown") == 307
    assert sum(n for _, s, _, n in rows if s == plant.agent) == 300
    with database.transaction() as session:
        kept = session.execute(
            text(
                "SELECT count(*), max(occurrences), max(last_seen_at) > min(first_seen_at) "
                "FROM ingest.quarantine WHERE source = 'unknown' AND body IS NOT NULL"
            )
        ).one()
    assert tuple(kept) == (25, 8, True)


def test_a_long_message_is_kept_in_part(database: Database) -> None:
    payload = b"x" * 200_000
    long = Rejected("unknown", None, "not_a_frame", "d" * 5000, payload, digest_of(payload))
    with database.transaction() as session:
        intake.put_messages(session, [long], 10, utc_now())
        row = session.execute(
            text("SELECT size_bytes, length(body), length(detail) FROM ingest.quarantine")
        ).one()
    assert tuple(row) == (200_000, intake.BODY_BYTES_MAX, 1000)
