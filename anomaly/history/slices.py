"""A backtest, a few seconds of work at a time.

A slice claims the backtest in one short transaction, replays without any, and saves models, alarms and
progress together in another. Claiming and saving move the generation on, and both ask for the one they know:
so a slice that was cancelled, or whose worker was taken for lost, saves nothing, and a killed worker's
successor goes on from what was saved last. Neither loses nor repeats an alarm.
"""

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from anomaly.choices.rules import kind_of
from anomaly.detectors.base import detector_kind
from anomaly.history import repository
from anomaly.history.ending import KIND, end
from anomaly.history.models import Backtest, BacktestAsset
from anomaly.history.replaying import AssetReplay, frames, whole_frames
from anomaly.history.rules import State
from anomaly.history.settings import BacktestSettings
from anomaly.history.supposed import Supposed, moment
from anomaly.scoring.lane import microseconds
from anomaly.settings import AnomalySettings
from anomaly.sources import SeriesDirectory, SeriesInfo
from kernel.changes import announce
from kernel.clock import utc_now
from kernel.db import Database
from kernel.errors import NotFound
from kernel.log import get_logger
from registry.assets import service as assets
from registry.assets.service import AssetFacts
from registry.permissions import PLATFORM
from telemetry import service as telemetry
from telemetry.replay.service import Stretch, read_stretch

log = get_logger(__name__)

_DAY_US: Final = 86_400_000_000
_SPAN_US_MAX: Final = 64 * _DAY_US
_SPARSE_ROWS: Final = 50_000
_STALLED: Final = "the worker was lost {attempts} times in a row"
_GONE: Final = "the machine is no longer there"


@dataclass(frozen=True)
class Claim:
    """What a slice is to do: one machine from a source time on."""

    backtest_id: str
    generation: int
    asset: AssetFacts
    infos: dict[int, SeriesInfo]
    position_us: int
    end_us: int
    first_number: int
    checkpoint: bytes | None


@dataclass(frozen=True)
class Done:
    """What a slice has done."""

    replay: AssetReplay
    position_us: int
    left_out: int
    touched: list[Supposed]
    took_s: float
    packed: bytes | None


