"""Listening to adopted sources: messages to frames, frames to the database, then the acknowledgements.

One thread does it all in turns, so that nothing is read from the broker while a commit waits for the
database. Who loses the leadership to another process stops listening and forgets its readers: their numbers
are the other's from then on.
"""

import hashlib
import hmac
import threading
import time
from collections.abc import Sequence
from typing import Final

from ingest import metrics, rules
from ingest.admission import Rejected, digest_of
from ingest.announcer import Announcer
from ingest.gateways import Gateways
from ingest.patience import Patience, Stopped
from ingest.settings import Ingest
from ingest.third_party.committing import Committer
from ingest.third_party.leadership import Leadership
from ingest.third_party.listener import MESSAGES_PER_TURN_MAX, Listener
from ingest.third_party.reader import Message, SourceReader
from ingest.third_party.roster import Roster
from ingest.third_party.rules import is_gateways
from ingest.third_party.sightings import Sightings
from kernel.clock import utc_now
from kernel.db import Database
from kernel.log import get_logger
from kernel.settings import Platform, settings
from kernel.wire.errors import WireError
from kernel.wire.mqtt_address import MqttAddress
from kernel.wire.sparkplug import NAMESPACE, parse_topic, rebirth_command
from kernel.wire.topics import covers, fewest, overlap

log = get_logger(__name__)

TURN_SECONDS: Final = 0.1
RELOAD_SECONDS: Final = 1.0
# With as many the broker has room left below the 100 it hands out unacknowledged.
UNACKNOWLEDGED_MAX: Final = MESSAGES_PER_TURN_MAX // 2
_SPARKPLUG: Final = (f"{NAMESPACE}/+/+/+", f"{NAMESPACE}/+/+/+/+")
_US: Final = 1_000_000


