"""Live updates: one Redis subscription a process, handed out to every page that listens.

Each stream keeps what it has not sent yet, bounded. Readings of one asset are put together, the newest value
wins, and what was left out is counted. A stream that falls behind with anything else is told to read again
and closed: its page comes back with what it shows.
Nothing is remembered for who was not listening: pages read the state when they (re)connect.
"""

import asyncio
import json
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import redis
import redis.asyncio

from api import metrics
from kernel.changes import CHANNEL
from kernel.errors import RateLimited, Unavailable
from kernel.log import get_logger
from registry.permissions import Principal

log = get_logger(__name__)

WAITING_MAX = 256
# Assets whose readings wait; of more, those that have waited longest go.
ASSETS_WAITING_MAX = 1024
STREAMS_PER_PERSON_MAX = 32
RETRY_SECONDS_MAX = 10.0

Notice = dict[str, Any]

REREAD: Notice = {"kind": "reread"}

# Who may hear of what; of a kind that is not here, administrators alone.
PERMISSION_OF = {
    "readings": "telemetry.read",
    "alarm": "alarms.read",
    "backtest": "alarms.read",
    "work_order": "work_orders.read",
    "complaint": "complaints.read",
    "claim": "claims.read",
    "part": "parts.read",
    "stock": "parts.read",
    "asset": "assets.read",
    "gateway": "gateways.read",
}


@dataclass(eq=False)
class Stream:
    """One listening page: who it is, what it wants, and what it has not been sent yet.

    `kinds` None: every kind. `asset_id` narrows readings down to one asset's. What waits is bounded, however
    slow the page is, so that it holds up nobody.
    """

    principal: Principal
    kinds: frozenset[str] | None = None
    asset_id: str | None = None
    over: bool = False
    _waiting: list[Notice] = field(default_factory=list)
    _readings: OrderedDict[object, Notice] = field(default_factory=OrderedDict)
    _dropped: int = 0
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    def wants(self, notice: Notice) -> bool:
        """Tell whether the page asked for a notice and its principal may see it."""
        kind = notice["kind"]
        if self.kinds is not None and kind not in self.kinds:
            return False
        if kind == "readings" and self.asset_id not in {None, notice.get("asset_id")}:
            return False
        if not self.principal.may(PERMISSION_OF.get(kind, "administration.manage")):
            return False
        organisation_id = notice.get("organisation_id")
        if organisation_id is None:
            return self.principal.scope is None
        return self.principal.sees(organisation_id)

    def put(self, notice: Notice) -> bool:
        """Keep a notice for sending; False when the page is too far behind."""
        if notice["kind"] == "readings":
            self._put_readings(notice)
        else:
            self._waiting.append(notice)
        self._ready.set()
        return len(self._waiting) <= WAITING_MAX

    def _put_readings(self, notice: Notice) -> None:
        asset_id = notice.get("asset_id")
        values = notice.get("values", {})
        earlier = self._readings.get(asset_id)
        if earlier is not None:
            before = earlier.get("values", {})
            self._dropped += len(before.keys() & values.keys())
            notice = {**notice, "values": {**before, **values}}
        self._readings[asset_id] = notice
        if len(self._readings) > ASSETS_WAITING_MAX:
            _, oldest = self._readings.popitem(last=False)
            self._dropped += len(oldest.get("values", {}))

    def finish(self) -> None:
        """Let the page read again: nothing follows."""
        self._readings.clear()
        self._waiting[:] = [REREAD]
        self.over = True
        self._ready.set()

    async def take(self) -> list[Notice]:
        """Wait for notices and return all there are."""
        await self._ready.wait()
        self._ready.clear()
        readings = list(self._readings.values())
        if readings and self._dropped:
            readings[0] = {**readings[0], "dropped": self._dropped}
            self._dropped = 0
        taken = [*readings, *self._waiting]
        self._readings.clear()
        self._waiting.clear()
        return taken


class Hub:
    """Hands every notice to the streams that want it. Lives in one event loop."""

    def __init__(self, redis_url: str, streams_max: int) -> None:
        self._redis_url = redis_url
        self._streams_max = streams_max
        self._streams: set[Stream] = set()
        self._listening = asyncio.Event()
        self._closed = False

    def open(self, stream: Stream) -> None:
        """Add a stream.

        Raises:
            Unavailable: the process has as many as it may, or is being stopped.
            RateLimited: the person has as many as they may.
        """
        if self._closed or len(self._streams) >= self._streams_max:
            raise Unavailable("too many live streams; try again", retry_after_seconds=5)
        person = stream.principal.person_id
        own = sum(other.principal.person_id == person for other in self._streams)
        if own >= STREAMS_PER_PERSON_MAX:
            raise RateLimited("too many live streams of yours are open", retry_after_seconds=5)
        self._streams.add(stream)
        metrics.EVENT_STREAMS.inc()

    def leave(self, stream: Stream) -> None:
        """Remove a stream; again changes nothing."""
        if stream in self._streams:
            self._streams.discard(stream)
            metrics.EVENT_STREAMS.dec()

    def close(self) -> None:
        """End every stream, and open no more: the process is about to stop."""
        self._closed = True
        self._finish_all()

    def _finish_all(self) -> None:
        for stream in list(self._streams):
            stream.finish()

    def hand_out(self, raw: bytes | str) -> None:
        """Give a notice, as it came from Redis, to the streams that want it."""
        try:
            notice = json.loads(raw)
        except ValueError:
            notice = None
        if not isinstance(notice, dict) or not isinstance(notice.get("kind"), str):
            log.warning("a change notice could not be read")
            return
        for stream in list(self._streams):
            if not stream.over and stream.wants(notice) and not stream.put(notice):
                metrics.EVENTS_DROPPED.inc()
                stream.finish()

    async def listening(self, seconds: float) -> bool:
        """Wait until notices are being received; False when it takes longer."""
        try:
            async with asyncio.timeout(seconds):
                await self._listening.wait()
        except TimeoutError:
            return False
        return True

    async def run(self) -> None:
        """Receive notices until cancelled; a lost connection is made again, and pages read again."""
        if not self._redis_url:
            log.warning("FOREWARN_REDIS_URL is not set: pages get no live updates")
            return
        wait_seconds = 0.2
        while True:
            try:
                await self._receive()
            except (redis.RedisError, OSError) as error:
                log.warning("live updates interrupted", error=str(error))
            if self._listening.is_set():
                # Something may have been missed. Pages that come back read what they show anew.
                self._listening.clear()
                self._finish_all()
                wait_seconds = 0.2
            await asyncio.sleep(wait_seconds)
            wait_seconds = min(wait_seconds * 2, RETRY_SECONDS_MAX)

    async def _receive(self) -> None:
        client = redis.asyncio.Redis.from_url(
            self._redis_url, socket_connect_timeout=2, health_check_interval=15
        )
        try:
            async with client.pubsub(ignore_subscribe_messages=True) as channel:
                await channel.subscribe(CHANNEL)
                self._listening.set()
                while True:
                    message = await channel.get_message(timeout=30)
                    if message is not None:
                        self.hand_out(message["data"])
        finally:
            await client.aclose()