class Slices:
    """Works on backtests; one of them in a process at a time."""

    def __init__(
        self,
        database: Database,
        directory: SeriesDirectory,
        section: AnomalySettings,
        limits: BacktestSettings,
    ) -> None:
        self._database = database
        self._directory = directory
        self._section = section
        self._limits = limits

    def run(self, backtest_id: str, generation: int) -> int | None:
        """Do one slice; return the generation to go on with, None where there is nothing to go on with."""
        with self._database.transaction() as session:
            claim = self._claim(session, backtest_id, generation)
        if claim is None:
            return None
        done = self._replay(claim)
        with self._database.transaction() as session:
            return self._save(session, claim, done)

    # --- claimed ----------------------------------------------------------------------------------

    def _claim(self, session: Session, backtest_id: str, generation: int) -> Claim | None:
        row = repository.backtest(session, backtest_id, lock=True)
        if row is None or not State(row.state).is_under_way or row.generation != generation:
            return None
        now = utc_now()
        row.generation += 1
        row.attempts += 1
        row.leased_until = now + timedelta(seconds=self._limits.lease_s)
        if row.state == State.QUEUED:
            row.state, row.started_at = State.RUNNING.value, now
        if row.attempts > self._limits.attempts_max:
            self._end(session, row, State.FAILED, now, _STALLED.format(attempts=row.attempts - 1))
            return None
        place = self._present(session, row)
        assert place is not None  # with the last machine it ended
        try:
            asset = assets.get_asset(session, PLATFORM, place.asset_id)
        except NotFound:
            self._end(session, row, State.FAILED, now, _GONE)
            return None
        return Claim(
            row.id,
            row.generation,
            asset,
            self._infos(session, row, place.asset_id),
            microseconds(place.position_at),
            microseconds(row.ends_at),
            row.alarms_found + 1,
            repository.checkpoint(session, row.id),
        )

    def _present(self, session: Session, row: Backtest) -> BacktestAsset | None:
        """Return the machine it is at, None at the end."""
        places = repository.assets(session, [row.id])
        return next((each for each in places if each.position_at < row.ends_at), None)

    def _infos(self, session: Session, row: Backtest, asset_id: str) -> dict[int, SeriesInfo]:
        ids = [facts.id for facts in telemetry.series_of_asset(session, asset_id)]
        # The settings' detector is asked for by name too: whatever is chosen now does not count here.
        chosen = kind_of(row.detector or self._section.detector, row.parameters)
        found = self._directory.series(session, ids)
        return {key: replace(info, detector=chosen) for key, info in found.items()}

    # --- replayed ---------------------------------------------------------------------------------

    def _replay(self, claim: Claim) -> Done:
        began = time.monotonic()
        kind = detector_kind(self._section.detector)
        replay = AssetReplay(claim.asset, claim.infos, kind, self._section, claim.first_number)
        if claim.checkpoint is not None:
            replay.unpack(claim.checkpoint)
        position_us, left_out = claim.position_us, 0
        reader = _Reader(self._database, sorted(claim.infos), claim.end_us)
        until = began + self._limits.slice_s
        while position_us < claim.end_us and (
            position_us == claim.position_us or _is_before(until)
        ):
            stretch = reader.read(position_us)
            left_out += stretch.left_out
            position_us = _feed(replay, stretch, until)
        is_over = position_us >= claim.end_us
        if is_over:
            replay.look()
        touched = replay.alarms.take_touched()
        packed = None if is_over else replay.pack()
        return Done(replay, position_us, left_out, touched, time.monotonic() - began, packed)

    # --- saved ------------------------------------------------------------------------------------

    def _save(self, session: Session, claim: Claim, done: Done) -> int | None:
        row = repository.backtest(session, claim.backtest_id, lock=True)
        if row is None or row.generation != claim.generation:
            return None
        now = utc_now()
        row.generation += 1
        row.attempts = 0
        row.leased_until = now + timedelta(seconds=self._limits.lease_s)
        row.worked_s += done.took_s
        row.alarms_found = done.replay.alarms.next_number - 1
        kept = [each for each in done.touched if each.number <= self._limits.alarms_max]
        whose = {"backtest_id": row.id, "asset_id": claim.asset.id}
        repository.put_alarms(session, (each.row() | whose for each in kept))
        self._put_asset(session, claim, done)
        if done.packed is None:
            repository.remove_checkpoint(session, row.id)
            if self._present(session, row) is None:
                self._end(session, row, State.FINISHED, now)
                return None
        else:
            repository.put_checkpoint(session, row.id, done.packed)
        announce(session, KIND, row.id, row.organisation_id)
        return row.generation

    def _put_asset(self, session: Session, claim: Claim, done: Done) -> None:
        place = session.get(BacktestAsset, (claim.backtest_id, claim.asset.id))
        assert place is not None  # it was claimed
        tally = done.replay.tally
        place.position_at = moment(done.position_us)
        place.readings = tally.readings
        place.left_out += done.left_out
        place.alarms = done.replay.alarms.made
        place.judged_from = None if tally.judged_us is None else moment(tally.judged_us)
        place.warm_at = None if tally.warm_us is None else moment(tally.warm_us)
        place.cold_series = len(tally.cold)
        place.judged_s, place.in_alarm_s = tally.judged / 1e6, tally.in_alarm / 1e6
        session.flush()

    def _end(
        self,
        session: Session,
        row: Backtest,
        state: State,
        now: datetime,
        problem: str | None = None,
    ) -> None:
        end(session, row, state, now, problem)
        log.info(
            "backtest ended", backtest_id=row.id, state=state.value, alarms=row.alarms_found,
            worked_s=round(row.worked_s, 1), problem=problem,
        )  # fmt: skip


class _Reader:
    """Reads stretches of one machine; days of a query are what it costs to plan, so no more than it takes."""

    def __init__(self, database: Database, series_ids: list[int], end_us: int) -> None:
        self._database = database
        self._series_ids = series_ids
        self._end_us = end_us
        self._span_us = _DAY_US

    def read(self, start_us: int) -> Stretch:
        """Return what comes next, whole frames of it."""
        until_us = min(self._end_us, (start_us // _DAY_US * _DAY_US) + self._span_us)
        with self._database.transaction() as session:
            found = read_stretch(session, self._series_ids, start_us, until_us)
        if found.end_us < until_us:
            self._span_us = max(_DAY_US, self._span_us // 2)
        elif len(found.ts_us) < _SPARSE_ROWS:
            self._span_us = min(2 * self._span_us, _SPAN_US_MAX)
        return whole_frames(found, until_us)


def _feed(replay: AssetReplay, stretch: Stretch, until: float) -> int:
    """Replay a stretch, or as much of it as there is time for, but something; return where to go on."""
    fed = False
    for frame in frames(stretch, replay.tally.seq):
        if fed and not _is_before(until):
            return int(frame.ts_us[0])
        replay.feed(frame)
        fed = True
    return stretch.end_us


def _is_before(until: float) -> bool:
    return time.monotonic() < until
