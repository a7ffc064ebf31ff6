"""A recorded table through the production path, and how alarms compare with labels."""

from pathlib import Path
from random import Random

import numpy as np
import pytest

from anomaly import backtest
from anomaly.backtest import Table
from tests.unit.anomaly.driving import section

WARMUP = 300


def recorded(fault_at: int = 600, fault_rows: int = 120, rows: int = 1000) -> Table:
    random = Random(1)
    ts = np.arange(rows, dtype=np.int64) * 1_000_000
    faulty = (np.arange(rows) >= fault_at) & (np.arange(rows) < fault_at + fault_rows)
    one = np.array([random.gauss(10, 1) for _ in range(rows)]) + 12.0 * faulty
    other = np.array([random.gauss(50, 2) for _ in range(rows)])
    return Table("made up", ts, {"one": one, "other": other}, faulty)


def test_a_labelled_fault_is_found_and_nothing_else() -> None:
    table = recorded()
    alarms = backtest.in_alarm(table, section(warmup_readings=WARMUP - 2, warmup_span_s=0))
    verdict = backtest.judge(table, alarms, WARMUP)
    assert (verdict.events, verdict.events_found, verdict.false_alarms) == (1, 1, 0)
    assert verdict.delays_s[0] < 15
    assert verdict.normal_s == 1000 - WARMUP - 120 - 1
    assert "1 of 1" in backtest.summary([verdict])


def test_what_comes_later_changes_nothing_before() -> None:
    table = recorded()
    chosen = section(warmup_readings=WARMUP - 2, warmup_span_s=0)
    whole = backtest.in_alarm(table, chosen)
    cut = Table("cut", table.ts_us[:650], {k: v[:650] for k, v in table.columns.items()})
    assert (backtest.in_alarm(cut, chosen) == whole[:650]).all()


@pytest.mark.parametrize(
    ("labels", "alarms", "expected"),
    [
        ("0011100", "0001111", (1, 1, 0)),
        ("0011100", "1100000", (1, 0, 1)),
        ("0011100", "0000000", (1, 0, 0)),
        ("1100011", "0010001", (2, 1, 1)),
        ("0000000", "1010101", (0, 0, 4)),
    ],
)
def test_events_found_and_false_alarms(
    labels: str, alarms: str, expected: tuple[int, int, int]
) -> None:
    def flags(text: str) -> np.ndarray:
        return np.array([character == "1" for character in text])

    ts = np.arange(len(labels), dtype=np.int64) * 1_000_000
    verdict = backtest.judge(Table("t", ts, {}, flags(labels)), flags(alarms), 0)
    assert (verdict.events, verdict.events_found, verdict.false_alarms) == expected


def test_the_command_reads_a_csv_with_text_and_gaps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = recorded()
    assert table.labels is not None
    lines = ["time;one;other;label"]
    for row in range(len(table.ts_us)):
        moment = np.datetime64(int(table.ts_us[row]), "us")
        one = "n/a" if row % 97 == 0 else f"{table.columns['one'][row]:.4f}"
        lines.append(f"{moment};{one};{table.columns['other'][row]:.4f};{table.labels[row]:d}")
    path = tmp_path / "run.csv"
    path.write_text("\n".join(lines) + "\n")
    backtest.main(
        [str(path), "--time=time", "--labels=label", "--separator=;", f"--warmup={WARMUP}"]
    )
    assert "events found          1 of 1" in capsys.readouterr().out
