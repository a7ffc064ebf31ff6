"""What a model of a device as a whole is."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from anomaly.settings import AnomalySettings

# What deviates: the device from its ways, or its series from one another.
NOTHING, APART, BREAK = range(3)
# What a row changed.
NONE, STARTED, WORSENED, ENDED = range(4)


class JointModel(Protocol):
    """Judges all series of a device together, a row of them at a time; `anomaly.device` asks it.

    `open` is one of `NOTHING`, `APART` and `BREAK`; `advance` finds one of `NONE` to `ENDED`.
    """

    @property
    def open(self) -> int:
        """What deviates, if anything."""
        ...

    @property
    def onset_us(self) -> int:
        """Source time of the first row of it."""
        ...

    @property
    def size(self) -> float:
        """How far out the latest row lay; 1 is the limit."""
        ...

    @property
    def learnt(self) -> int:
        """How many rows it rests on."""
        ...

    @property
    def warm(self) -> bool:
        """Whether enough has been learnt to judge."""
        ...

    @property
    def contributions(self) -> NDArray[np.float64]:
        """What each series has to do with it, in standard deviations."""
        ...

    @property
    def lasting(self) -> NDArray[np.float64]:
        """How much each has lately not followed the others."""
        ...

    def expected(self, slot: int) -> tuple[float, float, float]:
        """Return what is expected of a series, its standard deviation, and what was seen."""
        ...

    def grow(self, count: int) -> None:
        """Make room for `count` series."""
        ...

    def advance(
        self,
        rows: NDArray[np.float64],
        row_us: NDArray[np.int64],
        start: int,
        pace_us: float,
        *,
        frozen: bool,
    ) -> tuple[int, int]:
        """Take rows from `start` on until something changed; return that row's number and what it was."""
        ...

    def settle(self) -> None:
        """Know of no deviation, nor of rows that would begin one."""
        ...

    def restart(self) -> None:
        """Forget the short-term view."""
        ...

    def state(self) -> dict[str, Any]:
        """Return everything known as MessagePack-ready values."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` returned."""
        ...


JointFactory = Callable[[AnomalySettings], JointModel]
