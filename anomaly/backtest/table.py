"""Recordings of one device as wide CSV files: a time, a column for each sensor, perhaps labels."""

import csv
import math
from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kernel.errors import InvalidInput

_SEPARATORS = ",;\t|"
_YES = frozenset({"true", "yes", "y", "t"})
# A number in the time column counts since 1970; its size tells in what: up to which, and per µs.
_EPOCH_UNITS = ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (math.inf, 1e-3))
_TIME_MAX_US = 253_402_300_799e6


@dataclass(frozen=True)
class Table:
    """A recorded device.

    Attributes:
        name: of the recording.
        ts_us: source time of each row, µs since 1970.
        columns: values by series name; NaN where a row has none.
        labels: whether each row is labelled as unusual; None where nobody said.
        moments: the times as they were written; empty where the table was not read from a file.
        texts: fields that should hold a number and do not.
        disorder: rows whose time is not after that of the row before.
    """

    name: str
    ts_us: NDArray[np.int64]
    columns: dict[str, NDArray[np.float64]]
    labels: NDArray[np.bool_] | None = None
    moments: Sequence[str] = field(default=())
    texts: int = 0
    disorder: int = 0


def read_csv(
    path: Path, time: str, labels: str | None = None, *, ignore: Collection[str] = ()
) -> Table:
    """Read a wide CSV with any usual separator.

    Rows keep their order. Text where a number belongs is a missing value. A column without any number is
    no sensor's.

    Raises:
        InvalidInput: no such file, column, row or sensor, or a time that cannot be read.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            header_line = file.readline()
            rows = csv.reader(file, delimiter=_separator(header_line, time))
            header = next(csv.reader([header_line], delimiter=_separator(header_line, time)), [])
            return _Reader(path, _unique(header), time, labels, ignore).read(rows)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error
    except csv.Error as error:
        raise InvalidInput(f"{path} is no CSV: {error}") from error


def _separator(header_line: str, time: str) -> str:
    """Return the separator that makes the time a column; where none does, the commonest."""
    for separator in _SEPARATORS:
        if time in next(csv.reader([header_line], delimiter=separator), []):
            return separator
    return max(_SEPARATORS, key=header_line.count)


def _unique(header: list[str]) -> list[str]:
    names: list[str] = []
    for name in header:
        plain, number = name.strip(), 2
        name = plain  # noqa: PLW2901 - the name as it will be known
        while name in names:
            name, number = f"{plain}_{number}", number + 1  # noqa: PLW2901
        names.append(name)
    return names


@dataclass(frozen=True)
class _Reader:
    path: Path
    header: list[str]
    time: str
    labels: str | None
    ignore: Collection[str]

    def _place(self, name: str) -> int:
        if name not in self.header:
            known = ", ".join(self.header[:20]) + (" …" if len(self.header) > 20 else "")  # noqa: PLR2004 - to be read
            raise InvalidInput(f"{self.path} has no column {name!r}; there are: {known or 'none'}")
        return self.header.index(name)

    def read(self, rows: Iterator[list[str]]) -> Table:
        time_at = self._place(self.time)
        labels_at = None if self.labels is None else self._place(self.labels)
        taken = {time_at, labels_at}
        columns = {
            at: array("d")
            for at, name in enumerate(self.header)
            if at not in taken and name not in self.ignore
        }
        texts = dict.fromkeys(columns, 0)
        moments: list[str] = []
        ts_us, flags = array("q"), array("b")
        for number, row in enumerate(rows, 2):
            if not row:
                continue
            moment = _field(row, time_at).strip()
            ts_us.append(_time(self.path, moment, number, self.time))
            moments.append(moment)
            for at, column in columns.items():
                value, is_text = _value(_field(row, at))
                column.append(value)
                texts[at] += is_text
            if labels_at is not None:
                flags.append(_flag(_field(row, labels_at)))
        if not moments:
            raise InvalidInput(f"{self.path} has no rows")
        sensors = {at: np.array(column) for at, column in columns.items()}
        sensors = {at: column for at, column in sensors.items() if not np.isnan(column).all()}
        if not sensors:
            raise InvalidInput(f"{self.path} has no column with numbers beside {self.time!r}")
        times = np.array(ts_us, np.int64)
        return Table(
            str(self.path),
            times,
            {self.header[at]: column for at, column in sensors.items()},
            None if labels_at is None else np.array(flags, np.bool_),
            moments,
            sum(texts[at] for at in sensors),
            int((np.diff(times) <= 0).sum()),
        )


def _field(row: list[str], at: int) -> str:
    return row[at] if at < len(row) else ""


def _time(path: Path, text: str, row: int, column: str) -> int:
    """Return a moment in µs since 1970; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        number, is_text = _value(text)
        if not is_text and number >= 0.0:
            per_us = next(scale for limit, scale in _EPOCH_UNITS if number < limit)
            if number * per_us <= _TIME_MAX_US:
                return round(number * per_us)
        raise InvalidInput(
            f"{path}, row {row}, column {column!r}: {text[:50]!r} is no time (ISO 8601, or a number "
            "since 1970)"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1_000_000)


def _value(text: str) -> tuple[float, bool]:
    """Return a field's number, NaN without one, and whether there is text instead."""
    text = text.strip()
    try:
        value = float(text)
    except ValueError:
        return math.nan, bool(text)
    return (value if math.isfinite(value) else math.nan), False


def _flag(text: str) -> bool:
    value, is_text = _value(text)
    return text.strip().lower() in _YES if is_text else value > 0
