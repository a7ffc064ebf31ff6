"""The first stage: messages to a piece of work for one transaction.

Frames are verified, decoded, judged and packed here, while the stage behind waits for the database. Schemas
and statuses are small and rare: each is a transaction of its own, in the order they came, so that a frame
behind its schema finds it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from sys import getsizeof
from typing import Any, Final

import numpy as np

from ingest import announcements, mapping, metrics, rules
from ingest.admission import Admitted, Rejected, admit, digest_of
from ingest.batch import Batch, Incoming
from ingest.commit import Answer
from ingest.decoding import decode_frame
from ingest.gateways import Gateways
from ingest.inbox import Message
from ingest.mapping import Mappings, TagMap
from ingest.patience import Patience, Stopped, is_of_the_data
from ingest.rules import Limits
from ingest.settings import Ingest
from ingest.texts import Texts
from kernel.clock import utc_now
from kernel.db import Database
from kernel.log import get_logger
from kernel.wire.frames import Frame
from kernel.wire.messages import Schema, Status, decode_schema, decode_status

log = get_logger(__name__)

# Messages that carry no readings cost memory as well.
MESSAGES_MAX: Final = 2000
_US: Final = 1_000_000
# Of its columns and of the batch's; of its place among those that are no number; of a tag in a gap's row.
_READING_BYTES: Final = 80
_ODD_BYTES: Final = 150
_GAP_TAG_BYTES: Final = 40


@dataclass
class Work:
    """What one transaction is to do, and whom to tell afterwards.

    Attributes:
        messages: all that led to it, in the order they came.
        frames: those to be received.
        rejected: messages for quarantine.
        answers: verdicts that need no transaction.
        keys: signing keys of the agents to be answered.
        readings: how many readings the frames hold.
        bytes: about what all that takes in memory, unpacked.
        batch: the frames, joined by `seal`.
    """

    messages: list[Message] = field(default_factory=list)
    frames: list[Incoming] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    keys: dict[str, bytes] = field(default_factory=dict)
    readings: int = 0
    bytes: int = 0
    batch: Batch | None = None


def unpacked_bytes(frame: Frame) -> int:
    """Return about what a frame takes in memory: texts repeat, so that its message may be far smaller."""
    size = _READING_BYTES * len(frame)
    for gap in frame.gaps:
        size += _GAP_TAG_BYTES * gap.tags
    for value in frame.odd.values():
        size += _ODD_BYTES + getsizeof(value)
        if isinstance(value, list):
            size += sum(map(getsizeof, value))
    return size


class Preparation:
    """Adds messages to work."""

    def __init__(self, database: Database, settings: Ingest, patience: Patience) -> None:
        self._database = database
        self._settings = settings
        self._patience = patience
        self._gateways = Gateways(database)
        self._mappings = Mappings(database)
        self._texts = Texts(database)
        self._take: dict[str, Callable[[Work, Message], None]] = {
            "frames": self._take_frame,
            "schema": self._take_schema,
            "status": self._take_status,
        }

    def is_full(self, work: Work) -> bool:
        """Tell whether no more messages should be added to work."""
        return (
            work.readings >= self._settings.commit_readings_max
            or work.bytes >= self._settings.commit_bytes_max
            or len(work.messages) >= MESSAGES_MAX
        )

    def add(self, work: Work, message: Message) -> None:
        """Add one message; whatever is wrong with it becomes a reason in quarantine."""
        metrics.MESSAGES.labels(message.kind).inc()
        work.messages.append(message)
        work.bytes += len(message.payload)
        try:
            self._take[message.kind](work, message)
        except Stopped:
            raise
        except Exception as error:
            if not is_of_the_data(error):
                raise
            # Nobody foresaw this one; kept with its reason, it must not keep the others from getting in.
            log.exception(
                "a message could not be processed", agent=message.agent, kind=message.kind
            )
            gateway = self._gateways.get(message.agent)
            source = None if gateway is None else gateway.id
            work.rejected.append(
                Rejected(
                    source or "unknown",
                    source,
                    rules.NOT_PROCESSED,
                    f"{type(error).__name__}: {error}",
                    message.payload,
                    digest_of(message.payload),
                )
            )

    def seal(self, work: Work) -> Work:
        """Join the frames of finished work and do all that needs no database."""
        if work.frames:
            received_at_us = int(utc_now().timestamp() * _US)
            limits = Limits.at(
                received_at_us,
                future_seconds_max=self._settings.future_seconds_max,
                age_days_max=self._settings.accepted_days,
            )
            work.batch = Batch.of(work.frames, received_at_us, limits)
            _ = work.batch.prepared, work.batch.spoilt
        return work

    def _admit(self, decode: Callable[..., Any], message: Message) -> Admitted[Any] | Rejected:
        return self._patience.until_done(
            lambda: admit(
                decode, message.payload, message.agent, self._gateways.get, self._gateways.keys
            )
        )

    def _take_frame(self, work: Work, message: Message) -> None:
        admitted: Admitted[Frame] | Rejected = self._admit(decode_frame, message)
        if isinstance(admitted, Rejected):
            work.rejected.append(admitted)
            if isinstance(admitted.content, Frame):
                work.bytes += unpacked_bytes(admitted.content)
                self._answer(work, admitted.content, "refused", admitted.detail)
            return
        frame = admitted.content
        tags = self._tags_of(admitted) if len(frame) or frame.gaps else mapping.NO_TAGS
        if tags is None:
            self._answer(work, frame, "need_schema", "announce this frame's schema")
            return
        self._remember_key(work, frame.agent)
        codes = self._codes_of(frame, tags) if frame.odd else {}
        work.frames.append(Incoming(admitted, tags, codes))
        work.readings += len(frame)
        work.bytes += unpacked_bytes(frame)

    def _tags_of(self, admitted: Admitted[Frame]) -> TagMap | None:
        return self._patience.until_done(
            lambda: self._mappings.get(admitted.gateway, admitted.content.schema_hash)
        )

    def _codes_of(self, frame: Frame, tags: TagMap) -> dict[int, int]:
        numbers = np.frombuffer(frame.series, np.uint32)
        return self._patience.until_done(lambda: self._texts.codes(frame.odd, numbers, tags))

    def _answer(self, work: Work, frame: Frame, verdict: str, detail: str) -> None:
        self._remember_key(work, frame.agent)
        work.answers.append(
            Answer(frame.agent, frame.epoch, frame.lane, frame.seq, verdict, detail)
        )

    def _remember_key(self, work: Work, agent_id: str) -> None:
        if agent_id not in work.keys:
            key = self._patience.until_done(lambda: self._gateways.key(agent_id))
            if key is not None:
                work.keys[agent_id] = key

    def _take_schema(self, work: Work, message: Message) -> None:
        admitted: Admitted[Schema] | Rejected = self._admit(decode_schema, message)
        if isinstance(admitted, Rejected):
            work.rejected.append(admitted)
            return
        gateway, schema_hash = admitted.gateway, admitted.content.hash
        if self._mappings.is_new(gateway.id, schema_hash):
            return

        def announce() -> TagMap | Rejected:
            with self._database.transaction() as session:
                return announcements.receive_schema(session, admitted, self._settings, utc_now())

        found = self._patience.until_done(announce)
        if isinstance(found, Rejected):
            work.rejected.append(found)
        else:
            self._mappings.remember(gateway.id, schema_hash, found)

    def _take_status(self, work: Work, message: Message) -> None:
        admitted: Admitted[Status] | Rejected = self._admit(decode_status, message)
        if isinstance(admitted, Rejected):
            work.rejected.append(admitted)
            return

        def note() -> None:
            with self._database.transaction() as session:
                announcements.note_status(session, admitted, self._settings, utc_now())

        self._patience.until_done(note)
