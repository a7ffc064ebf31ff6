"""The command line: quick, lazy, and one clear line when something is wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

from kernel.errors import ConfigurationError, Unavailable
from runtime import cli

ROOT = Path(__file__).parents[3]

SHOW_HELP = """
import sys, runtime.cli
code = runtime.cli.run(["--help"])
heavy = {"sqlalchemy", "celery", "asyncua", "fastapi", "pydantic", "numpy"}
loaded = heavy | {f"runtime.commands.{name}" for name in runtime.cli.COMMANDS}
print("LOADED", sorted(loaded & set(sys.modules)), code)
"""


def forewarn(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-P", "-m", "runtime", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )


def test_help_names_every_command_and_loads_none() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHOW_HELP], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("LOADED [] 0\n")
    for name in cli.COMMANDS:
        assert f" {name} " in done.stdout


def test_every_command_has_a_module() -> None:
    there = {path.stem for path in (ROOT / "runtime" / "commands").glob("*.py")} - {"__init__"}
    # A group inside a command lies beside it: `edge_trust.py` is `forewarn edge trust`.
    assert {name for name in there if name.partition("_")[0] not in cli.COMMANDS} == set()
    assert set(cli.COMMANDS) <= there


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_every_command_loads_and_explains_itself(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run([name, "--help"]) == 0
    assert f"forewarn {name}" in capsys.readouterr().out


def test_the_version_is_the_distributions(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out == "forewarn 0.1.0\n"


def test_a_mistyped_command_is_one_line_with_a_suggestion(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.run(["demmo"]) == 2
    said = capsys.readouterr()
    assert said.err == "forewarn: No such command 'demmo'. Did you mean 'demo'?\n"
    assert said.out == ""


def test_a_missing_setting_is_one_line_and_exit_2(tmp_path: Path) -> None:
    for said, arguments in (
        ("The configuration cannot be used: not set: FOREWARN_REDIS_URL", ("worker", "run")),
        ("No running Forewarn was found: not set: FOREWARN_DATABASE_URL", ("db", "current")),
    ):
        done = forewarn(*arguments, XDG_DATA_HOME=str(tmp_path))
        assert done.returncode == 2
        assert done.stderr.startswith(f"forewarn: {said}")
        assert done.stderr.count("\n") == 1


def test_a_server_that_is_away_is_one_line_without_the_password() -> None:
    done = forewarn(
        "db", "current", FOREWARN_DATABASE_URL="postgresql://me:geheim@127.0.0.1:1/forewarn"
    )
    assert done.returncode == 1
    assert "me:***@127.0.0.1:1" in done.stderr
    assert "geheim" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_traceback_only_when_asked_for(tmp_path: Path) -> None:
    done = forewarn("db", "current", FOREWARN_LOG_LEVEL="DEBUG", XDG_DATA_HOME=str(tmp_path))
    assert "Traceback" in done.stderr
    assert done.stderr.rstrip().splitlines()[-1].startswith("forewarn: ")


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (ConfigurationError("no"), 2, "forewarn: The configuration cannot be used: no\n"),
        (Unavailable("gone"), 1, "forewarn: Something this depends on cannot be reached: gone\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_errors_become_exit_codes(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    raised: BaseException,
    code: int,
    said: str,
) -> None:
    def fail(_: str) -> None:
        raise raised

    monkeypatch.setattr(cli, "load", fail)
    assert cli.run(["db", "check"]) == code
    assert capsys.readouterr().err == said


def test_a_missing_package_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "alembic", None)
    for name in [name for name in sys.modules if name.startswith("migrations")]:
        monkeypatch.delitem(sys.modules, name)
    assert cli.run(["db", "check"]) == 1
    said = capsys.readouterr().err
    assert said.endswith("which is not installed; install forewarn[server]\n")
    assert said.count("\n") == 1


def test_a_fault_of_ours_says_where(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: str) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(cli, "load", fail)
    assert cli.run(["up"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("forewarn: ZeroDivisionError: by zero (")
    assert "test_cli.py:" in said
