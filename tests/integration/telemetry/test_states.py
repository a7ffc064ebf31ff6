"""Texts become states with labels, and changes of state are found; runs on both stores."""

import threading
from datetime import timedelta

import pytest

from kernel.db import Database
from telemetry import service
from telemetry.errors import SpanInvalid
from telemetry.states import service as states
from tests.integration.telemetry.test_conformance import DAY, NOON, NOON_US, SECOND, Make, put
from tests.support import factories
from tests.support.rollups import BAD


def test_changes_are_found_beginning_with_what_held(store: Database, make: Make) -> None:
    nan = float("nan")
    ts = [NOON_US + at * SECOND for at in (-90, -60, 0, 5, 10, 11, 20)]
    put(store, make(1, ts, [0.0, 1.0, 1.0, 2.0, 2.0, nan, 2.0], [0, 0, 0, 0, 0, BAD, 0]))
    put(store, make(2, [NOON_US + 5 * SECOND], [7.0]))
    put(store, make(3, [NOON_US], [7.0]))
    with store.transaction() as session:
        found, more = states.changes(session, [1, 2, 9], NOON, NOON + DAY, 100)
        some, some_more = states.changes(session, [1, 2, 9], NOON, NOON + DAY, 2)
    seconds = [(one.series_id, (one.ts - NOON).total_seconds(), one.value) for one in found]
    assert seconds == [(1, -60, 1), (1, 5, 2), (2, 5, 7), (1, 11, None), (1, 20, 2)]
    assert [one.quality for one in found] == [0, 0, 0, BAD, 0]
    assert {one.label for one in found} == {None}
    assert (some, some_more, more) == (found[:2], True, False)


def test_a_span_that_is_none_is_refused(store: Database) -> None:
    with store.transaction() as session, pytest.raises(SpanInvalid):
        states.changes(session, [1], NOON, NOON, 1)


def series_of(database: Database, count: int = 2) -> list[int]:
    with database.transaction() as session:
        asset = factories.asset(session)
        return [
            service.register_series(session, asset.id, f"mode_{n}", kind="state")
            for n in range(count)
        ]


def test_texts_have_codes_of_their_series(database: Database) -> None:
    one, two = series_of(database)
    with database.transaction() as session:
        first = states.codes_for(session, [(one, "RUN"), (one, "停机"), (two, "RUN")])
    with database.transaction() as session:
        again = states.codes_for(session, [(one, "IDLE"), (one, "RUN"), (two, "RUN")])
        assert states.labels_of(session, [one, two]) == {
            one: {-1: "RUN", -2: "停机", -3: "IDLE"},
            two: {-1: "RUN"},
        }
    assert again == {(one, "IDLE"): -3, (one, "RUN"): first[one, "RUN"], (two, "RUN"): -1}


def test_what_is_no_label_and_what_nobody_has_gets_no_code(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = series_of(database, 1)
    wrong = ["", "a\0b", "x" * 201, "line\nbreak"]
    with database.transaction() as session:
        assert states.codes_for(session, [(one, text) for text in wrong]) == {}
        assert states.codes_for(session, [(999_999, "RUN")]) == {}
        monkeypatch.setattr(states, "LABELS_MAX", 3)
        found = states.codes_for(session, [(one, f"serial {n}") for n in range(5)])
        assert sorted(found.values()) == [-3, -2, -1]
        assert states.codes_for(session, [(one, "one more")]) == {}
        assert states.codes_for(session, [(one, "serial 0")]) == {(one, "serial 0"): -1}


def test_many_at_once_agree_on_the_codes(database: Database) -> None:
    ids = series_of(database, 3)
    found: list[dict[tuple[int, str], int]] = []

    def ask(offset: int) -> None:
        for n in range(12):
            wanted = [(series, f"state {(n + offset) % 12}") for series in ids]
            with database.transaction() as session:
                found.append(states.codes_for(session, wanted))

    threads = [threading.Thread(target=ask, args=(offset,)) for offset in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.transaction() as session:
        labels = states.labels_of(session, ids)
    assert len(found) == 72
    for codes in found:
        assert len(codes) == len(ids)
        for (series, text), code in codes.items():
            assert labels[series][code] == text
    assert [sorted(of_one) for of_one in labels.values()] == [list(range(-12, 0))] * 3


def test_labels_come_with_the_changes(database: Database, make: Make) -> None:
    (one,) = series_of(database, 1)
    with database.transaction() as session:
        codes = states.codes_for(session, [(one, "RUN"), (one, "STOP")])
    values = [float(codes[one, text]) for text in ("RUN", "RUN", "STOP")]
    put(database, make(one, [NOON_US + n * SECOND for n in range(3)], values))
    with database.transaction() as session:
        found, _ = states.changes(session, [one], NOON, NOON + timedelta(hours=1), 10)
    assert [one.label for one in found] == ["RUN", "STOP"]
