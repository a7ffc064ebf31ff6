"""Frames of third parties to the database, in portions, however long it is away."""

import time
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from ingest import mapping
from ingest.admission import Admitted, Rejected, digest_of
from ingest.announcements import receive_schema
from ingest.announcer import Announcer
from ingest.batch import Batch, Incoming
from ingest.commit import NEW_EPOCH, Receipt
from ingest.delivery import Delivery
from ingest.gateways import Gateways
from ingest.mapping import Mappings, TagMap
from ingest.patience import Patience
from ingest.preparation import Work
from ingest.rules import Limits
from ingest.settings import Ingest
from ingest.texts import Texts
from ingest.third_party import repository
from ingest.third_party.reader import CutFrame, SourceFacts, SourceReader
from kernel.clock import utc_now
from kernel.db import Database
from kernel.log import get_logger
from kernel.wire.frames import Frame
from kernel.wire.messages import encode_schema
from registry.assets import service as assets

log = get_logger(__name__)

# A schema that was refused is offered again once in so long.
REFUSED_SECONDS: Final = 60.0

Pair = tuple[SourceReader, CutFrame]


class Committer:
    """Commits what readers cut."""

    def __init__(
        self,
        database: Database,
        gateways: Gateways,
        settings: Ingest,
        announcer: Announcer,
        patience: Patience,
    ) -> None:
        self._database = database
        self._gateways = gateways
        self._settings = settings
        self._announcer = announcer
        self._patience = patience
        self._delivery = Delivery(database, settings, patience)
        self._mappings = Mappings(database)
        self._texts = Texts(database)
        self._accepted: dict[str, TagMap] = {}
        self._refused: dict[str, tuple[bytes, float]] = {}

    def forget(self) -> None:
        """Forget which schemas were accepted or refused."""
        self._accepted, self._refused = {}, {}

    def commit(
        self, readers: Sequence[SourceReader], strange: Sequence[Rejected], now_us: int
    ) -> None:
        """Commit what was taken and what was rejected.

        Raises:
            Stopped: the process is to end.
        """
        pairs = [(reader, cut) for reader in readers for cut in reader.cut(now_us)]
        for portion in _portions(pairs, self._settings.commit_readings_max):
            self._commit(portion, now_us)
        # Schemas that were refused on the way are among them.
        rejected = [*strange, *(one for reader in readers for one in reader.rejected)]
        for reader in readers:
            reader.rejected = []
        if rejected:
            self._delivery.deliver(Work(rejected=rejected))

    def _commit(self, pairs: Sequence[Pair], now_us: int) -> None:
        while pairs:
            incoming = [self._incoming(reader, cut) for reader, cut in pairs]
            limits = Limits.at(
                now_us,
                future_seconds_max=self._settings.future_seconds_max,
                age_days_max=self._settings.accepted_days,
            )
            work = Work(frames=incoming, batch=Batch.of(incoming, now_us, limits))
            receipts = self._delivery.deliver(work)
            self._announce(incoming, receipts)
            taken = {
                (answer.agent_id, answer.lane, answer.seq)
                for receipt in receipts
                for answer in receipt.answers
                if answer.verdict == NEW_EPOCH
            }
            again = [
                (r, c) for r, c in pairs if (c.frame.agent, c.frame.lane, c.frame.seq) in taken
            ]
            pairs = self._renumbered(again)

    def _announce(self, incoming: Sequence[Incoming], receipts: Sequence[Receipt]) -> None:
        maps = {item.tags.mapping_id: item.tags for item in incoming}
        for receipt in receipts:
            newest = None if receipt.prepared is None else receipt.prepared.newest
            agents = {answer.agent_id for answer in receipt.answers}
            self._announcer.committed(agents, newest, maps.values())

    def _renumbered(self, pairs: Sequence[Pair]) -> list[Pair]:
        """Return frames whose numbers another process used, with the numbers after its."""
        for reader in {id(reader): reader for reader, _ in pairs}.values():
            facts = reader.facts
            log.warning("another process framed for this source", agent=facts.agent_id)
            received = self._patience.until_done(lambda f=facts: self._received(f))  # type: ignore[misc]
            reader.next_seq.update({lane: seq for lane, (seq, _) in received.items()})
        return [(reader, reader.renumber(cut)) for reader, cut in pairs]

    def _received(self, facts: SourceFacts) -> dict[str, tuple[int, int]]:
        with self._database.transaction() as session:
            return repository.received(session, facts.agent_id, facts.epoch)

    def _incoming(self, reader: SourceReader, cut: CutFrame) -> Incoming:
        def look_up() -> Incoming:
            frame = cut.frame
            gateway = self._gateways.get(frame.agent)
            key = self._gateways.key(frame.agent)
            assert gateway is not None  # a source has a gateway, by a foreign key
            assert key is not None
            payload = cut.sealed(key)
            admitted = Admitted(frame, gateway, payload, digest_of(payload))
            tags = self._tags_of(reader, admitted)
            numbers = np.frombuffer(frame.series, np.uint32)
            return Incoming(admitted, tags, self._texts.codes(frame.odd, numbers, tags))

        return self._patience.until_done(look_up)

    def _tags_of(self, reader: SourceReader, admitted: Admitted[Frame]) -> TagMap:
        gateway, schema_hash = admitted.gateway, admitted.content.schema_hash
        found = self._mappings.get(gateway, schema_hash)
        if found is not None:
            self._accepted[gateway.id] = found
            return found
        refused, until = self._refused.get(gateway.id, (b"", 0.0))
        if refused != schema_hash or time.monotonic() >= until:
            schema = reader.schema()
            payload = encode_schema(schema, assets.gateway_key(gateway.id, gateway.key_version))
            announced = Admitted(schema, gateway, payload, digest_of(payload))
            with self._database.transaction() as session:
                answer = receive_schema(session, announced, self._settings, utc_now())
            if not isinstance(answer, Rejected):
                self._accepted[gateway.id] = answer
                return self._mappings.remember(gateway.id, schema.hash, answer)
            reader.rejected.append(answer)
            self._refused[gateway.id] = schema_hash, time.monotonic() + REFUSED_SECONDS
        # Tags beyond the last schema that was accepted have no series; their readings go to quarantine.
        return self._accepted.get(gateway.id, mapping.NO_TAGS)


def _portions(pairs: Sequence[Pair], readings_max: int) -> Iterator[list[Pair]]:
    """Yield frames in portions of about so many readings, at least one."""
    portion: list[Pair] = []
    readings = 0
    for pair in pairs:
        if portion and readings + len(pair[1].frame) > readings_max:
            yield portion
            portion, readings = [], 0
        portion.append(pair)
        readings += len(pair[1].frame)
    if portion:
        yield portion
