"""What a detector would have told of stored readings, and what asking for it changes: nothing else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from anomaly.history import service
from anomaly.history.errors import BacktestSpan, NoSuchBacktest, NothingToReplay, TooManyBacktests
from anomaly.history.facts import AlarmThere
from kernel.errors import InvalidInput, NotFound
from kernel.paging import PageRequest
from registry.permissions import PLATFORM
from tests.integration.anomaly.history.past import (
    FAULT_AT,
    FAULT_READINGS,
    READINGS,
    SPAN,
    START,
    Past,
    moment,
)
from tests.support import factories

# What live scoring keeps; a backtest must leave it alone.
LIVE = ("alarms", "deviations", "cursors", "snapshots", "baselines", "shards", "commands")


def alarms(past: Past, backtest_id: str) -> list[AlarmThere]:
    with past.database.transaction() as session:
        return service.list_alarms(session, PLATFORM, backtest_id, PageRequest(200)).items


def counts(past: Past) -> dict[str, int]:
    with past.database.transaction() as session:
        names = [f"anomaly.{name}" for name in LIVE] + ["kernel.outbox", "telemetry.readings"]
        return {
            name: int(session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one())
            for name in names
        }


def test_a_fault_of_the_past_is_told_and_nothing_live_is_touched(past: Past) -> None:
    asset_id = past.machine()
    before = counts(past)
    asked = past.request(past.draft(asset_id))
    assert (asked.state, asked.progress, asked.detector) == ("queued", 0.0, None)
    done = past.finish(asked.id)
    assert counts(past) == before
    assert (done.state, done.progress, done.readings) == ("finished", 1.0, 2 * READINGS)
    (part,) = done.assets
    assert part.judged_from is not None
    assert START + timedelta(seconds=5 * 190) < part.judged_from < moment(FAULT_AT)
    (alarm,) = alarms(past, asked.id)
    assert done.alarms_found == part.alarms == 1
    assert moment(FAULT_AT) <= alarm.onset_at <= moment(FAULT_AT + 5)
    assert alarm.returned_at is not None
    assert alarm.returned_at >= moment(FAULT_AT + FAULT_READINGS)
    assert alarm.category == "machine"
    assert alarm.failure_mode == "bearing_wear"
    assert sorted(alarm.summary) == ["en", "zh"]
    assert "front" in alarm.summary["en"]
    assert alarm.contributors[0]["series_name"] == "front"
    assert done.alarms_per_month is not None
    in_alarm_s = (alarm.returned_at - alarm.raised_at).total_seconds()
    assert part.in_alarm_s == pytest.approx(in_alarm_s, abs=15)
    assert part.judged_s == pytest.approx(
        (moment(READINGS) - part.judged_from).total_seconds(), abs=10
    )


def test_slices_of_any_length_find_the_same(past: Past) -> None:
    asset_id = past.machine()
    whole = past.request(past.draft(asset_id))
    past.finish(whole.id)
    # The least there is: one frame each.
    past.limits = past.limits.model_copy(update={"slice_s": 1e-9})
    short = past.request(past.draft(asset_id, ends_at=moment(FAULT_AT + 200)))
    past.finish(short.id)
    assert alarms(past, short.id) == alarms(past, whole.id) != []


def test_what_comes_later_changes_nothing_before(past: Past) -> None:
    asset_id = past.machine()
    ends = [FAULT_AT + 60, READINGS]
    found = []
    for reading in ends:
        asked = past.request(past.draft(asset_id, ends_at=moment(reading)))
        past.finish(asked.id)
        found.append(alarms(past, asked.id))
    (cut,), (whole,) = found
    assert cut.returned_at is None
    assert (cut.onset_at, cut.raised_at) == (whole.onset_at, whole.raised_at)


def test_of_a_type_every_machine_is_replayed_on_its_own(past: Past) -> None:
    faulty, steady = past.machine(seed=1), past.machine(faults=(), seed=2)
    with past.database.transaction() as session:
        empty = factories.asset(session).id
    asked = past.request(past.draft(applies_to="equipment_class", target="pump", asset_ids=()))
    assert {part.asset_id for part in asked.assets} == {faulty, steady}
    assert empty not in {part.asset_id for part in asked.assets}
    done = past.finish(asked.id)
    assert {part.asset_id: part.alarms for part in done.assets} == {faulty: 1, steady: 0}


def test_a_river_detector_can_be_tried(past: Past) -> None:
    asset_id = past.machine()
    parameters = {"subject": "series", "steps": [{"name": "anomaly.GaussianScorer"}]}
    asked = past.request(past.draft(asset_id, detector="river", parameters=parameters))
    assert asked.detector_version.startswith("river:anomaly.GaussianScorer:")
    done = past.finish(asked.id)
    assert done.state == "finished"
    assert any(alarm.onset_at >= moment(FAULT_AT) for alarm in alarms(past, asked.id))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"begins_at": START - 2 * SPAN, "ends_at": START - SPAN}, NothingToReplay),
        ({"ends_at": START}, BacktestSpan),
        ({"begins_at": START - timedelta(days=2000)}, BacktestSpan),
        ({"ends_at": START + timedelta(days=40_000)}, BacktestSpan),
        ({"detector": "no such"}, InvalidInput),
        ({"detector": "river", "parameters": {"steps": [{"name": "os.system"}]}}, InvalidInput),
        ({"parameters": {"steps": []}}, InvalidInput),
        ({"asset_ids": ("ast_none",)}, NotFound),
        ({"asset_ids": ()}, InvalidInput),
        ({"applies_to": "equipment_class", "asset_ids": (), "target": "no such"}, NothingToReplay),
        ({"applies_to": "product_model", "asset_ids": (), "target": "no such"}, NotFound),
        ({"applies_to": "everything"}, InvalidInput),
    ],
)
def test_what_cannot_be_replayed_is_refused_and_nothing_is_made(
    past: Past, change: dict[str, object], error: type[Exception]
) -> None:
    asset_id = past.machine()
    with pytest.raises(error):
        past.request(past.draft(**({"asset_ids": (asset_id,)} | change)))
    with past.database.transaction() as session:
        assert service.list_backtests(session, PLATFORM, PageRequest()).items == []


def test_only_so_many_at_once_and_only_so_many_alarms_kept(past: Past) -> None:
    asset_id = past.machine(faults=(600, 900, FAULT_AT))
    first, second = (past.request(past.draft(asset_id)) for _ in range(2))
    with pytest.raises(TooManyBacktests):
        past.request(past.draft(asset_id))
    with past.database.transaction() as session:
        cancelled = service.cancel(session, PLATFORM, first.id)
    assert (cancelled.state, cancelled.alarms_found) == ("cancelled", 0)
    past.limits = past.limits.model_copy(update={"alarms_max": 1})
    past.section = past.section.model_copy(update={"rejoin_s": 60})
    done = past.finish(second.id)
    assert done.alarms_found > done.alarms_kept == 1
    assert len(alarms(past, second.id)) == 1


def gone_between(past: Past, backtest_id: str) -> Callable[..., None]:
    """Return a listener that removes a backtest, once, when a query for its machines is about to go out."""
    left = [backtest_id]

    def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM anomaly.backtest_assets" not in statement or not left:
            return
        gone = left.pop()
        with past.database.transaction() as session:
            service.delete(session, PLATFORM, gone)

    return listen


READERS: dict[str, Callable[[Session, str], object]] = {
    "one": lambda session, number: service.get_backtest(session, PLATFORM, number),
    "comparison": lambda session, number: service.comparison(session, PLATFORM, number),
    "alarms": lambda session, number: service.list_alarms(session, PLATFORM, number, PageRequest()),
}


@pytest.mark.parametrize("reading", [*READERS, "list"])
def test_a_backtest_that_is_removed_while_it_is_read_is_not_there(past: Past, reading: str) -> None:
    asked = past.request(past.draft(past.machine()))
    past.finish(asked.id)
    with past.database.transaction() as session:
        event.listen(session.connection(), "before_cursor_execute", gone_between(past, asked.id))
        if reading == "list":
            assert service.list_backtests(session, PLATFORM, PageRequest()).items == []
        else:
            with pytest.raises(NoSuchBacktest):
                READERS[reading](session, asked.id)
