"""What people's verdicts do to a limit: a false alarm's peak counts as one of normal running, within bounds.

No I/O, no clock. A verdict that is taken back, or becomes `true`, undoes what it did.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# A peak is taken for at most so many times the limit that it broke.
PEAK_MAX = 2.0
# All verdicts together raise a limit to at most so many times what readings alone say.
RAISE_MAX = 2.0
# So many verdicts are remembered, the newest.
SAID_MAX = 64


def bounded(plain: float, said: float) -> float:
    """Return a limit that verdicts have a part in: never below the one without them, nor twice as far."""
    return min(max(said, plain), RAISE_MAX * plain)


@dataclass
class SaidPeaks:
    """Peaks of one device that people said were no faults, by alarm.

    Each is two numbers, in the units of the two limits of a device: distance, and break of
    correlation; 0 where the alarm was none of that kind.
    """

    peaks: dict[str, tuple[float, float]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.peaks)

    def note(self, alarm_id: str, sizes: tuple[float, float], limits: tuple[float, float]) -> bool:
        """Count an alarm's peaks, given in units of the limits, as normal; tell whether that is new.

        A limit that is not finite has no peaks. An alarm of which that was said before changes nothing.
        """
        apart, broken = (
            min(size, PEAK_MAX) * limit if size > 0.0 and np.isfinite(limit) else 0.0
            for size, limit in zip(sizes, limits, strict=True)
        )
        if alarm_id in self.peaks or (apart, broken) == (0.0, 0.0):
            return False
        self.peaks[alarm_id] = (apart, broken)
        while len(self.peaks) > SAID_MAX:
            del self.peaks[next(iter(self.peaks))]
        return True

    def drop(self, alarm_id: str) -> bool:
        """Know nothing of an alarm any more; tell whether there was something."""
        return self.peaks.pop(alarm_id, None) is not None

    def of(self, way: int) -> Floats:
        """Return the peaks of one of the two limits."""
        found = [pair[way] for pair in self.peaks.values() if pair[way] > 0.0]
        return np.array(found, np.float64)

    def state(self) -> dict[str, list[float]]:
        """Return all of it as MessagePack-ready values."""
        return {alarm_id: list(pair) for alarm_id, pair in self.peaks.items()}

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> "SaidPeaks":
        """Return what `state` returned."""
        return cls({str(key): (float(one), float(two)) for key, (one, two) in state.items()})
