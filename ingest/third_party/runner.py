"""Listening to adopted sources: messages to frames, frames to the database, then the acknowledgements.

One thread does it all in turns, so that nothing is acknowledged to the broker that is not committed, and
nothing is read from it while a commit waits for the database.
"""

import threading
import time
from collections.abc import Sequence
from typing import Final

from ingest import mapping, rules
from ingest.admission import Admitted, Rejected, digest_of
from ingest.announcements import receive_schema
from ingest.announcer import Announcer
from ingest.batch import Batch, Incoming
from ingest.commit import NEW_EPOCH
from ingest.delivery import Delivery
from ingest.gateways import Gateways
from ingest.mapping import Mappings, TagMap
from ingest.patience import Patience
from ingest.preparation import Work
from ingest.repository import AgentReport, put_report
from ingest.rules import Limits
from ingest.settings import Ingest
from ingest.third_party import repository
from ingest.third_party.leadership import Leadership
from ingest.third_party.listener import Listener
from ingest.third_party.reader import (
    JsonSourceReader,
    Message,
    SourceFacts,
    SourceReader,
    SparkplugSourceReader,
)
from ingest.third_party.rules import read_mapping
from ingest.third_party.sightings import Sightings
from kernel.clock import utc_now
from kernel.db import Database
from kernel.log import get_logger
from kernel.wire.errors import WireError
from kernel.wire.frames import Frame, encode_frame
from kernel.wire.messages import encode_schema
from kernel.wire.mqtt_address import MqttAddress
from kernel.wire.sparkplug import NAMESPACE, parse_topic, rebirth_command
from kernel.wire.topics import covers, fewest, overlap
from registry.assets import service as assets

log = get_logger(__name__)

TURN_SECONDS: Final = 0.1
RELOAD_SECONDS: Final = 1.0
_SPARKPLUG: Final = (f"{NAMESPACE}/+/+/+", f"{NAMESPACE}/+/+/+/+")
_US: Final = 1_000_000


