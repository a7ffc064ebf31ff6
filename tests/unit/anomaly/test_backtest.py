"""A recorded table through the production path, and how alarms compare with labels."""

import json
from pathlib import Path
from random import Random

import numpy as np
import pytest

from anomaly.backtest.replay import replay, warmed
from anomaly.backtest.table import Table, read_csv
from anomaly.backtest.verdict import judge, summary, vus_pr
from kernel.errors import InvalidInput
from runtime.cli import run
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
    alarms = replay(table, warmed(section(), WARMUP)).alarm
    verdict = judge(table, alarms, WARMUP)
    assert (verdict.events, verdict.events_found, verdict.false_alarms) == (1, 1, 0)
    assert verdict.delays_s[0] < 15
    assert verdict.normal_s == 1000 - WARMUP - 120 - 1
    assert "1 of 1" in summary([verdict])


def test_what_comes_later_changes_nothing_before() -> None:
    table = recorded()
    chosen = warmed(section(), WARMUP)
    whole = replay(table, chosen)
    cut = Table("cut", table.ts_us[:650], {k: v[:650] for k, v in table.columns.items()})
    before = replay(cut, chosen)
    assert (before.alarm == whole.alarm[:650]).all()
    assert (before.score == whole.score[:650]).all()
    assert before.reason == whole.reason[:650]


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
    verdict = judge(Table("t", ts, {}, flags(labels)), flags(alarms), 0)
    assert (verdict.events, verdict.events_found, verdict.false_alarms) == expected


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "run.csv"
    path.write_text(text)
    return path


def test_the_command_writes_a_row_for_each_row_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = recorded()
    assert table.labels is not None
    lines = ["time;one;other;remark;label"]
    for row in range(len(table.ts_us)):
        moment = np.datetime64(int(table.ts_us[row]), "us")
        one = "n/a" if row % 97 == 0 else f"{table.columns['one'][row]:.4f}"
        other = "" if row % 89 == 0 else f"{table.columns['other'][row]:.4f}"
        lines.append(f"{moment};{one};{other};fine;{table.labels[row]:d}")
    lines[700], lines[701], lines[702] = lines[701], lines[700], lines[701]
    path, out = written(tmp_path, "\n".join(lines) + "\n"), tmp_path / "out.csv"
    command = ["backtest", f"--csv={path}", "--time=time", "--labels=label", f"--warmup={WARMUP}"]
    assert run([*command, f"--out={out}"]) == 0
    said = capsys.readouterr()
    assert "events found          1 of 1" in said.out
    assert "1 rows are not later" in said.err
    assert "11 fields hold text" in said.err
    rows = [line.split(",", 4) for line in out.read_text().splitlines()]
    assert rows[0] == ["timestamp", "score", "alarm", "series", "reason"]
    assert [row[0] for row in rows[1:]] == [line.split(";")[0] for line in lines[1:]]
    raised = next(row for row in rows[1:] if row[2] == "1")
    assert float(raised[1]) >= 1
    assert raised[3] == "one"
    assert "one is higher than ever" in raised[4]


@pytest.mark.parametrize("subject", ["series", "device"])
def test_a_river_model_is_described_in_a_file(tmp_path: Path, subject: str) -> None:
    steps = [
        {"name": "preprocessing.StandardScaler"},
        {"name": "forewarn.UnitInterval"},
        {"name": "anomaly.HalfSpaceTrees", "parameters": {"window_size": 100, "height": 6}},
    ]
    described = {"steps": steps, "subject": subject, "learn_every_s": 0}
    choice = tmp_path / "trees.json"
    choice.write_text(json.dumps({"detector": "river", "parameters": described}))
    table = recorded()
    lines = ["time,one,other"]
    for row, ts_us in enumerate(table.ts_us.tolist()):
        values = ",".join(f"{table.columns[name][row]:.4f}" for name in ("one", "other"))
        lines.append(f"{ts_us // 1_000_000},{values}")
    path, out = written(tmp_path, "\n".join(lines) + "\n"), tmp_path / "out.csv"
    command = ["backtest", f"--csv={path}", "--time=time", f"--warmup={WARMUP}", f"--out={out}"]
    assert run([*command, f"--detector={choice}"]) == 0
    rows = [line.split(",", 4) for line in out.read_text().splitlines()[1:]]
    raised = [row for row in rows if row[2] == "1"]
    assert raised[0][3] == "one"
    assert float(raised[0][1]) >= 1
    assert max(float(row[1]) for row in rows[:WARMUP]) == 0.0


