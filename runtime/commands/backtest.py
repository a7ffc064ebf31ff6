"""`forewarn backtest`: what a detector would have said of a recording."""

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from kernel.errors import InvalidInput

if TYPE_CHECKING:
    from anomaly.backtest.replay import Replay
    from anomaly.backtest.table import Table
    from anomaly.detectors.base import DetectorKind

app = typer.Typer(help="Score a recording as if it were live.")


@app.command()
def backtest(
    *,
    csv_file: Path = typer.Option(
        ..., "--csv", help="The recording: a column of times, a column for each sensor."
    ),
    time: str = typer.Option(..., "--time", help="Name of the column of times."),
    out: Path = typer.Option(..., "--out", help="File to write, one row for each row read."),
    labels: str | None = typer.Option(
        None, "--labels", help="Column that is above 0 where a row is unusual; prints figures then."
    ),
    warmup: int | None = typer.Option(
        None, "--warmup", min=0, help="Rows to learn from first; as in the settings by default."
    ),
    detector: str | None = typer.Option(
        None,
        "--detector",
        help="Name of the detector, or a JSON file with `detector` and `parameters` as they would be "
        "chosen for a type of asset; as in the settings by default.",
    ),
) -> None:
    """Write timestamp, score, alarm, series and reason of every row. Nothing looks ahead."""
    from anomaly.backtest.replay import replay, warmed
    from anomaly.backtest.table import read_csv
    from anomaly.backtest.verdict import judge, summary
    from anomaly.detectors import shipped
    from anomaly.detectors.base import detector_kind
    from anomaly.settings import AnomalySettings
    from kernel.settings import settings

    assert shipped.EW_CHART  # importing it fills the registry
    section = settings(AnomalySettings)
    chosen = None
    if detector is not None and detector.endswith(".json"):
        chosen = _described(Path(detector))
    elif detector is not None:
        section = section.model_copy(update={"detector": detector_kind(detector).name})
    if out.resolve() == csv_file.resolve():
        raise InvalidInput("--out is the recording itself")
    table = read_csv(csv_file, time, labels)
    if warmup is not None:
        if warmup >= len(table.ts_us):
            raise InvalidInput(
                f"--warmup {warmup} leaves nothing of the {len(table.ts_us)} rows of {csv_file}"
            )
        section = warmed(section, warmup)
    _warn(table)
    found = replay(table, section, chosen)
    _write(out, table, found)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{len(table.ts_us):,} rows, {len(table.columns)} series: {out}")
    if table.labels is not None:
        console.print(summary([judge(table, found.alarm, warmup or 0, found.score)]))


def _described(path: Path) -> "DetectorKind":
    """Return the detector that a file describes."""
    from anomaly.choices.rules import checked_parameters, kind_of

    try:
        given = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read, or is no JSON: {error}") from error
    if (
        not isinstance(given, dict)
        or set(given) - {"detector", "parameters"}
        or "detector" not in given
    ):
        raise InvalidInput(f"{path} must hold an object with `detector` and perhaps `parameters`")
    name = str(given["detector"])
    return kind_of(name, checked_parameters(name, given.get("parameters", {})))


def _warn(table: "Table") -> None:
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    if table.disorder:
        errors.print(
            f"warning: {table.disorder} rows are not later than the row before; taken as they come"
        )
    if table.texts:
        errors.print(
            f"warning: {table.texts} fields hold text instead of a number; taken as missing"
        )


def _write(out: Path, table: "Table", found: "Replay") -> None:
    rows = zip(
        table.moments, found.score.tolist(), found.alarm.tolist(), found.series, found.reason,
        strict=True,
    )  # fmt: skip
    try:
        with out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["timestamp", "score", "alarm", "series", "reason"])
            for moment, score, alarm, series, reason in rows:
                writer.writerow([moment, f"{score:.6g}", int(alarm), series, reason])
    except OSError as error:
        raise InvalidInput(f"{out} cannot be written: {error.strerror}") from error
