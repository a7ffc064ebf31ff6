"""A transformer for models that want features from 0 to 1 and should know what lies outside all they saw.

River's MinMaxScaler leaves no room beyond the extremes: the outermost leaves of half-space trees hold what
was never seen together with what was. Standardised features put into the middle of the interval leave
room.
"""

from typing import Any

from river import base


class UnitInterval(base.Transformer):
    """Standardised features from `-deviations` to `deviations`, as 0 to 1; what is beyond is held there."""

    def __init__(self, deviations: float = 8.0) -> None:
        self.deviations = deviations

    def transform_one(self, x: dict[Any, float]) -> dict[Any, float]:
        """Return the features in the interval."""
        width = 2.0 * self.deviations
        return {name: min(max(0.5 + value / width, 0.0), 1.0) for name, value in x.items()}
