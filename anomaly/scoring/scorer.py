"""Scoring one shard: lock, read, score, commit; again until nothing is left or the time is up.

One transaction holds the alarms, the cursors, the events and, from time to time, the snapshots, so that a
reading is either scored with all its consequences or not at all.
"""

import time
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from anomaly import repository
from anomaly.commands import repository as commands
from anomaly.detectors import shipped
from anomaly.detectors.base import detector_kind
from anomaly.scoring.batch import Batch, Setup
from anomaly.scoring.memory import Memory, ShardMemory
from anomaly.scoring.series import CachedSeries
from anomaly.settings import AnomalySettings
from anomaly.shards import shard_of
from anomaly.sources import FrameSource, LaneKey, SeriesDirectory
from kernel.clock import utc_now
from kernel.db import Database, on_commit


class Outcome(StrEnum):
    """How a run ended: nothing left, the shard is another's, or more is left and others come first."""

    DONE = "done"
    BUSY = "busy"
    MORE = "more"


@dataclass
class Run:
    """What one run did."""

    outcome: Outcome = Outcome.DONE
    frames: int = 0
    readings: int = 0
    alarms: int = 0
    caught_up: bool = False


class Scorer:
    """Scores shards from a source of frames, keeping models in `memory` between runs."""

    def __init__(
        self,
        database: Database,
        source: FrameSource,
        directory: SeriesDirectory,
        section: AnomalySettings,
        memory: Memory,
    ) -> None:
        assert shipped.EW_CHART  # importing it fills the registry
        self._database = database
        self._setup = Setup(source, section, detector_kind(section.detector))
        self._directory = directory
        self._section = section
        self._memory = memory

    def run(self, shard: int) -> Run:
        """Score a shard until its cursors have reached the heads, or for `run_s` seconds.

        What comes while its last batch is scored waits for another run: gateways that never cease to send
        would keep a worker from all other shards.
        """
        run = Run()
        until = time.monotonic() + self._section.run_s
        while True:
            with self._database.transaction() as session:
                outcome = self._score_batch(session, shard, run)
            if outcome is not None:
                run.outcome = outcome
                return run
            if time.monotonic() >= until:
                run.outcome = Outcome.MORE
                return run

    def shards_with_work(self, session: Session) -> list[int]:
        """Return the shards in which some cursor is behind its head, or models have been told something."""
        cursors = repository.cursors(session)
        heads = self._setup.source.heads(session)
        agents = {lane.agent_id for lane, head in heads.items() if head > cursors.get(lane, 0)}
        agents |= commands.agents_told(session)
        return sorted({shard_of(agent_id, self._section.shards) for agent_id in agents})

    def _heads(self, session: Session, shard: int) -> dict[LaneKey, int]:
        return {
            lane: head
            for lane, head in self._setup.source.heads(session).items()
            if shard_of(lane.agent_id, self._section.shards) == shard
        }

    def _score_batch(self, session: Session, shard: int, run: Run) -> Outcome | None:
        """Score about `batch_readings`; return None while there may be more."""
        row = repository.lock_shard(session, shard)
        if row is None:
            return Outcome.BUSY
        now = utc_now()
        # Taken out, and put back only after the commit: a rollback leaves nothing behind.
        memory = self._memory.take(shard, row.generation)
        if memory is None:
            memory = ShardMemory(CachedSeries(self._directory))
        memory.series.expire(now)
        batch = Batch(session, self._setup, memory, now)
        heads = self._heads(session, shard)
        work = batch.work(heads)
        told = {
            agent_id
            for agent_id in commands.agents_told(session)
            if shard_of(agent_id, self._section.shards) == shard
        }
        if run.caught_up and work:
            self._keep(session, shard, row.generation, memory)
            return Outcome.MORE
        if work or told:
            batch.obey(told)
            batch.score(work, heads)
            batch.finish()
            row.generation += 1
            row.scored_at = now
        self._keep(session, shard, row.generation, memory)
        run.frames += batch.frames
        run.readings += batch.readings
        run.alarms += batch.alarms
        run.caught_up = not batch.is_full
        # A gateway whose models fail leaves work behind that another round would not do either.
        return None if work and batch.moved else Outcome.DONE

    def _keep(self, session: Session, shard: int, generation: int, memory: ShardMemory) -> None:
        on_commit(session, lambda: self._memory.put(shard, generation, memory))
