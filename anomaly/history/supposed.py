"""Alarms there would have been: as `anomaly.incidents` makes them of deviations, but in memory.

One machine's. What an alarm says is worked out by the same `anomaly.description`; nobody acknowledges,
shelves or suppresses anything here.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from anomaly import description, rules, texts
from anomaly.deviations import Change, Deviation, Onset, Transition
from anomaly.models import Alarm, DeviationRow
from anomaly.sources import SeriesInfo
from registry.assets.service import AssetFacts

# Of an alarm that comes and goes for months not every deviation is needed to say what it is.
_PARTS_MAX = 200


def moment(us: int) -> datetime:
    """Return µs since 1970 as a moment."""
    return datetime.fromtimestamp(us / 1e6, UTC)


@dataclass
class Part:
    """One series' deviation; the fields are those of `anomaly.models.DeviationRow` that tell of it."""

    id: int
    series_id: int
    detector: str
    record: str
    onset: tuple[str, str, int, int, int]
    low: float | None
    high: float | None
    seen: float | None
    score: float
    since_s: float
    severity: str | None
    ended_us: int | None = None

    def row(self) -> DeviationRow:
        """Return it as a row of none of the tables."""
        epoch, lane, seq, index, onset_us = self.onset
        return DeviationRow(
            id=self.id, series_id=self.series_id, detector=self.detector, record=self.record,
            onset_epoch=UUID(epoch), onset_lane=lane, onset_seq=seq, onset_index=index,
            onset_at=moment(onset_us), low=self.low, high=self.high, seen=self.seen,
            score=self.score, since_s=self.since_s, severity=self.severity,
            ended_at=None if self.ended_us is None else moment(self.ended_us),
        )  # fmt: skip


