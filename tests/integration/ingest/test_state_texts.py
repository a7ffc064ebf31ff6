"""Texts of a state series, from the wire to the API: stored, counted, replayed, shown as they were."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from ingest import service
from kernel.db import Database
from registry.permissions import PLATFORM
from telemetry.states import service as states
from tests.integration.conftest import ClientFor
from tests.integration.ingest.conftest import MakePlant
from tests.integration.ingest.edge import Edge, Plant, now_us
from tests.integration.ingest.test_flow import readings

Connect = Callable[[Plant], Edge]
NAN = float("nan")


def rows(database: Database, query: str) -> list[Any]:
    with database.transaction() as session:
        return list(session.execute(text(query)).all())


@pytest.fixture
def plant(make_plant: MakePlant) -> Plant:
    """Its first tag has states, its second numbers."""
    made = make_plant(tags=2)
    mode, number = made.tags
    return Plant(made.agent, made.key, (replace(mode, kind="state", low=None, high=None), number))


@pytest.mark.usefixtures("consumer")
def test_texts_of_a_state_series_are_states_and_those_of_others_are_refused(
    database: Database, plant: Plant, connect: Connect, client_for: ClientFor
) -> None:
    edge = connect(plant)
    edge.announce()
    now = now_us()
    words = {0: "RUN", 2: "RUN", 4: "停机", 5: "ERROR", 6: "x" * 5000, 7: 3, 8: "", 9: "RUN"}
    frame = plant.frame(
        [NAN, 1.0, NAN, 2.0, NAN, NAN, NAN, NAN, NAN, NAN],
        ts=[now - (10 - n) * 1_000_000 for n in range(10)],
        series=[0, 1, 0, 1, 0, 1, 0, 0, 0, 0],
        odd=words,
    )
    edge.send(frame)
    edge.wait_acked(frame)
    assert [v for _, _, v, _ in readings(database)] == [-1, -1, -2, 3, -1, 1, 2]
    found = rows(database, "SELECT reason, readings FROM ingest.quarantine")
    assert [tuple(row) for row in found] == [("text_value", 3)]
    with database.transaction() as session:
        counted = service.counts(session, plant.agent)
    assert (counted.stored, counted.quarantined) == (7, 3)
    (asset,) = rows(database, "SELECT DISTINCT asset_id FROM telemetry.series")
    end = datetime.fromtimestamp(now / 1e6, UTC) + timedelta(seconds=1)
    span = {"start": (end - timedelta(hours=1)).isoformat(), "end": end.isoformat()}
    answer = client_for("admin").get(f"/assets/{asset.asset_id}/states", params=span).json()
    assert [(one["value"], one["label"]) for one in answer["items"]] == [
        (-1, "RUN"),
        (-2, "停机"),
        (3, None),
        (-1, "RUN"),
    ]
    assert answer["has_more"] is False


@pytest.mark.usefixtures("consumer")
def test_texts_sent_again_are_stored_once_and_refused_ones_when_there_is_room(
    database: Database, plant: Plant, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = connect(plant)
    edge.announce()
    monkeypatch.setattr(states, "LABELS_MAX", 1)
    frame = plant.frame([NAN, NAN], series=[0, 0], odd={0: "RUN", 1: "STOP"})
    for _ in range(2):
        edge.send(frame)
        edge.wait_acked(frame)
    assert [v for _, _, v, _ in readings(database)] == [-1]
    (entry,) = rows(database, "SELECT id, reason FROM ingest.quarantine")
    assert entry.reason == "text_value"
    monkeypatch.setattr(states, "LABELS_MAX", 2)
    with database.transaction() as session:
        service.replay_quarantine(session, PLATFORM, entry.id)
        counted = service.counts(session, plant.agent)
    assert (counted.stored, counted.quarantined) == (2, 0)
    assert sorted(v for _, _, v, _ in readings(database)) == [-2, -1]
    assert sorted(rows(database, "SELECT code, label FROM telemetry.labels")) == [
        (-2, "STOP"),
        (-1, "RUN"),
    ]


@pytest.mark.usefixtures("consumer")
def test_known_texts_ask_the_database_nothing(
    plant: Plant, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = connect(plant)
    edge.announce()
    asked: list[object] = []
    real = states.codes_for
    monkeypatch.setattr(states, "codes_for", lambda s, w: asked.append(w) or real(s, w))
    monkeypatch.setattr(states, "LABELS_MAX", 1)
    for _ in range(5):
        frame = plant.frame([NAN, NAN], series=[0, 0], odd={0: "RUN", 1: "STOP"})
        edge.send(frame)
        edge.wait_acked(frame)
    assert len(asked) == 1, "neither what has a code nor what has none is asked for again"
