"""What a measurement yields, and how it is shown."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from math import comb
from pathlib import Path
from statistics import median
from typing import Any, Final

import psutil
from rich.table import Table

WIDE: Final = 110
_HEADINGS: Final = (
    "figure", "value", "range", "unit", "against", "ratio", "rows", "clients", "path",
)  # fmt: skip
_WHERE_ROOM_IS: Final = frozenset({"range", "rows", "clients"})


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        value: in `unit`; None when it was not measured, and `path` says why.
        against: the limit aimed at, or the peer measured in the same run, in the same unit; None without.
        rows: how many rows, requests or repetitions it was measured on.
        clients: how many clients or processes took part at once.
        path: the way that was measured, in words.
        low, high: the least and the greatest of several measurements, `value` being their median; bounds
            of the median itself where `path` says so.
        ratio_low, ratio_high: the same of the ratio, when the peer was measured as often.
    """

    name: str
    value: float | None
    unit: str
    against: float | None = None
    rows: int | None = None
    clients: int | None = None
    path: str = ""
    low: float | None = None
    high: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None

    @property
    def ratio(self) -> float | None:
        """`value` over `against`."""
        if not self.against or self.value is None:
            return None
        return round(self.value / self.against, 3)


def machine() -> dict[str, Any]:
    """Return what it was measured on."""
    return {
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "memory_mb": round(psutil.virtual_memory().total / 1e6),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "forewarn": version("forewarn"),
        "load_1min": round(os.getloadavg()[0], 2),
    }


def _cpu_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def as_json(figures: Sequence[Figure]) -> str:
    """Return the report as JSON text."""
    return json.dumps(
        {
            "machine": machine(),
            "figures": [{**asdict(figure), "ratio": figure.ratio} for figure in figures],
        },
        indent=1,
    )


def paths(figures: Sequence[Figure]) -> list[str]:
    """Return the different ways that were measured, for numbered notes below the table."""
    return list(dict.fromkeys(figure.path for figure in figures if figure.path))


def as_table(figures: Sequence[Figure], width: int) -> Table:
    """Return the report as a table; its last column numbers the `paths`.

    Below `WIDE` characters it goes without ranges, rows and clients: cut-off figures say nothing.
    """
    notes = paths(figures)
    table = Table(box=None, pad_edge=False)
    for heading in _HEADINGS:
        if width >= WIDE or heading not in _WHERE_ROOM_IS:
            name = heading == "figure"
            left = name or heading == "unit"
            table.add_column(heading, justify="left" if left else "right", no_wrap=not name)
    for figure in figures:
        cells = (
            figure.name,
            "not measured" if figure.value is None else _short(figure.value),
            "" if figure.low is None else f"{_short(figure.low)}-{_short(figure.high)}",
            figure.unit,
            _short(figure.against),
            "" if figure.ratio is None else f"{figure.ratio:.2f}",
            "" if figure.rows is None else f"{figure.rows:,}",
            "" if figure.clients is None else str(figure.clients),
            f"[{notes.index(figure.path) + 1}]" if figure.path else "",
        )
        shown = dict(zip(_HEADINGS, cells, strict=True))
        table.add_row(*(shown[str(column.header)] for column in table.columns))
    return table


def _short(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:,.3g}"  # noqa: PLR2004


def growth_percent(sizes: Sequence[float]) -> float:
    """Return by how much the last tenth of a run exceeds the second tenth, medians of both.

    The first tenth is the warm-up; medians, because one garbage collection or one burst is no growth.
    """
    tenth = max(1, len(sizes) // 10)
    early, late = median(sizes[tenth : 2 * tenth] or sizes[:1]), median(sizes[-tenth:])
    return (late / early - 1) * 100


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value below which `part` (0 to 1) of `values` lie, nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def median_between(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float, float]:
    """Return bounds of the median of what `values` are drawn from, and the confidence they really have.

    The interval of the sign test: from the k-th least to the k-th greatest, k as large as the confidence
    asked for allows, and no assumption on how the values are distributed. With five values or fewer even the
    least and the greatest fall short of 95 %; they are returned then, with what confidence they give.
    """
    ordered, count = sorted(values), len(values)
    outside, k = 2 * 0.5**count, 1
    while 2 * k < count and outside + 2 * comb(count, k) * 0.5**count <= 1 - confidence:
        outside += 2 * comb(count, k) * 0.5**count
        k += 1
    return ordered[k - 1], ordered[-k], 1 - outside
