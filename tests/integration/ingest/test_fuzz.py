"""Whatever arrives, signed or not: the process lives, does not grow, and no other gateway notices."""

import hashlib
import hmac
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

import msgpack
import psutil
import pytest
import zstandard
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ingest import service
from kernel.db import Database
from kernel.wire.envelope import Kind, seal, sign
from kernel.wire.frames import Frame, frame_topic, schema_topic, status_topic
from kernel.wire.messages import Status, encode_status
from tests.integration.ingest.conftest import MakePlant
from tests.integration.ingest.edge import Edge, Plant, now_us
from tests.integration.ingest.test_bounds import rss_mb
from tests.integration.ingest.test_failures import Process, process
from tests.integration.ingest.test_flow import readings, sent

__all__ = ["process"]

GROWTH_MB_MAX = 120
EXAMPLES = 60


@dataclass
class Scene:
    """A running process, a gateway that turned bad, and a good one beside it."""

    ingest: Process
    bad: Plant
    bad_edge: Edge
    good: Plant
    good_edge: Edge
    good_frames: list[Frame] = field(default_factory=list)
    sent: int = 0

    def hostile(self, topic: str, payload: bytes) -> None:
        self.bad_edge.raw(topic, payload)
        self.sent += 1

    def good_still_works(self) -> None:
        frame = self.good.frame([float(len(self.good_frames))] * 3)
        self.good_frames.append(frame)
        self.good_edge.send(frame)
        self.good_edge.wait_acked(frame)


@pytest.fixture
def scene(
    make_plant: MakePlant,
    connect: Callable[[Plant], Edge],
    process: Callable[[str], Process],
) -> Iterator[Scene]:
    ingest = process("fuzzed")
    ingest.start()
    ingest.wait_ready()
    bad, good = make_plant(), make_plant()
    made = Scene(ingest, bad, connect(bad), good, connect(good))
    for edge in (made.bad_edge, made.good_edge):
        edge.announce()
    made.good_still_works()
    yield made
    assert ingest.stop() == 0


def body_lies(plant: Plant, kind: Kind, body: bytes, length: int) -> bytes:
    """A message that states another length of its body, rightly signed."""
    name = plant.agent.encode()
    head = struct.pack("<2s1sBB", b"FW", kind.value, 1, len(name)) + name
    signed = head + struct.pack("<I", length & 0xFFFFFFFF) + body
    return signed + hmac.digest(plant.key, signed, hashlib.sha256)


def bomb(megabytes: int, *, says: bool) -> bytes:
    """Zeros that inflate some thousand times; with or without their size in the head."""
    return zstandard.ZstdCompressor(level=1, write_content_size=says).compress(
        bytes(megabytes * 1024 * 1024)
    )


PLAIN = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.floats(),
        st.text(max_size=30),
        st.binary(max_size=60),
    ),
    lambda inner: (
        st.lists(inner, max_size=12) | st.dictionaries(st.integers(0, 9), inner, max_size=4)
    ),
    max_leaves=40,
)
# A frame's body as it is laid out, with anything in each place.
SHAPED = st.tuples(
    st.one_of(st.binary(min_size=16, max_size=16), PLAIN),
    st.one_of(st.sampled_from(["live", "backlog"]), PLAIN),
    st.one_of(st.integers(0, 50), PLAIN),
    st.one_of(st.booleans(), PLAIN),
    st.one_of(
        PLAIN.map(lambda value: zstandard.compress(msgpack.packb(value))),
        st.tuples(
            st.binary(min_size=8, max_size=8), st.integers(), st.integers(0, 100_000),
            st.binary(max_size=300), st.dictionaries(st.integers(0, 5), PLAIN, max_size=2),
            st.integers(0, 10), st.lists(PLAIN, max_size=3),
        ).filter(lambda c: -(2**63) <= c[1] < 2**63)
        .map(lambda content: zstandard.compress(msgpack.packb(list(content)))),
        PLAIN,
    ),
).map(list)  # fmt: skip
KINDS = st.sampled_from(list(Kind))
DAMAGE = st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 255)), max_size=6)


