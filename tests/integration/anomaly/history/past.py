"""Machines with a past: readings stored as ingest stores them, scored by nobody."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from anomaly.directory import TelemetrySeries
from anomaly.history import requesting
from anomaly.history.facts import BacktestFacts
from anomaly.history.requesting import BacktestDraft
from anomaly.history.service import get_backtest
from anomaly.history.settings import BacktestSettings
from anomaly.history.slices import Slices
from anomaly.settings import AnomalySettings
from kernel.db import Database, driver_connection
from registry.models import Organisation
from registry.permissions import PLATFORM, Principal
from telemetry import service as telemetry
from telemetry.service import ReadingColumns
from tests.support import factories

START = datetime(2026, 3, 1, tzinfo=UTC)
SECTION = AnomalySettings(warmup_readings=200, warmup_span_s=0)
STEP_S = 5
READINGS = 2_000
SPAN = timedelta(seconds=STEP_S * READINGS)
FAULT_AT = 1_200
FAULT_READINGS = 120


def moment(reading: int) -> datetime:
    """When a reading was made."""
    return START + timedelta(seconds=STEP_S * reading)


@dataclass
class Past:
    """A database with machines in it."""

    database: Database
    section: AnomalySettings = SECTION
    limits: BacktestSettings = field(default_factory=BacktestSettings)

    def machine(
        self,
        organisation: Organisation | None = None,
        *,
        faults: Sequence[int] = (FAULT_AT,),
        seed: int = 1,
    ) -> str:
        """Make a machine of two series; one of them is far too high for ten minutes at each fault."""
        with self.database.transaction() as session:
            asset_id = factories.asset(session, organisation).id
            series = [
                telemetry.register_series(session, asset_id, name, unit="mm/s", kind="vibration")
                for name in ("front", "rear")
            ]
        random = np.random.default_rng(seed)
        values = random.normal(10.0, 1.0, (2, READINGS))
        for fault_at in faults:
            values[0, fault_at : fault_at + FAULT_READINGS] += 15.0
        self.store(series, values)
        return asset_id

    def store(self, series: Sequence[int], values: NDArray[np.float64]) -> None:
        """Store the readings of some series, made at the same times."""
        begin_us = round(START.timestamp()) * 1_000_000
        times = begin_us + np.arange(values.shape[1], dtype=np.int64) * STEP_S * 1_000_000
        ts_us = np.tile(times, len(series))
        columns = ReadingColumns(
            np.repeat(np.array(series, np.int32), values.shape[1]),
            ts_us,
            values.ravel(),
            np.zeros(values.size, np.uint32),
            ts_us,
            int(times[-1]),
        )
        telemetry.ensure_partitions(self.database.engine, columns)
        with self.database.transaction() as session:
            telemetry.copy_readings(self.database.engine, driver_connection(session), columns)

    def draft(self, *asset_ids: str, **more: object) -> BacktestDraft:
        """Return a draft of the whole span."""
        given = {"applies_to": "assets", "asset_ids": asset_ids, "begins_at": START,
                 "ends_at": START + SPAN}  # fmt: skip
        return BacktestDraft(**(given | more))  # type: ignore[arg-type]  # what the test says

    def request(self, draft: BacktestDraft, actor: Principal = PLATFORM) -> BacktestFacts:
        """Ask for a backtest."""
        with self.database.transaction() as session:
            return requesting.request(session, actor, draft)

    def slices(self) -> Slices:
        """Return a worker."""
        return Slices(self.database, TelemetrySeries(), self.section, self.limits)

    def finish(self, backtest_id: str) -> BacktestFacts:
        """Work until there is nothing left to do."""
        generation: int | None = self.generation(backtest_id)
        slices = self.slices()
        while generation is not None:
            generation = slices.run(backtest_id, generation)
        return self.read(backtest_id)

    def generation(self, backtest_id: str) -> int:
        """Return the generation that a worker would be told."""
        with self.database.transaction() as session:
            query = text("SELECT generation FROM anomaly.backtests WHERE id = :id")
            return int(session.execute(query, {"id": backtest_id}).scalar_one())

    def read(self, backtest_id: str) -> BacktestFacts:
        """Return a backtest as it is now."""
        with self.database.transaction() as session:
            return get_backtest(session, PLATFORM, backtest_id)
