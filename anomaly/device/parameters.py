"""What the settings say of device models."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anomaly.settings import AnomalySettings

# Rows the moments look back over: two days at the shipped spacing of learnt rows.
_MEMORY_ROWS = 5760
# The short-term view of correlations looks back over so many rows at least.
_BREAK_ROWS = 50


@dataclass(frozen=True)
class DeviceParameters:
    """Parameters of a device's model; see `anomaly.settings` for what they mean.

    Attributes:
        rate: weight of a learnt row in the moments, once that many are known.
        smoothing: weight of the newest row in the short-term means.
        shrink_min: part by which correlations are at least taken for smaller than they look.
        break_rate: greatest weight of a row in the short-term view of correlations.
    """

    step_us: int
    rate: float
    smoothing: float
    shrink_min: float
    warmup_rows: int
    warmup_span_us: int
    learn_every_us: int
    in_a_row: int
    clear: float
    clear_rows: int
    break_rate: float
    false_alarms_per_year: float

    @classmethod
    def of(cls, section: AnomalySettings) -> "DeviceParameters":
        """Return what the settings give."""
        return cls(
            step_us=round(section.device_step_s * 1_000_000),
            rate=1.0 / _MEMORY_ROWS,
            smoothing=section.device_smoothing,
            shrink_min=section.device_shrinkage,
            warmup_rows=section.warmup_readings,
            warmup_span_us=round(section.warmup_span_s * 1_000_000),
            learn_every_us=round(section.learn_every_s * 1_000_000),
            in_a_row=section.device_in_a_row,
            clear=section.clear_score,
            clear_rows=section.clear_readings,
            break_rate=1.0 / _BREAK_ROWS,
            false_alarms_per_year=section.device_false_alarms_per_year,
        )

    def vector(self) -> NDArray[np.float64]:
        """Return what the compiled pass takes, in the order `judge` names it."""
        return np.array(
            [
                self.rate, self.smoothing, self.shrink_min, self.warmup_rows, self.warmup_span_us,
                self.learn_every_us, self.in_a_row, self.clear, self.clear_rows, self.break_rate,
            ],
            np.float64,
        )  # fmt: skip