class ThirdParties:
    """The part of an ingest process that listens to third parties, while no other process does."""

    def __init__(
        self, database: Database, address: MqttAddress, settings: Ingest, announcer: Announcer,
        stop: threading.Event,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._stop = stop
        self._patience = Patience(stop)
        self._leadership = Leadership(database.engine)
        gateways = Gateways(database)
        self._roster = Roster(database, gateways, settings.tags_max)
        self._committer = Committer(database, gateways, settings, announcer, Patience(stop))
        self._sightings = Sightings(database)
        self._listener = Listener(address, client_id(), settings.session_expiry_seconds)
        self._strange: list[Rejected] = []
        self._unacknowledged: list[Message] = []
        self._was_up = False
        self._reload_at = 0.0

    @property
    def listening(self) -> bool:
        """Whether this process is the one that listens, and messages can come in."""
        return self._listener.up

    def run(self) -> None:
        """Listen whenever no other process does, until told to stop."""
        try:
            while not self._stop.is_set():
                if not self._leads():
                    self._stand_down()
                    self._stop.wait(RELOAD_SECONDS)
                elif self._connected():
                    self._take_turn()
                else:
                    self._was_up = False
                    self._stop.wait(RELOAD_SECONDS)
            self._commit_all()
        finally:
            self._listener.close()
            self._leadership.give_up()

    def _leads(self) -> bool:
        """Tell whether this process listens, and nobody else did since it began."""
        # Who was thrown out of the broker may have been so by a process that leads now.
        if self._leadership.held(surely=not self._listener.open):
            return True
        if not self._listener.open:
            return False
        # The lock goes with its connection, and often the database was away for everybody.
        taken = self._patience.until_done(self._leadership.take)
        return taken and self._patience.until_done(self._roster.is_current)

    def _connected(self) -> bool:
        self._reload()
        if not self._listener.open:
            # The broker gives them again, if it kept them.
            self._unacknowledged = []
        return self._listener.connect()

    def _stand_down(self) -> None:
        """Leave the sources to another process: commit what was heard, under numbers after its."""
        if not (self._roster.readers or self._listener.open):
            return
        log.info("another process listens to third parties")
        self._commit_all()
        self._listener.close()
        self._roster.forget()
        self._committer.forget()
        self._sightings.forget()
        self._was_up, self._reload_at = False, 0.0

    def _commit_all(self) -> None:
        """Commit whatever was heard, say how sources are, and acknowledge it."""
        now_us = _now_us()
        for reader in self._roster.readers:
            reader.settle(now_us)
        try:
            self._commit(now_us)
            self._patience.until_done(self._roster.report)
        except Stopped:
            log.warning("what third parties said last could not be committed")
            return
        self._acknowledge([])

    def _take_turn(self) -> None:
        messages = self._listener.turn(TURN_SECONDS)
        now_us = _now_us()
        if self._listener.up and not self._was_up:
            for reader in self._roster.readers:
                reader.begin(now_us, resumed=self._listener.resumed)
        self._was_up = self._listener.up
        self._hear_all(messages, now_us)
        for reader in self._roster.readers:
            reader.tick(now_us)
        self._commit(now_us)
        self._acknowledge(messages)
        for reader in self._roster.readers:
            for group, node in reader.rebirths:
                self._listener.publish(*rebirth_command(group, node, now_us))
            reader.rebirths = []

    def _hear_all(self, messages: Sequence[Message], now_us: int) -> None:
        """Take messages; what a few of them hold may be more than memory and a transaction should."""
        pending = 0
        for message in messages:
            reader = self._reader_of(message)
            if reader is None:
                continue
            before = reader.pending
            try:
                reader.hear(message, now_us)
            except Exception as error:
                # Nobody foresaw this one; it must not come again and again, nor keep others from getting in.
                log.exception("a third party's message could not be processed", topic=message.topic)
                self._strange.append(
                    Rejected(
                        "unknown", None, rules.NOT_PROCESSED, f"{type(error).__name__}: {error}",
                        message.payload, digest_of(message.payload),
                    )
                )  # fmt: skip
            pending += max(0, reader.pending - before)
            if pending >= self._settings.commit_readings_max:
                self._commit(now_us)
                pending = 0

    def _reader_of(self, message: Message) -> SourceReader | None:
        """Return who reads a message; who sent one that nobody reads is noted."""
        if is_gateways(message.topic):
            metrics.MESSAGES_REJECTED.labels(rules.TOPIC_MISMATCH).inc()
            return None
        if not message.topic.startswith(f"{NAMESPACE}/"):
            reader = self._roster.of_topic(message.topic)
            if reader is None:
                self._sightings.note_json(message)
            return reader
        try:
            topic = parse_topic(message.topic)
        except WireError:
            return None  # STATE, or a stranger's topic that nobody could adopt
        if topic.kind[1:] == "CMD":
            return None  # what hosts say to nodes, ourselves among them
        reader = self._roster.find("sparkplug", f"{topic.group}/{topic.edge_node}")
        if reader is None:
            self._sightings.note_sparkplug(topic, message)
        return reader

    def _commit(self, now_us: int) -> None:
        strange, self._strange = self._strange, []
        self._committer.commit(self._roster.readers, strange, now_us)

    def _acknowledge(self, messages: Sequence[Message]) -> None:
        """Acknowledge what is committed; in the order it came, as MQTT wants it.

        Without a kept session the broker gives nothing again, and an acknowledgement only makes room.
        """
        self._unacknowledged += messages
        kept = self._settings.session_expiry_seconds > 0
        readers = self._roster.readers if kept else []
        if any(reader.waiting for reader in readers):
            if len(self._unacknowledged) < UNACKNOWLEDGED_MAX:
                return
            self._commit_all()
            return
        self._listener.acknowledge(self._unacknowledged)
        self._unacknowledged = []

    def _reload(self) -> None:
        """Once a second: note who was adopted, changed or released; write down counts and health."""
        if time.monotonic() < self._reload_at:
            return
        made = self._patience.until_done(self._roster.reload)
        if self._listener.up:
            for reader in made:
                # It is heard already; that it is read by another mapping loses nothing.
                reader.begin(_now_us(), resumed=True)
        self._listener.listen_to(self._filters())
        self._patience.until_done(self._roster.report)
        self._patience.until_done(self._sightings.write_down)
        self._reload_at = time.monotonic() + RELOAD_SECONDS

    def _filters(self) -> list[str]:
        own = self._roster.json_addresses()
        # Nobody's topics, but for those that a source has a part of: they would come twice.
        others = [
            topic
            for topic in self._settings.device_topics
            if not any(overlap(topic, a) and not covers(topic, a) for a in own)
        ]
        return [*_SPARKPLUG, *fewest([*own, *others])]


def client_id() -> str:
    """Return the MQTT client id of whichever process listens.

    One for all, so that a broker that keeps sessions hands what it kept to the process that takes over, and
    throws out one that has not noticed yet; and not to be guessed, as whoever knows it can do the same.
    """
    mark = hmac.new(settings(Platform).secret(), b"forewarn third parties", hashlib.sha256)
    return f"forewarn-third-parties-{mark.hexdigest()[:24]}"


def _now_us() -> int:
    return int(utc_now().timestamp() * _US)