@given(data=st.data())
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def attack(scene: Scene, data: st.DataObject) -> None:
    """One round of everything a stranger, and an owner of a key, may come up with."""
    bad, good = scene.bad, scene.good
    frames, mine = frame_topic(bad.agent), bad.bytes_of(bad.frame([1.0, 2.0, 3.0]))
    topics = [frames, schema_topic(bad.agent), status_topic(bad.agent)]
    topic = data.draw(st.sampled_from([*topics, frame_topic(good.agent), "fw/v1/nobody/frames"]))
    scene.hostile(topic, data.draw(st.binary(max_size=400)))
    scene.hostile(topic, mine[: data.draw(st.integers(0, 10_000)) % len(mine)])
    scene.hostile(topic, mine + data.draw(st.binary(min_size=1, max_size=20)))
    damaged = bytearray(mine)
    for place, change in data.draw(DAMAGE):
        damaged[place % len(damaged)] ^= change
    scene.hostile(topic, bytes(damaged))
    # Rightly signed from here on: the key's owner is the enemy.
    kind = data.draw(KINDS)
    scene.hostile(topic, seal(kind, bad.agent, data.draw(PLAIN), bad.key))
    scene.hostile(frames, sign(Kind.FRAME, bad.agent, msgpack.packb(data.draw(SHAPED)), bad.key))
    scene.hostile(frames, sign(Kind.FRAME, bad.agent, data.draw(st.binary(max_size=300)), bad.key))
    length = data.draw(st.integers(0, 2**32 - 1))
    scene.hostile(topic, body_lies(bad, kind, data.draw(st.binary(max_size=100)), length))
    # Another gateway's name under one's own key, and another gateway's topic.
    scene.hostile(frame_topic(good.agent), seal(Kind.FRAME, good.agent, data.draw(PLAIN), bad.key))
    scene.hostile(frame_topic(good.agent), mine)
    # A number used before with other bytes.
    known = bad.frame([data.draw(st.floats(0, 9))], seq=0)
    scene.hostile(frames, bad.bytes_of(known))
    epoch = UUID(bytes=good.epoch.bytes)
    scene.hostile(frames, bad.bytes_of(bad.frame([7.0], seq=0, epoch=epoch)))
    scene.good_still_works()


def test_nothing_that_arrives_harms_the_process_or_another_gateway(
    database: Database, scene: Scene
) -> None:
    before, pid = rss_mb(scene.ingest), scene.ingest.pid
    attack(scene)
    scene.good_still_works()
    assert psutil.pid_exists(pid)
    assert rss_mb(scene.ingest) < before + GROWTH_MB_MAX
    with database.transaction() as session:
        assert service.counts(session, scene.good.agent).stored == 3 * len(scene.good_frames)
        kept = session.execute(
            text("SELECT count(*), sum(occurrences) FROM ingest.quarantine WHERE kind = 'message'")
        ).one()
        reasons = set(
            session.execute(text("SELECT DISTINCT reason FROM ingest.quarantine")).scalars()
        )
    assert {row for row in readings(database) if row in set(sent(*scene.good_frames))} == set(
        sent(*scene.good_frames)
    )
    # Everything was foreseen.
    assert "not_processed" not in reasons
    assert {"bad_signature", "truncated", "inconsistent", "topic_mismatch", "seq_reused"} <= reasons
    assert 0 < kept[0] <= kept[1] <= scene.sent


def test_bombs_and_megabytes_are_refused(scene: Scene) -> None:
    before = rss_mb(scene.ingest)
    bad = scene.bad
    topics = [make(bad.agent) for make in (frame_topic, schema_topic, status_topic)]
    for body in (
        bomb(15, says=True),
        bomb(15, says=False),
        bomb(1000, says=True),
        zstandard.compress(msgpack.packb(["x" * 1_000_000] * 15)),
        zstandard.compress(msgpack.packb([[None] * 100_000] * 150)),
        zstandard.compress(b"\x91" * 5_000_000),
    ):
        for topic, kind in zip(topics, (Kind.FRAME, Kind.SCHEMA, Kind.STATUS), strict=True):
            scene.hostile(topic, sign(kind, bad.agent, body, bad.key))
            inside = msgpack.packb([bad.epoch.bytes, "live", 5, False, body])
            scene.hostile(topics[0], sign(Kind.FRAME, bad.agent, inside, bad.key))
        scene.good_still_works()
    long = "x" * 1_000_000
    scene.hostile(topics[1], seal(Kind.SCHEMA, bad.agent, [[long, *[""] * 7]], bad.key))
    status = Status(bad.agent, bad.epoch, 0, 0, 0, now_us(), "1", sources=[{"detail": long}])
    scene.hostile(topics[2], encode_status(status, bad.key))
    scene.good_still_works()
    assert rss_mb(scene.ingest) < before + 2 * GROWTH_MB_MAX


def test_odd_topics_are_nobodys(scene: Scene) -> None:
    for agent in ("", "..", "a/b", "x/other", "\u00fc", "x" * 30_000, "'; DROP TABLE x"):
        scene.hostile(f"fw/v1/{agent}/frames", scene.bad.bytes_of(scene.bad.frame([1.0])))
        scene.good_still_works()
    scene.hostile("fw/v1/x/other", scene.bad.bytes_of(scene.bad.frame([1.0])))
    scene.good_still_works()
