"""Settings are documented from the code, shown without secrets, and refused when they make no sense."""

import json
from pathlib import Path

import pytest

from kernel.errors import ConfigurationError
from kernel.settings import Platform, forget_settings
from runtime import cli, configuration
from runtime.commands import config
from runtime.settings import Runtime, default_data_dir


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    forget_settings()


def test_the_page_is_up_to_date() -> None:
    assert config.DOCS.read_text() == configuration.documentation()


def test_an_outdated_page_is_noticed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(config, "DOCS", tmp_path / "configuration.md")
    assert cli.run(["config", "docs", "--check"]) == 1
    assert "out of date" in capsys.readouterr().err
    assert cli.run(["config", "docs"]) == 0
    assert cli.run(["config", "docs", "--check"]) == 0


def test_every_setting_says_what_it_does_once() -> None:
    every = [s for section in configuration.sections() for s in configuration.settings_of(section)]
    assert all(setting.description for setting in every)
    names = [setting.variable for setting in every]
    assert len(names) == len(set(names))
    keys = [setting.key for setting in every]
    assert len(keys) == len(set(keys))


def test_secrets_are_masked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOREWARN_SECRET_KEY", "tell-nobody" * 4)
    monkeypatch.setenv("FOREWARN_DATABASE_URL", "postgresql://me:geheim@db:5432/forewarn")
    monkeypatch.setenv("FOREWARN_REDIS_URL", "redis://:geheim@cache/0")
    monkeypatch.setenv("FOREWARN_DATABSE_URL", "mistyped")
    assert cli.run(["config", "show", "--json"]) == 0
    said = capsys.readouterr().out
    assert "geheim" not in said
    assert "tell-nobody" not in said
    shown = json.loads(said)
    assert shown["settings"]["FOREWARN_SECRET_KEY"] == "***"
    assert shown["settings"]["FOREWARN_DATABASE_URL"] == "postgresql://me:***@db:5432/forewarn"
    assert shown["settings"]["FOREWARN_REDIS_URL"] == "redis://:***@cache/0"
    assert shown["unknown"] == ["FOREWARN_DATABSE_URL"]


def test_a_variable_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "forewarn.toml").write_text(
        'log_level = "WARNING"\nlog_format = "json"\n[runtime]\nworker_concurrency = 7\n'
    )
    monkeypatch.setenv("FOREWARN_LOG_LEVEL", "ERROR")
    platform = Platform.load()
    assert (platform.log_level, platform.log_format) == ("ERROR", "json")
    assert Runtime.load().worker_concurrency == 7


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[runtime\n", "forewarn.toml"),
        ("[runtime]\nworker_concurrency = 0\n", "FOREWARN_WORKER_CONCURRENCY"),
        ("[runtime]\nno_such_thing = 1\n", "NO_SUCH_THING"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(
    tmp_path: Path, content: str, said: str
) -> None:
    (tmp_path / "forewarn.toml").write_text(content)
    with pytest.raises(ConfigurationError, match=said):
        Runtime.load()


def test_the_data_folder_follows_the_desktop_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/var/lib/me")
    assert default_data_dir() == Path("/var/lib/me/forewarn")
