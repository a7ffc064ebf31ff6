"""`forewarn ingest quarantine` shows and decides, in words and in JSON."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from ingest.partitions import ensure_frames_partitions
from kernel import db
from kernel.clock import utc_now
from kernel.settings import forget_settings
from runtime.cli import run
from tests.integration.ingest.conftest import MakePlant
from tests.integration.ingest.edge import Edge, Plant
from tests.support.databases import DatabaseUrls


@pytest.fixture
def _settings(
    database_urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch, _secret: None
) -> Iterator[None]:
    monkeypatch.setenv("FOREWARN_DATABASE_URL", database_urls.app)
    forget_settings()
    db.database.cache_clear()
    yield
    db.database().dispose()
    db.database.cache_clear()


@pytest.mark.usefixtures("consumer", "_settings")
def test_an_entry_from_list_to_drop(
    make_plant: MakePlant,
    connect: Callable[[Plant], Edge],
    capsys: pytest.CaptureFixture[str],
) -> None:
    plant = make_plant(tags=1)
    edge = connect(plant)
    edge.announce()
    frame = plant.frame([float("inf"), 1.0])
    edge.send(frame)
    edge.wait_acked(frame)

    def forewarn(*arguments: str) -> str:
        capsys.readouterr()
        assert run(["ingest", "quarantine", *arguments]) == 0
        return capsys.readouterr().out

    (entry,) = json.loads(forewarn("list", "--json", "--gateway", plant.agent))
    assert (entry["reason"], entry["readings"], entry["state"]) == ("not_finite", 1, "open")
    assert "not_finite" in forewarn("list")
    assert json.loads(forewarn("show", entry["id"]))["beginning"]
    assert run(["ingest", "quarantine", "replay", entry["id"]]) == 1
    assert "not_finite 1" in capsys.readouterr().err
    dropped = json.loads(forewarn("drop", entry["id"], "--reason", "broken"))
    assert dropped["state"] == "dropped"
    assert "nothing" in forewarn("list")
    assert run(["ingest", "quarantine", "show", "qr_none"]) == 1
    assert run(["ingest", "quarantine", "list", "--state", "wrong"]) == 2


@pytest.mark.usefixtures("consumer", "_settings")
def test_days_are_shown_and_removed(
    make_plant: MakePlant,
    connect: Callable[[Plant], Edge],
    capsys: pytest.CaptureFixture[str],
    database: db.Database,
) -> None:
    plant = make_plant(tags=1)
    edge = connect(plant)
    edge.announce()
    frame = plant.frame([1.0])
    edge.send(frame)
    edge.wait_acked(frame)
    day = utc_now().date() - timedelta(days=30)
    ensure_frames_partitions(database.engine, [day])

    def forewarn(*arguments: str) -> str:
        capsys.readouterr()
        assert run(["db", "partitions", *arguments]) == 0
        return capsys.readouterr().out

    shown = json.loads(forewarn("--json"))
    (frames,) = [one for one in shown if one["table"] == "ingest.frames"]
    assert (frames["day"], frames["verdict"]) == (str(day), "remove")
    assert {one["verdict"] for one in shown if one["table"] == "telemetry.readings"} == {"keep"}
    assert str(day) in forewarn()
    assert [one["day"] for one in json.loads(forewarn("--apply", "--json"))] == [str(day)]
    assert "nothing was removed" in forewarn("--apply")