class ThirdParties:
    """The part of an ingest process that listens to third parties, while no other process does."""

    def __init__(
        self, database: Database, address: MqttAddress, settings: Ingest, announcer: Announcer,
        stop: threading.Event,
    ) -> None:  # fmt: skip
        self._database = database
        self._settings = settings
        self._announcer = announcer
        self._stop = stop
        self._patience = Patience(stop)
        self._leadership = Leadership(database.engine)
        self._delivery = Delivery(database, settings, Patience(stop))
        self._gateways = Gateways(database)
        self._mappings = Mappings(database)
        self._sightings = Sightings(database)
        client_id = f"{settings.mqtt_client_id()}-third-party"
        self._listener = Listener(address, client_id, settings.session_expiry_seconds)
        self._readers: dict[tuple[str, str], SourceReader] = {}
        self._accepted: dict[str, TagMap] = {}
        self._strange: list[Rejected] = []
        self._was_up = False
        self._reloaded_at = 0.0

    def run(self) -> None:
        """Listen whenever no other process does, until told to stop."""
        try:
            while not self._stop.is_set():
                if self._leadership.held() and self._connected():
                    self._take_turn()
                else:
                    self._was_up = False
                    self._stop.wait(RELOAD_SECONDS)
        finally:
            self._listener.close()
            self._leadership.give_up()

    def _connected(self) -> bool:
        self._reload()
        return self._listener.connect()

    def _take_turn(self) -> None:
        messages = self._listener.turn(TURN_SECONDS)
        now_us = _now_us()
        if self._listener.up and not self._was_up:
            for reader in self._readers.values():
                reader.begin(now_us)
        self._was_up = self._listener.up
        for message in messages:
            try:
                self._hear(message, now_us)
            except Exception as error:
                # Nobody foresaw this one; it must not come again and again, nor keep others from getting in.
                log.exception("a third party's message could not be processed", topic=message.topic)
                self._strange.append(
                    Rejected(
                        "unknown", None, rules.NOT_PROCESSED, f"{type(error).__name__}: {error}",
                        message.payload, digest_of(message.payload),
                    )
                )  # fmt: skip
        for reader in self._readers.values():
            reader.tick(now_us)
        self._commit(now_us)
        self._listener.acknowledge(messages)
        for reader in self._readers.values():
            for group, node in reader.rebirths:
                self._listener.publish(*rebirth_command(group, node, now_us))
            reader.rebirths = []

    def _hear(self, message: Message, now_us: int) -> None:
        if message.topic.startswith(f"{NAMESPACE}/"):
            try:
                topic = parse_topic(message.topic)
            except WireError:
                return  # STATE, or a stranger's topic that nobody could adopt
            if topic.kind[1:] == "CMD":
                return  # what hosts say to nodes, ourselves among them
            reader = self._readers.get(("sparkplug", f"{topic.group}/{topic.edge_node}"))
            if reader is None:
                self._sightings.note_sparkplug(topic, message)
            else:
                reader.hear(message, now_us)
            return
        for (kind, address), reader in self._readers.items():
            if kind == "json" and covers(address, message.topic):
                reader.hear(message, now_us)
                return
        self._sightings.note_json(message)

    def _commit(self, now_us: int) -> None:
        """Frame what was taken and commit it, however long the database is away."""
        pairs = [(r, f) for r in self._readers.values() for f in r.cut(now_us)]
        rejected = [*self._strange, *(i for r in self._readers.values() for i in r.rejected)]
        self._strange = []
        for reader in self._readers.values():
            reader.rejected = []
        while pairs or rejected:
            incoming = [self._incoming(reader, frame) for reader, frame in pairs]
            work = Work(frames=incoming, rejected=rejected)
            if incoming:
                limits = Limits.at(
                    now_us,
                    future_seconds_max=self._settings.future_seconds_max,
                    age_days_max=self._settings.accepted_days,
                )
                work.batch = Batch.of(incoming, now_us, limits)
            receipts = self._delivery.deliver(work)
            maps = {item.tags.mapping_id: item.tags for item in incoming}
            taken_by_others = set()
            for receipt in receipts:
                newest = None if receipt.prepared is None else receipt.prepared.newest
                agents = {answer.agent_id for answer in receipt.answers}
                self._announcer.committed(agents, newest, maps.values())
                taken_by_others |= {
                    (a.agent_id, a.lane, a.seq) for a in receipt.answers if a.verdict == NEW_EPOCH
                }
            again = [(r, f) for r, f in pairs if (f.agent, f.lane, f.seq) in taken_by_others]
            pairs, rejected = self._renumbered(again), []

    def _renumbered(
        self, pairs: Sequence[tuple[SourceReader, Frame]]
    ) -> list[tuple[SourceReader, Frame]]:
        """Return frames whose numbers another process used, with the numbers after its."""
        for reader in {id(reader): reader for reader, _ in pairs}.values():
            facts = reader.facts
            log.warning("another process framed for this source", agent=facts.agent_id)
            received = self._patience.until_done(lambda f=facts: self._received(f))  # type: ignore[misc]
            reader.next_seq.update({lane: seq for lane, (seq, _) in received.items()})
        return [(reader, reader.renumber(frame)) for reader, frame in pairs]

    def _received(self, facts: SourceFacts) -> dict[str, tuple[int, int]]:
        with self._database.transaction() as session:
            return repository.received(session, facts.agent_id, facts.epoch)

    def _incoming(self, reader: SourceReader, frame: Frame) -> Incoming:
        def look_up() -> Incoming:
            gateway = self._gateways.get(frame.agent)
            key = self._gateways.key(frame.agent)
            assert gateway is not None  # a source has a gateway, by a foreign key
            assert key is not None
            payload = encode_frame(frame, key)
            admitted = Admitted(frame, gateway, payload, digest_of(payload))
            return Incoming(admitted, self._tags_of(reader, admitted))

        return self._patience.until_done(look_up)

    def _tags_of(self, reader: SourceReader, admitted: Admitted[Frame]) -> TagMap:
        gateway, schema_hash = admitted.gateway, admitted.content.schema_hash
        found = self._mappings.get(gateway, schema_hash)
        if found is not None:
            self._accepted[gateway.id] = found
            return found
        schema = reader.schema()
        payload = encode_schema(schema, assets.gateway_key(gateway.id, gateway.key_version))
        announced = Admitted(schema, gateway, payload, digest_of(payload))
        with self._database.transaction() as session:
            answer = receive_schema(session, announced, self._settings, utc_now())
        if isinstance(answer, Rejected):
            # Tags beyond the last schema that was accepted have no series; their readings go to quarantine.
            reader.rejected.append(answer)
            return self._accepted.get(gateway.id, mapping.NO_TAGS)
        self._accepted[gateway.id] = answer
        return self._mappings.remember(gateway.id, schema.hash, answer)

    def _reload(self) -> None:
        """Once a second: note who was adopted, changed or released; write down counts and health."""
        if time.monotonic() - self._reloaded_at < RELOAD_SECONDS:
            return
        self._patience.until_done(self._reload_sources)
        self._patience.until_done(self._report)
        self._patience.until_done(self._sightings.write_down)
        self._reloaded_at = time.monotonic()

    def _reload_sources(self) -> None:
        readers: dict[tuple[str, str], SourceReader] = {}
        made: list[SourceReader] = []
        with self._database.transaction() as session:
            for row in repository.active_sources(session):
                gateway = self._gateways.get(row.agent_id)
                if gateway is None or gateway.revoked:
                    continue
                key = row.kind, row.address
                present = self._readers.get(key)
                if present is not None and (present.facts.agent_id, present.facts.version) == (
                    row.agent_id, row.version,
                ):  # fmt: skip
                    readers[key] = present
                    continue
                facts = SourceFacts(
                    row.agent_id, row.kind, row.address, read_mapping(row.mapping), row.epoch,
                    row.version,
                )  # fmt: skip
                received = repository.received(session, row.agent_id, row.epoch)
                seqs = {lane: seq for lane, (seq, _) in received.items()}
                kind = SparkplugSourceReader if row.kind == "sparkplug" else JsonSourceReader
                tags = repository.newest_tags(session, row.agent_id)
                readers[key] = kind(facts, tags, seqs, self._settings.tags_max)
                made.append(readers[key])
        self._readers = readers
        if self._listener.up:
            for reader in made:
                reader.begin(_now_us())
        self._listen()

    def _listen(self) -> None:
        own = [address for kind, address in self._readers if kind == "json"]
        # Nobody's topics, but for those that a source has a part of: they would come twice.
        others = [
            topic
            for topic in self._settings.device_topics
            if not any(overlap(topic, a) and not covers(topic, a) for a in own)
        ]
        self._listener.listen_to([*_SPARKPLUG, *fewest([*own, *others])])

    def _report(self) -> None:
        """Write down how sources are; what they took is what became of it, as nothing waits elsewhere."""
        news = [reader for reader in self._readers.values() if reader.dirty]
        if not news:
            return
        now = utc_now()
        with self._database.transaction() as session:
            for reader in sorted(news, key=lambda r: r.facts.agent_id):
                facts = reader.facts
                received = repository.received(session, facts.agent_id, facts.epoch)
                report = AgentReport(
                    agent_id=facts.agent_id,
                    epoch=facts.epoch,
                    taken=sum(readings for _, readings in received.values()),
                    buffered=0,
                    dropped=0,
                    clock_offset_ms=None,
                    version="",
                    sources=[reader.report()],
                )
                put_report(session, report, now)
        for reader in news:
            reader.dirty = False


def _now_us() -> int:
    return int(utc_now().timestamp() * _US)
