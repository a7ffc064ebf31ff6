"""What a broker, or somebody at it, can do to frames: repeat, reorder, forge, and forget them."""

import secrets
import signal
import time
from array import array
from random import Random
from typing import Final
from uuid import uuid4

from kernel.wire.frames import Frame, ack_topic, encode_frame, frame_topic
from kernel.wire.messages import Ack, encode_ack
from runtime.chaos.faults.fault import Span, require
from runtime.chaos.faults.processes import family, send, wait_dead
from runtime.chaos.site import Site, wait_until
from runtime.chaos.tap import Heard

_OLD: Final = 30
_RECENT: Final = 10
_QUEUE_SECONDS: Final = (1.0, 2.0)
_BACK_SECONDS_MAX: Final = 30.0
_FORGED_ROWS: Final = 50


def duplicate(site: Site, _: str, chance: Random) -> Span:
    """Publish frames once more that are long stored, and the latest ones, which may be on their way."""
    heard = list({one.payload: one for one in list(site.tap.frames)}.values())
    require(heard, "no frame was heard")
    again = chance.sample(heard, min(_OLD, len(heard))) + heard[-_RECENT:]
    chance.shuffle(again)
    span = Span()
    for one in again:
        site.tap.publish(frame_topic(site.agent), one.payload)
    span.end()
    wanted = {(one.frame().epoch, one.frame().lane, one.frame().seq) for one in again}
    answered = wait_until(
        "frames that came twice are acknowledged twice",
        lambda: _answered(site, span.began_at) & wanted,
        _BACK_SECONDS_MAX,
    )
    span.seen = f"{len(again)} frames came again, {len(answered)} and more were acknowledged again"
    return span


def reorder(site: Site, _: str, chance: Random) -> Span:
    """Let frames arrive in another order than they were cut in, some twice.

    Ingest stands still while the gateway sends; then the broker forgets all of it and the gateway cannot
    reach it, so that what arrives first is what is published here.
    """
    ingest = family(site.pid("ingest"))
    began = time.monotonic()
    send(ingest, signal.SIGSTOP)
    try:
        time.sleep(chance.uniform(*_QUEUE_SECONDS))
        site.proxies["agent-broker"].reset()
        _kill_broker(site)
    finally:
        send(ingest, signal.SIGCONT)
    span = Span(began)
    try:
        held = site.tap.frames_since(began)
        require(held, "the gateway sent nothing while ingest stood still")
        shuffled = _shuffled(held, chance)
        site.tap.wait_connected(_BACK_SECONDS_MAX)
        stored = _publish_until_stored(site, shuffled)
    finally:
        site.proxies["agent-broker"].heal()
    span.end()
    seqs = [one.frame().seq for one in shuffled]
    span.seen = f"came as {seqs}, {stored} stored so"
    return span


def forge(site: Site, _: str, chance: Random) -> Span:
    """Publish what the gateway never said, in its name, and answers the platform never gave."""
    heard = list(site.tap.frames)
    require(heard, "no frame was heard")
    before = _quarantined_messages(site)
    span = Span()
    forged = _forgeries(site.agent, heard[-1], chance)
    for payload in forged:
        site.tap.publish(frame_topic(site.agent), payload)
    frame = heard[-1].frame()
    for lane in ("live", "backlog"):
        lie = Ack(site.agent, frame.epoch, lane, [(0, frame.seq + 1_000_000)], "stored")
        site.tap.publish(ack_topic(site.agent), encode_ack(lie, secrets.token_bytes(32)))
    span.end()
    wait_until(
        "every forged frame is in quarantine",
        lambda: _quarantined_messages(site) - before >= len(forged),
        _BACK_SECONDS_MAX,
    )
    span.seen = f"{len(forged)} forged frames in quarantine; 2 forged acknowledgements sent"
    return span


def forget(site: Site, _: str, chance: Random) -> Span:
    """Let frames queue up at the broker, and the broker lose them."""
    ingest = family(site.pid("ingest"))
    span = Span()
    send(ingest, signal.SIGSTOP)
    try:
        time.sleep(chance.uniform(*_QUEUE_SECONDS))
        lost = len(site.tap.frames_since(span.began_at + 0.2))
        _kill_broker(site)
    finally:
        send(ingest, signal.SIGCONT)
    span.end()
    require(lost, "nothing was queued at the broker")
    span.seen = f"the broker forgot {lost} frames that nobody had stored"
    return span


def _kill_broker(site: Site) -> None:
    processes = family(site.pid("mqtt"))
    send(processes, signal.SIGKILL)
    require(wait_dead(processes), "the broker outlived SIGKILL")


def _shuffled(held: list[Heard], chance: Random) -> list[Heard]:
    """Return the frames in an order that is not theirs, some of them twice."""
    mixed = held + held[:2]
    chance.shuffle(mixed)
    if mixed[0] == held[0]:
        mixed.reverse()
    return mixed


def _publish_until_stored(site: Site, frames: list[Heard]) -> int:
    """Publish until ingest, which has to come back to the broker first, has stored one of them."""
    wanted = {(one.frame().epoch, one.frame().lane, one.frame().seq) for one in frames}
    began = time.monotonic()

    def published() -> int:
        for one in frames:
            site.tap.publish(frame_topic(site.agent), one.payload)
        time.sleep(0.3)
        return len(_answered(site, began) & wanted)

    stored: int = wait_until("reordered frames are stored", published, _BACK_SECONDS_MAX)
    return stored


def _answered(site: Site, since: float) -> set[tuple[object, str, int]]:
    return {
        (ack.epoch, ack.lane, seq)
        for ack in site.tap.acked_since(since)
        if ack.verdict == "stored"
        for first, last in ack.seqs
        for seq in range(first, min(last, first + 10_000) + 1)
    }


def _quarantined_messages(site: Site) -> int:
    with site.connect() as connection:
        row = connection.execute(
            "SELECT coalesce(sum(occurrences), 0)::bigint AS n FROM ingest.quarantine"
            " WHERE kind = 'message'"
        ).fetchone()
    assert row is not None
    return int(row["n"])


def _forgeries(agent: str, heard: Heard, chance: Random) -> list[bytes]:
    """Return payloads nobody signed: bent, cut, of another key, of another gateway, and noise."""
    real = heard.payload
    bent = bytearray(real)
    bent[chance.randrange(len(bent) // 2, len(bent))] ^= 1 << chance.randrange(8)
    strangers_key = chance.randbytes(32)
    frame = heard.frame()
    invented = _invented(agent, frame, frame.seq + chance.randrange(1, 50), chance)
    elsewhere = _invented(f"gw_{uuid4().hex[:12]}", frame, 0, chance)
    return [
        bytes(bent),
        real[: chance.randrange(len(real) // 3, len(real) - 1)],
        encode_frame(invented, strangers_key),
        encode_frame(elsewhere, strangers_key),
        chance.randbytes(400),
    ]


def _invented(agent: str, like: Frame, seq: int, chance: Random) -> Frame:
    """Return a frame of readings that nobody took, ahead of the real ones."""
    rows = range(_FORGED_ROWS)
    now = time.time_ns() // 1000
    return Frame(
        agent=agent,
        epoch=like.epoch,
        lane=like.lane,
        seq=seq,
        schema_hash=like.schema_hash,
        cut_at_us=now,
        series=array("I", rows),
        ts=array("q", (now for _ in rows)),
        server_ts=array("q", (0 for _ in rows)),
        edge_ts=array("q", (now for _ in rows)),
        value=array("d", (chance.random() for _ in rows)),
        quality=array("I", (0 for _ in rows)),
    )