def test_a_description_that_cannot_be_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = written(tmp_path, "time,a\n2024-01-01,1\n"), tmp_path / "out.csv"
    for text, said in (
        ("{", "is no JSON"),
        ("[]", "an object with"),
        (
            '{"detector": "river", "parameters": {"steps": [{"name": "tree.SGTRegressor"}]}}',
            "is no anomaly",
        ),
        ('{"detector": "ew_chart", "parameters": {"rate": 1}}', "no parameter 'rate'"),
    ):
        choice = tmp_path / "choice.json"
        choice.write_text(text)
        given = ["backtest", f"--csv={path}", "--time=time", f"--out={out}"]
        assert run([*given, f"--detector={choice}"]) == 2
        assert said in capsys.readouterr().err
        assert not out.exists()


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        ("time,a\n", [], "has no rows"),
        ("", [], "has no column 'time'"),
        ("moment,a\n2024-01-01,1\n", [], "has no column 'time'; there are: moment, a"),
        ("time,a\n2024-01-01,1\n", ["--labels=label"], "has no column 'label'"),
        ("time,a\n2024-01-01,1\nsoon,2\n", [], "row 3, column 'time': 'soon' is no time"),
        ("time,a\n2024-01-01,1\n,2\n", [], "row 3, column 'time': '' is no time"),
        ("time,a\n2024-01-01,on\n", [], "no column with numbers"),
        ("time\n2024-01-01\n", [], "no column with numbers"),
        ("time,a\n2024-01-01,1\n", ["--warmup=1"], "leaves nothing of the 1 rows"),
        ("time,a\n2024-01-01,1\n", ["--detector=Logistic"], "no detector 'Logistic'"),
    ],
)
def test_bad_input_is_named_and_nothing_written(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
    arguments: list[str],
    said: str,
) -> None:
    path, out = written(tmp_path, text), tmp_path / "out.csv"
    code = run(["backtest", f"--csv={path}", "--time=time", f"--out={out}", *arguments])
    assert code in {1, 2}
    assert code == 2 or "detector" in said
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_a_recording_is_not_overwritten(tmp_path: Path) -> None:
    path = written(tmp_path, "time,a\n2024-01-01,1\n")
    assert run(["backtest", f"--csv={path}", "--time=time", f"--out={path}"]) == 2
    assert run(["backtest", f"--csv={tmp_path}/none", "--time=time", f"--out={path}"]) == 2
    assert path.read_text() == "time,a\n2024-01-01,1\n"


def test_any_separator_and_time(tmp_path: Path) -> None:
    for separator in ",;\t|":
        text = separator.join(["t", "a", "a"]) + "\n" + separator.join(["1577836800", "1", "2"])
        table = read_csv(written(tmp_path, text), "t")
        assert table.ts_us.tolist() == [1_577_836_800_000_000]
        assert list(table.columns) == ["a", "a_2"]
    for moment in ("2020-01-01", "2020-01-01T01:00:00+01:00", "1577836800000"):
        assert read_csv(written(tmp_path, f"t,a\n{moment},1\n"), "t").ts_us[0] == 1577836800 * 10**6
    with pytest.raises(InvalidInput):
        read_csv(written(tmp_path, "t,a\n1e40,1\n"), "t")


def test_ten_thousand_columns(tmp_path: Path) -> None:
    names = [f"s{number}" for number in range(10_000)]
    rows = [",".join([f"2024-01-01T00:00:{second:02}", *["1.5"] * 10_000]) for second in range(5)]
    path = written(tmp_path, ",".join(["t", *names]) + "\n" + "\n".join(rows))
    found = replay(read_csv(path, "t"), section())
    assert not found.alarm.any()


def test_volume_under_the_surface_knows_good_from_bad() -> None:
    random = np.random.default_rng(1)
    labels = np.zeros(1000, np.bool_)
    labels[300:340] = labels[700:760] = True
    assert vus_pr(labels, labels.astype(float)) > 0.8
    assert vus_pr(labels, random.random(1000)) < 0.3
    assert np.isnan(vus_pr(np.zeros(9, np.bool_), np.zeros(9)))