@dataclass
class Supposed:
    """An alarm there would have been; see `anomaly.history.models.BacktestAlarm`."""

    number: int
    category: str
    severity: str
    failure_mode: str
    onset_us: int
    raised_us: int
    score: float
    summary: dict[str, Any]
    returned_us: int | None = None
    occurrences: int = 1
    cause: dict[str, Any] = field(default_factory=dict)
    contributors: list[dict[str, Any]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    @property
    def active(self) -> list[Part]:
        """Deviations that go on."""
        return [part for part in self.parts if part.ended_us is None]

    def row(self) -> dict[str, Any]:
        """Return it as columns."""
        columns = asdict(self)
        for name in ("parts", "onset_us", "raised_us", "returned_us"):
            del columns[name]
        returned = None if self.returned_us is None else moment(self.returned_us)
        return columns | {
            "onset_at": moment(self.onset_us),
            "raised_at": moment(self.raised_us),
            "returned_at": returned,
        }


class SupposedAlarms:
    """Applies the transitions of one machine, one after the other."""

    def __init__(
        self,
        asset: AssetFacts,
        infos: Mapping[int, SeriesInfo],
        detector: str,
        rejoin_us: int,
        first_number: int,
    ) -> None:
        self._asset = asset
        self._infos = infos
        self._detector = detector
        self._rejoin_us = rejoin_us
        self._next = self._first = first_number
        self._parts = 0
        # By category the latest one: open, or the one a deviation soon after it would reopen.
        self._latest: dict[str, Supposed] = {}
        self._touched: dict[int, Supposed] = {}

    @property
    def next_number(self) -> int:
        """The number that the next alarm gets."""
        return self._next

    @property
    def made(self) -> int:
        """How many alarms this machine would have had."""
        return self._next - self._first

    @property
    def in_alarm(self) -> bool:
        """Whether one is open."""
        return any(alarm.returned_us is None for alarm in self._latest.values())

    def take_touched(self) -> list[Supposed]:
        """Return those that have changed since the last time."""
        touched = [self._touched[number] for number in sorted(self._touched)]
        self._touched = {}
        return touched

    def apply(self, transitions: Iterable[Transition]) -> None:
        """Bring alarms up to date."""
        for transition in transitions:
            if transition.series_id not in self._infos:
                continue
            if transition.change is Change.STARTED:
                self._start(transition)
            else:
                self._change(transition)

    def _start(self, transition: Transition) -> None:
        deviation = transition.deviation
        category = rules.category_of(deviation.record)
        alarm = self._latest.get(category)
        if alarm is not None and alarm.returned_us is not None:
            rested_us = transition.ts_us - alarm.returned_us
            if not 0 <= rested_us <= self._rejoin_us:
                alarm = None
        if alarm is None:
            alarm = self._latest[category] = self._new(transition, category)
        self._parts += 1
        alarm.parts.append(self._part(transition))
        self._refresh(alarm, transition.ts_us)

    def _new(self, transition: Transition, category: str) -> Supposed:
        deviation, info = transition.deviation, self._infos[transition.series_id]
        number, self._next = self._next, self._next + 1
        return Supposed(
            number=number,
            category=category,
            severity=rules.severity_of(deviation.record, deviation.score, deviation.severity),
            failure_mode=rules.failure_mode_of(
                self._asset.equipment_class, info.kind, deviation.record
            ),
            onset_us=deviation.onset.ts_us,
            raised_us=transition.ts_us,
            score=deviation.score,
            summary=texts.summary(self._asset.name, info.name, info.unit, deviation),
        )

    def _part(self, transition: Transition) -> Part:
        deviation = transition.deviation
        return Part(
            id=self._parts,
            series_id=transition.series_id,
            detector=self._judge(deviation),
            record=deviation.record.value,
            onset=_place(deviation.onset),
            low=_finite(deviation.low),
            high=_finite(deviation.high),
            seen=_finite(deviation.seen),
            score=deviation.score,
            since_s=deviation.since_s,
            severity=deviation.severity,
        )

    def _judge(self, deviation: Deviation) -> str:
        record = deviation.record
        return f"limit/{record.value}" if record.is_limit else self._detector

    def _change(self, transition: Transition) -> None:
        deviation = transition.deviation
        named = transition.series_id, self._judge(deviation), _place(deviation.onset)
        for alarm in self._latest.values():
            for part in alarm.parts:
                if (part.series_id, part.detector, part.onset) != named:
                    continue
                part.seen, part.score = _finite(deviation.seen), deviation.score
                if transition.change is Change.ENDED:
                    part.ended_us = transition.ts_us
                self._refresh(alarm, transition.ts_us)
                return

    def _refresh(self, alarm: Supposed, ts_us: int) -> None:
        """Work an alarm out anew from its deviations."""
        active = alarm.active
        if active and alarm.returned_us is not None:
            alarm.returned_us, alarm.raised_us = None, ts_us
            alarm.occurrences += 1
        if not active:
            alarm.returned_us = max(part.ended_us or 0 for part in alarm.parts)
        _shorten(alarm)
        told = Alarm(
            severity=alarm.severity, failure_mode=alarm.failure_mode, score=alarm.score,
            summary=alarm.summary, cause=alarm.cause, contributors=alarm.contributors,
        )  # fmt: skip
        rows = [part.row() for part in alarm.active or alarm.parts]
        description.describe(told, rows, self._asset, self._infos)
        alarm.severity, alarm.failure_mode, alarm.score = (
            told.severity, told.failure_mode, told.score,
        )  # fmt: skip
        alarm.summary, alarm.cause, alarm.contributors = (
            told.summary, told.cause, told.contributors,
        )  # fmt: skip
        self._touched[alarm.number] = alarm

    # --- saved and brought back -------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return it as MessagePack-ready values; what has changed since `take_touched` is not in it."""
        return {
            "next": self._next,
            "first": self._first,
            "parts": self._parts,
            "latest": [asdict(alarm) for alarm in self._latest.values()],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` returned."""
        self._next, self._first, self._parts = state["next"], state["first"], state["parts"]
        for packed in state["latest"]:
            parts = [Part(**(part | {"onset": tuple(part["onset"])})) for part in packed["parts"]]
            alarm = Supposed(**(packed | {"parts": parts}))
            self._latest[alarm.category] = alarm


def _place(onset: Onset) -> tuple[str, str, int, int, int]:
    return onset.epoch, onset.lane, onset.seq, onset.index, onset.ts_us


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _shorten(alarm: Supposed) -> None:
    """Forget ended deviations that neither began anything nor were the worst of their series."""
    if len(alarm.parts) <= _PARTS_MAX:
        return
    kept: dict[int, Part] = {}
    for part in alarm.parts:
        kept.setdefault(part.series_id, part)
    worst = dict(kept)
    for part in alarm.parts:
        if part.score > worst[part.series_id].score:
            worst[part.series_id] = part
    needed = {part.id for part in [*kept.values(), *worst.values()]}
    alarm.parts = [part for part in alarm.parts if part.ended_us is None or part.id in needed]
