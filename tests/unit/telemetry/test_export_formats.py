"""A file says what the readings say, whatever they are, and however they were cut into blocks."""

import csv
import io
import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from telemetry.downsample import Arrays
from telemetry.export.formats import ParquetWriter, writer_of
from telemetry.export.rules import COLUMNS, ExportedSeries, Format

PUMP = ExportedSeries(1, "CP-1", "vibration_de", "mm/s")
ODD = ExportedSeries(2, '=1+1,"x"', "@línea\n泵", "")
STATE = ExportedSeries(3, "CP-1", "mode", "", {-2: "stopped", -1: "=running"})
EPOCH = datetime.fromtimestamp(0, UTC)

readings = st.lists(
    st.tuples(
        st.integers(946_684_800_000_000, 4_102_444_800_000_000),
        st.floats(),
        st.integers(0, 2**32 - 1),
    ),
    max_size=30,
)
files = st.lists(st.tuples(st.sampled_from([PUMP, ODD]), readings), max_size=5)


def _arrays(rows: list[tuple[int, float, int]]) -> Arrays:
    return (
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.float64),
        np.array([row[2] for row in rows], np.uint32),
    )


def _file(kind: Format, blocks: list[tuple[ExportedSeries, list[tuple[int, float, int]]]]) -> bytes:
    writer = writer_of(kind)
    return b"".join(writer.block(series, _arrays(rows)) for series, rows in blocks) + writer.end()


def test_a_state_is_told_by_its_text() -> None:
    rows = [(n, value, 0) for n, value in enumerate([-2.0, -1.0, 5.0, math.nan, -1.5, -3.0, 0.0])]
    blocks = [(PUMP, [(9, -1.0, 0)]), (STATE, rows), (PUMP, [])]
    lines = list(csv.reader(io.StringIO(_file("csv", blocks).decode(), newline="")))
    texts = ["stopped", "'=running", "", "", "", "", ""]
    assert [line[6] for line in lines[1:]] == ["", *texts]
    table = parquet.read_table(io.BytesIO(_file("parquet", blocks))).to_pylist()
    assert [line["state"] for line in table] == [None, "stopped", "=running", *[None] * 5]


def _same(text: str, value: float) -> bool:
    return text == "" if math.isnan(value) else float(text) == value


@given(files)
def test_csv_reads_back(
    blocks: list[tuple[ExportedSeries, list[tuple[int, float, int]]]],
) -> None:
    lines = list(csv.reader(io.StringIO(_file("csv", blocks).decode(), newline="")))
    assert tuple(lines[0]) == COLUMNS
    expected = [(series, row) for series, rows in blocks for row in rows]
    assert len(lines) - 1 == len(expected)
    for line, (series, (ts_us, value, quality)) in zip(lines[1:], expected, strict=True):
        when = datetime.fromisoformat(line[0])
        assert line[0][10] == "T"
        assert when == EPOCH + timedelta(microseconds=ts_us)
        marks = "'" if series is ODD else ""
        assert line[1:4] == [marks + series.asset, marks + series.series, series.unit]
        assert _same(line[4], value)
        assert int(line[5]) == quality


def _as_arrow_writes(series: ExportedSeries, arrays: Arrays) -> bytes:
    """The same lines by Arrow's own writer, which knows nothing of what is the same in all of them."""
    marked = [f"'{name}" if name.startswith(("=", "@")) else name for name in series.names]
    texts = {float(code): text for code, text in series.states.items()}
    states = [texts.get(value) for value in arrays[1].tolist()]
    times = [
        (EPOCH + timedelta(microseconds=ts_us)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        for ts_us in arrays[0].tolist()
    ]
    rows = len(times)
    columns = [
        pa.array(times, pa.string()),
        *(pa.array([name] * rows, pa.string()) for name in marked),
        pa.array(arrays[1], mask=np.isnan(arrays[1])),
        pa.array(arrays[2]),
        pa.array(["'" + text if text and text[0] == "=" else text for text in states], pa.string()),
    ]
    sink = io.BytesIO()
    arrow_csv.write_csv(pa.table(columns, names=list(COLUMNS)), sink)
    return sink.getvalue()


@given(
    st.sampled_from([PUMP, ODD, STATE]),
    st.lists(
        st.tuples(
            st.integers(946_684_800_000_000, 4_102_444_800_000_000),
            st.floats() | st.sampled_from([-1.0, -2.0]),
            st.just(0) | st.integers(0, 2**32 - 1),
        ),
        min_size=1,
        max_size=30,
    ),
)
def test_csv_is_what_arrow_writes_byte_by_byte(
    series: ExportedSeries, rows: list[tuple[int, float, int]]
) -> None:
    good = [(ts_us, value, 0) for ts_us, value, _ in sorted(rows, key=lambda row: row[0])]
    assert _file("csv", [(series, good)]) == _as_arrow_writes(series, _arrays(good))
    assert _file("csv", [(series, rows)]) == _as_arrow_writes(series, _arrays(rows))


@given(files)
def test_parquet_reads_back_bit_by_bit(
    blocks: list[tuple[ExportedSeries, list[tuple[int, float, int]]]],
) -> None:
    table = parquet.read_table(io.BytesIO(_file("parquet", blocks)))
    assert tuple(table.column_names) == COLUMNS
    expected = [(series, row) for series, rows in blocks for row in rows]
    found = table.to_pylist()
    assert len(found) == len(expected)
    for line, (series, (ts_us, value, quality)) in zip(found, expected, strict=True):
        assert line["time"] == EPOCH + timedelta(microseconds=ts_us)
        assert (line["asset"], line["series"], line["unit"]) == series.names
        if math.isnan(value):
            assert line["value"] is None
        else:
            assert np.float64(line["value"]).tobytes() == np.float64(value).tobytes()
        assert line["quality"] == quality


def test_row_groups_are_large_whatever_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ParquetWriter, "GROUP_ROWS", 100)
    blocks = [(PUMP, [(n, 1.0, 0) for n in range(30)]) for _ in range(10)]
    found = parquet.ParquetFile(io.BytesIO(_file("parquet", blocks)))
    groups = [found.metadata.row_group(n).num_rows for n in range(found.num_row_groups)]
    assert groups == [120, 120, 60]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_name_is_no_formula_for_a_spreadsheet(start: str) -> None:
    series = ExportedSeries(1, f"{start}cmd|' /C calc'!A0", "a", "")
    rows = list(
        csv.reader(io.StringIO(_file("csv", [(series, [(0, 1.0, 0)])]).decode(), newline=""))
    )
    assert rows[1][1] == f"'{series.asset}"
