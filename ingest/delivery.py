"""The second stage: one transaction for each piece of work, then the answers.

A batch that the database refuses is cut in halves until the frame that is to blame stands alone; its readings
go to quarantine, so that no frame can hold up the others, nor end the process.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ingest import metrics, partitions, rules
from ingest.admission import Rejected
from ingest.batch import Batch
from ingest.commit import REFUSED, Answer, Receipt, commit_frames, rejected_frame
from ingest.patience import Patience, Stopped, is_missing_partition
from ingest.preparation import Work
from ingest.quarantine import intake
from ingest.settings import Ingest
from kernel.clock import utc_now
from kernel.db import Database
from kernel.log import get_logger
from kernel.wire.frames import ack_topic
from kernel.wire.messages import Ack, encode_ack
from telemetry import service as telemetry

log = get_logger(__name__)

# As the wire allows; more are told in several acks.
RANGES_MAX: Final = 10_000


@dataclass(frozen=True)
class Reply:
    """A message for an agent."""

    topic: str
    payload: bytes


class Delivery:
    """Commits work."""

    def __init__(self, database: Database, settings: Ingest, patience: Patience) -> None:
        self._database = database
        self._settings = settings
        self._patience = patience

    def make_room(self) -> None:
        """Make the partitions of the coming week."""
        engine = self._database.engine

        def make() -> None:
            telemetry.ensure_partitions(engine)
            partitions.ensure_frames_partitions(engine, partitions.week_from(utc_now().date()))

        self._patience.until_done(make)

    def deliver(self, work: Work) -> list[Receipt]:
        """Commit work, however long the database is away; several transactions when it must be cut.

        Raises:
            Stopped: the process is to end; what is not committed will come again.
        """
        if work.batch is not None:
            return self._deliver(work.batch, work.rejected)
        if work.rejected:
            self._keep(work.rejected)
        return []

    def _deliver(self, batch: Batch, rejected: Sequence[Rejected]) -> list[Receipt]:
        try:
            return [self._committed(batch, rejected)]
        except Stopped:
            raise
        except Exception as error:
            if rejected:
                # Whoever is to blame, frames and messages do not hold up each other.
                self._keep(rejected)
                return self._deliver(batch, ())
            if len(batch.frames) > 1:
                log.warning("a batch was refused; looking for the frame to blame", error=str(error))
                return [receipt for half in batch.halves() for receipt in self._deliver(half, ())]
            log.exception("a frame was refused by the database", agent=batch.frames[0].frame.agent)
            return [self._without_readings(batch, error)]

    def _committed(
        self,
        batch: Batch,
        rejected: Sequence[Rejected] = (),
        detail: str = "",
        *,
        bare: bool = False,
    ) -> Receipt:
        def commit() -> Receipt:
            return self._commit(batch, rejected, detail, bare=bare)

        try:
            return self._patience.until_done(commit)
        except Exception as error:
            if not is_missing_partition(error):
                raise
            # Somebody removed a partition after this process had made sure of it.
            telemetry.forget_partitions(self._database.engine)
            partitions.forget_frames_partitions(self._database.engine)
            return self._patience.until_done(commit)

    def _without_readings(self, batch: Batch, error: Exception) -> Receipt:
        """Receive a frame that the database refuses: all that can be written down of it, and no more.

        First its readings go to quarantine instead of to their table; then the log and the gaps are left out
        as well. If even that is refused, the message is quarantined and its agent keeps it, on record
        there: `refused`. So the number of its readings is always told by one side.
        """
        detail = f"{type(error).__name__}: {error}"[:1000]
        refused = batch.refused(rules.Reason.STORAGE_REFUSED)
        for bare in (False, True):
            try:
                return self._committed(refused, (), detail, bare=bare)
            except Stopped:
                raise
            except Exception:
                log.exception("a frame without its readings was refused as well", only_counted=bare)
        (incoming,) = batch.frames
        self._keep([rejected_frame(incoming, rules.Reason.STORAGE_REFUSED.code, detail)])
        metrics.FRAMES.labels("refused").inc()
        frame = incoming.frame
        told = "the platform's database refuses this frame"
        return Receipt([Answer(frame.agent, frame.epoch, frame.lane, frame.seq, REFUSED, told)])

    def _keep(self, rejected: Sequence[Rejected]) -> None:
        """Quarantine messages; one that the database refuses as a quarantined one is logged and counted."""
        try:
            self._patience.until_done(lambda: self._quarantine(rejected))
        except Stopped:
            raise
        except Exception:
            if len(rejected) > 1:
                middle = len(rejected) // 2
                self._keep(rejected[:middle])
                self._keep(rejected[middle:])
                return
            log.exception("a message could not be quarantined", source=rejected[0].source)
            metrics.MESSAGES_LOST.inc()

    def _commit(
        self, batch: Batch, rejected: Sequence[Rejected], detail: str, *, bare: bool
    ) -> Receipt:
        engine = self._database.engine
        at = datetime.fromtimestamp(batch.received_at_us / 1e6, UTC)
        # Before the transaction: making a partition inside would hold up everybody.
        telemetry.ensure_partitions(engine, batch.storable)
        partitions.ensure_frames_partitions(engine, [at.date()])
        kept_max = self._settings.quarantined_messages_max
        with metrics.COMMIT_SECONDS.time(), self._database.transaction() as session:
            receipt = commit_frames(
                session, batch, messages_kept_max=kept_max, detail=detail, bare=bare
            )
            intake.put_messages(session, rejected, kept_max, at)
        _count(batch, receipt, rejected)
        return receipt

    def _quarantine(self, rejected: Sequence[Rejected]) -> None:
        with self._database.transaction() as session:
            intake.put_messages(
                session, rejected, self._settings.quarantined_messages_max, utc_now()
            )
        _count_rejected(rejected)


def _count(batch: Batch, receipt: Receipt, rejected: Sequence[Rejected]) -> None:
    metrics.COMMIT_READINGS.observe(len(batch))
    metrics.READINGS_STORED.inc(receipt.stored)
    for reason, readings in receipt.quarantined.items():
        metrics.READINGS_QUARANTINED.labels(reason).inc(readings)
    metrics.FRAMES.labels("stored").inc(receipt.frames)
    metrics.FRAMES.labels("duplicate").inc(receipt.duplicates)
    metrics.FRAMES.labels("new_epoch").inc(len(batch.frames) - receipt.frames - receipt.duplicates)
    metrics.FRAMES_FORGOTTEN.inc(receipt.forgotten)
    now_us = utc_now().timestamp() * 1e6
    for incoming in batch.frames:
        if incoming.frame.lane == "live":
            age_us = now_us - incoming.frame.cut_at_us
            metrics.CUT_TO_COMMITTED_SECONDS.observe(max(0.0, age_us / 1e6))
    _count_rejected(rejected)


def _count_rejected(rejected: Sequence[Rejected]) -> None:
    for message in rejected:
        metrics.MESSAGES_REJECTED.labels(message.reason).inc()


def replies(answers: Sequence[Answer], key_of: Callable[[str], bytes | None]) -> list[Reply]:
    """Return signed acks: one for each agent, epoch, lane, verdict and detail, with ranges of numbers.

    The topic is built from the agent that signed the frame, never from what the request names.
    """
    seqs: dict[tuple[str, bytes, str, str, str], list[int]] = {}
    epochs = {}
    for answer in answers:
        epochs[answer.epoch.bytes] = answer.epoch
        key = answer.agent_id, answer.epoch.bytes, answer.lane, answer.verdict, answer.detail
        seqs.setdefault(key, []).append(answer.seq)
    result = []
    for (agent, epoch, lane, verdict, detail), numbers in seqs.items():
        signing_key = key_of(agent)
        if signing_key is None:
            continue
        ranges = rules.ranges_of(numbers)
        for start in range(0, len(ranges), RANGES_MAX):
            ack = Ack(
                agent, epochs[epoch], lane, ranges[start : start + RANGES_MAX], verdict, detail
            )
            result.append(Reply(ack_topic(agent), encode_ack(ack, signing_key)))
    return result
