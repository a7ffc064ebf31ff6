"""Made-up readings as the journal has them."""

from typing import Any

import numpy as np

from runtime.chaos.journal import ROW

Row = tuple[int, int, int, float, int]


def rows(*readings: Row) -> Any:
    return np.array(list(readings), ROW)


def some(count: int, series: int = 0) -> Any:
    return rows(*((series, 1000 + n, 2000 + n, n / 7, n % 3) for n in range(count)))
