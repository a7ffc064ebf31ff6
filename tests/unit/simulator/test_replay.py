"""Recordings are read as they are: separator, time column and numeric columns found, nothing guessed away."""

from pathlib import Path

import pytest

from kernel.errors import InvalidInput
from simulator.replay import open_recording, parse_time


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_recording_with_semicolons(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "run.csv",
        "datetime;flow;note;pressure\n2026-01-01 00:00:00;1.5;start;\n2026-01-01 00:00:01;;x;2\n",
    )
    recording = open_recording(path)
    assert (recording.name, recording.delimiter) == ("run", ";")
    assert recording.time_column == "datetime"
    assert recording.columns == ("flow", "pressure")
    assert list(recording.rows()) == [
        (1767225600.0, {"flow": 1.5, "pressure": None}),
        (1767225601.0, {"flow": None, "pressure": 2.0}),
    ]


@pytest.mark.parametrize("delimiter", [",", "\t", "|"])
def test_other_separators_and_a_named_time_column(tmp_path: Path, delimiter: str) -> None:
    path = _write(tmp_path / "r.csv", f"when{delimiter}x\n100{delimiter}1\n")
    recording = open_recording(path, "when")
    assert list(recording.rows()) == [(100.0, {"x": 1.0})]


def test_rows_stay_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = _write(tmp_path / "r.csv", "time,x\n2,1\n1,2\n1,3\n")
    assert [at for at, _ in open_recording(path).rows()] == [2.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x,y\n1,2\n", "no time column"),
        ("time,name\n1,a\n", "no column with numbers"),
        ("", "no time column"),
    ],
)
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        open_recording(_write(tmp_path / "r.csv", text))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        open_recording(tmp_path / "none.csv")


def test_a_time_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    recording = open_recording(_write(tmp_path / "r.csv", "time,x\n1,1\nsoon,2\n"))
    with pytest.raises(InvalidInput, match=r"row 3, column 'time': 'soon'"):
        list(recording.rows())


def test_times_without_a_zone_are_utc() -> None:
    assert parse_time("2026-01-01T00:00:00") == parse_time("2026-01-01T08:00:00+08:00")
