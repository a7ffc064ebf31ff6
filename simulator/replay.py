"""Serving a recorded wide CSV as an OPC UA machine: each numeric column a variable, each row a moment."""

import asyncio
import csv
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from kernel.errors import InvalidInput
from kernel.log import get_logger
from simulator.server import Device, PlantServer, Variable

_TIME_NAMES = ("datetime", "timestamp", "time", "ts", "date")
_SNIFF_BYTES = 65_536
_ROWS_PER_TURN = 8
# Rows looked at to tell which columns hold numbers.
_SAMPLE_ROWS = 200

_log = get_logger(__name__)


@dataclass(frozen=True)
class Recording:
    """A CSV file and what was found in it.

    Attributes:
        delimiter: between columns.
        time_column: the column that holds the time.
        columns: the columns that hold numbers.
    """

    path: Path
    delimiter: str
    time_column: str
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        """The machine's name: the file's, without its ending."""
        return self.path.stem

    def rows(self) -> Iterator[tuple[float, dict[str, float | None]]]:
        """Return each row in the file's order: seconds since 1970, and a number or None per column.

        Raises:
            InvalidInput: a time cannot be read; row and column are named.
        """
        with self.path.open(newline="", encoding="utf-8-sig") as file:
            for number, row in enumerate(csv.DictReader(file, delimiter=self.delimiter), start=2):
                try:
                    at = parse_time(row[self.time_column])
                except (ValueError, TypeError):
                    raise InvalidInput(
                        f"{self.path}: row {number}, column {self.time_column!r}: "
                        f"{row[self.time_column]!r} is no time"
                    ) from None
                yield at, {column: _number(row[column]) for column in self.columns}


def open_recording(path: Path, time_column: str | None = None) -> Recording:
    """Look at a file and tell its separator, time column and numeric columns.

    Raises:
        InvalidInput: it cannot be read, has no header, no time column or no numeric column.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _inspect(path, file, time_column)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"{path} cannot be read as CSV: {error}") from None


def _inspect(path: Path, file: TextIO, time_column: str | None) -> Recording:
    head = file.read(_SNIFF_BYTES)
    first_line = head.split("\n", 1)[0]
    delimiter = max(";,\t|", key=first_line.count)
    file.seek(0)
    reader = csv.DictReader(file, delimiter=delimiter)
    names = list(reader.fieldnames or [])
    found = time_column or next((n for n in names if n.strip().lower() in _TIME_NAMES), None)
    if found is None or found not in names:
        raise InvalidInput(
            f"{path}: no time column {found or ' / '.join(_TIME_NAMES)!r} among {names}; "
            "name it with --time"
        )
    sample = [row for row, _ in zip(reader, range(_SAMPLE_ROWS), strict=False)]
    columns = tuple(
        name
        for name in names
        if name != found and any(_number(r[name]) is not None for r in sample)
    )
    if not columns:
        raise InvalidInput(f"{path}: no column with numbers")
    return Recording(path, delimiter, found, columns)


def parse_time(text: str) -> float:
    """Return seconds since 1970 of ISO 8601 text (UTC when it names no zone) or of a number of seconds."""
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None and text.strip() else None
    except ValueError:
        return None


@dataclass(frozen=True)
class ReplayOptions:
    """How a recording is played.

    Attributes:
        speed: recorded seconds per second; 0 is as fast as readers can follow.
        shift_to_now: move the times so that the last row is now; else they stay as recorded.
    """

    host: str = "127.0.0.1"
    port: int = 4840
    speed: float = 1.0
    shift_to_now: bool = False


class Replay:
    """A recording and its server."""

    def __init__(self, recording: Recording, options: ReplayOptions) -> None:
        self.recording = recording
        self.options = options
        self.server = PlantServer(options.host, options.port, [device_of(recording)])

    async def run(self) -> None:
        """Serve, play once somebody listens, and go on serving the last row until cancelled."""
        rows: Sequence[tuple[float, dict[str, float | None]]] = list(self.recording.rows())
        shift = time.time() - rows[-1][0] if rows and self.options.shift_to_now else 0.0
        async with self.server.running():
            _log.info("recording is served", url=self.server.url, file=str(self.recording.path))
            while not self.server.subscribed:  # noqa: ASYNC110 - asyncua has no event for it
                await asyncio.sleep(0.05)
            await self._play(rows, shift)
            _log.info("recording played", rows=len(rows), values=self.server.values_emitted)
            await asyncio.Event().wait()

    async def _play(
        self, rows: Sequence[tuple[float, dict[str, float | None]]], shift: float
    ) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        for index, (at, values) in enumerate(rows):
            if self.options.speed > 0:
                due = started + (at - rows[0][0]) / self.options.speed
                await asyncio.sleep(max(due - loop.time(), 0))
            elif index % _ROWS_PER_TURN == 0:
                await asyncio.sleep(0)
                await self.server.wait_for_readers()
            moment = datetime.fromtimestamp(at + shift, UTC)
            await self.server.write(self.recording.name, values, moment)
        if rows:
            last = datetime.fromtimestamp(rows[-1][0] + shift, UTC)
            await self.server.note_progress(last, history_done=True)


def device_of(recording: Recording) -> Device:
    """Return a recording as a machine of the address space."""
    variables = [Variable(column, "", None, None) for column in recording.columns]
    return Device(recording.name, variables)
