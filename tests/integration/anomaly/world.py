"""A plant in memory, scored into a real database."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from anomaly.detectors.base import SeriesRange
from anomaly.scoring.memory import Memory
from anomaly.scoring.scorer import Run, Scorer
from anomaly.settings import AnomalySettings
from anomaly.shards import shard_of
from anomaly.sources import LaneKey, MemoryFrame, MemorySource, SeriesInfo
from kernel.clock import FakeClock, use_clock
from kernel.db import Database
from tests.support import factories

EPOCH = UUID("00000000-0000-4000-8000-000000000001")
START = datetime(2026, 11, 1, tzinfo=UTC)
SECOND = 1_000_000
# Small enough for tests to be quick; every threshold is as shipped.
SECTION = AnomalySettings(warmup_readings=200, warmup_span_s=0, batch_readings=5000)

Signal = Callable[[int, Random], float]


def steady(level: float = 10.0) -> Signal:
    return lambda _, random: random.gauss(level, 1.0)


@dataclass
class World:
    """Assets with series, gateways that send one frame a second, and workers that score them."""

    database: Database
    section: AnomalySettings = SECTION
    source: MemorySource = field(default_factory=MemorySource)
    clock: FakeClock = field(default_factory=lambda: FakeClock(START))
    memory: Memory = field(default_factory=Memory)
    sent: dict[LaneKey, int] = field(default_factory=dict)
    signals: dict[int, Signal] = field(default_factory=dict)
    _series: int = 0

    def asset(self, equipment_class: str = "pump") -> str:
        with self.database.transaction() as session:
            return factories.asset(session, equipment_class=equipment_class).id

    def series(self, asset_id: str, kind: str = "vibration", **facts: Any) -> int:
        self._series += 1
        plant = SeriesRange(facts.pop("low", None), facts.pop("high", None))
        self.source.directory[self._series] = SeriesInfo(
            self._series, asset_id, f"{kind}_{self._series}", "mm/s", kind, plant, **facts
        )
        self.signals[self._series] = steady()
        return self._series

    def send(
        self,
        agent: str,
        series: Iterable[int],
        frames: int,
        *,
        lane: str = "live",
        per_frame: int = 10,
        **signals: Signal,
    ) -> None:
        """Send frames of `per_frame` seconds each; `s3=…` sets what series 3 does from now on."""
        self.signals |= {int(name[1:]): signal for name, signal in signals.items()}
        key, chosen = LaneKey(agent, EPOCH, lane), list(series)
        for _ in range(frames):
            seq = self.sent.get(key, 0)
            self.sent[key] = seq + 1
            random = Random(f"{agent} {lane} {seq}")
            rows = [
                (number, self._ts(second), self.signals[number](second, random))
                for second in range(seq * per_frame, (seq + 1) * per_frame)
                for number in chosen
            ]
            at = START + timedelta(seconds=(seq + 1) * per_frame)
            self.source.add(key, MemoryFrame.of(seq, at, rows))

    @staticmethod
    def _ts(second: int) -> int:
        return round(START.timestamp()) * SECOND + second * SECOND

    def scorer(self, memory: Memory | None = None) -> Scorer:
        chosen = self.memory if memory is None else memory
        return Scorer(self.database, self.source, self.source, self.section, chosen)

    def score(self, agent: str, memory: Memory | None = None) -> Run:
        with use_clock(self.clock):
            return self.scorer(memory).run(self.shard(agent))

    def shard(self, agent: str) -> int:
        return shard_of(agent, self.section.shards)

    def rows(self, query: str) -> list[Any]:
        with self.database.transaction() as session:
            return list(session.execute(text(query)).all())

    def alarms(self) -> list[Any]:
        return self.rows("SELECT * FROM anomaly.alarms ORDER BY id")

    def deviations(self) -> list[Any]:
        return self.rows("SELECT * FROM anomaly.deviations ORDER BY id")

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        found = self.rows("SELECT topic, payload FROM kernel.outbox ORDER BY id")
        return [(row.topic, row.payload) for row in found]

    def topics(self) -> list[str]:
        return [topic.removeprefix("anomaly.alarm_") for topic, _ in self.events()]

    def outcome(self) -> list[tuple[Any, ...]]:
        """What does not depend on when, or how often, scoring was interrupted."""
        return [
            tuple(row)
            for row in self.rows(
                "SELECT d.series_id, d.record, d.onset_seq, d.onset_index, d.low, d.high, d.seen,"
                " d.score, d.ended_at, a.state, a.category, a.failure_mode, a.severity,"
                " a.historical, a.returned_at, a.occurrences"
                " FROM anomaly.deviations d JOIN anomaly.alarms a ON a.id = d.alarm_id"
                " ORDER BY d.onset_lane, d.onset_seq, d.onset_index, d.series_id"
            )
        ]


def wearing(since: int, per_second: float = 0.5) -> Signal:
    """Grows from second `since` on."""
    return lambda second, random: 10 + max(second - since, 0) * per_second + random.gauss(0, 1)


def count(session: Session, table: str) -> int:
    return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())
