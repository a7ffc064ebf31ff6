"""An alarm through every state of ISA-18.2, in any order: who is told what, and when."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from anomaly import service
from anomaly.alarms import service as alarms
from anomaly.alarms import standing, suppressions
from anomaly.alarms.errors import NotShelved
from anomaly.alarms.planned import NewSuppression
from anomaly.deviations import Transition
from anomaly.errors import AlarmAlreadyAcknowledged
from kernel.clock import FakeClock, use_clock
from kernel.db import Database
from registry.permissions import PLATFORM
from telemetry import service as telemetry
from tests.integration.anomaly.alarms import apply, ended, transition
from tests.integration.anomaly.world import SECTION, START, World
from tests.support import factories

RANKS = ["out_of_service", "maintenance", "parent", "shelved"]
SHOWN = {"maintenance": "suppressed_by_design", "parent": "suppressed_by_design"}
REJOIN = timedelta(seconds=SECTION.rejoin_s)


@dataclass
class Hidden:
    """A suppression as the test remembers it."""

    kind: str
    series: frozenset[int] | None
    starts: datetime
    ends: datetime | None
    key: str = ""


@dataclass
class Known:
    """An alarm as the test remembers it; told and cleared are numbers of occurrences."""

    series: set[int]
    active: bool = True
    acknowledged: bool = False
    owed: bool = False
    occurrence: int = 1
    returned: datetime | None = None
    told: set[int] = field(default_factory=set)
    cleared: set[int] = field(default_factory=set)

    @property
    def state(self) -> str:
        if self.active:
            return "acknowledged" if self.acknowledged else "unacknowledged"
        return "returned_unacknowledged" if self.owed else "normal"


class Alarms(RuleBasedStateMachine):
    """One machine with three series, under a parent machine."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.database, clock=FakeClock(START))
        with self.database.transaction() as session:
            owner = factories.organisation(session)
            self.asset = factories.asset(session, owner).id
            self.parent = factories.asset(session, owner).id
            self.series = [
                telemetry.register_series(session, self.asset, f"v{n}", kind="vibration")
                for n in range(3)
            ]
            self.of_parent = telemetry.register_series(session, self.parent, "v", kind="vibration")
        for asset, ids in ((self.asset, self.series), (self.parent, [self.of_parent])):
            for number in ids:
                self.world._series = number - 1
                assert self.world.series(asset) == number
        self.deviating: dict[int, Transition] = {}
        self.parent_deviates: Transition | None = None
        self.hidden: list[Hidden] = []
        self.known: list[Known] = []

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    def _second(self) -> float:
        return (self.now - START).total_seconds()

    def _do(self, verb: Callable[..., object], *arguments: object, **more: object) -> object:
        with use_clock(self.world.clock), self.database.transaction() as session:
            return verb(session, PLATFORM, *arguments, **more)

    def _tend(self) -> None:
        with self.database.transaction() as session:
            standing.tend(session, self.now, SECTION)

    def _alarm_id(self) -> str:
        with self.database.transaction() as session:
            return service.alarms_of_asset(session, PLATFORM, self.asset)[0].id

    # --- what the test expects ---------------------------------------------------------------------

    def _in_force(self) -> list[Hidden]:
        found = [
            h for h in self.hidden if h.starts <= self.now and (not h.ends or h.ends > self.now)
        ]
        return [h for h in found if h.kind != "parent" or self.parent_deviates is not None]

    def _hiding(self, alarm: Known) -> str | None:
        if alarm.state == "normal":
            return None
        kinds = []
        for series in set(self.deviating) if alarm.active else alarm.series:
            ranks = [
                RANKS.index(h.kind)
                for h in self._in_force()
                if h.series is None or series in h.series
            ]
            if not ranks:
                return None
            kinds.append(min(ranks))
        return RANKS[max(kinds)]

    def _expect_told(self) -> None:
        if self.known:
            alarm = self.known[-1]
            if alarm.active and self._hiding(alarm) is None and alarm.occurrence not in alarm.told:
                alarm.told.add(alarm.occurrence)
                alarm.owed = not alarm.acknowledged

    # --- what happens ------------------------------------------------------------------------------

    @initialize(hidden=st.booleans())
    def begin_hidden(self, hidden: bool) -> None:  # noqa: FBT001 - Hypothesis calls it by name
        if hidden:
            self.plan("out_of_service", None, 0, 1)

    @rule(which=st.integers(0, 2), others=st.booleans())
    def turn(self, which: int, others: bool) -> None:  # noqa: FBT001 - Hypothesis calls it by name
        """Let a series begin to deviate, or recover; or all that deviate recover."""
        if others and self.deviating:
            for series in list(self.deviating):
                self._recover(series)
            return
        if self.series[which] in self.deviating:
            self._recover(self.series[which])
        else:
            self._deviate(self.series[which])

    def _deviate(self, series: int) -> None:
        begun = transition(series, second=self._second())
        self.deviating[series] = begun
        apply(self.database, self.world.source, begun, at=self.now)
        alarm = self.known[-1] if self.known else None
        if alarm is not None and alarm.active:
            alarm.series.add(series)
        elif alarm is not None and alarm.returned and self.now - alarm.returned <= REJOIN:
            alarm.series.add(series)
            alarm.active, alarm.acknowledged, alarm.returned = True, False, None
            alarm.occurrence += 1
        else:
            self.known.append(Known({series}))
        self._expect_told()

    def _recover(self, series: int) -> None:
        begun = self.deviating.pop(series)
        after = self._second() - (begun.ts_us / 1e6 - START.timestamp())
        apply(self.database, self.world.source, ended(begun, after_s=after), at=self.now)
        alarm = self.known[-1]
        if not self.deviating:
            alarm.active, alarm.returned = False, self.now
            if alarm.occurrence in alarm.told:
                alarm.cleared.add(alarm.occurrence)
        self._expect_told()

    @rule()
    def acknowledge(self) -> None:
        if not self.known:
            return
        alarm = self.known[-1]
        if alarm.state in {"acknowledged", "normal"}:
            with pytest.raises(AlarmAlreadyAcknowledged):
                self._do(service.acknowledge_alarm, self._alarm_id())
        else:
            self._do(service.acknowledge_alarm, self._alarm_id())
            alarm.acknowledged, alarm.owed = True, False

    @rule(minutes=st.integers(1, 60))
    def shelve(self, minutes: int) -> None:
        if not self.known:
            return
        alarm, until = self.known[-1], self.now + timedelta(minutes=minutes)
        self._do(alarms.shelve_alarm, self._alarm_id(), until=until, reason="Being replaced")
        chosen = frozenset(self.deviating or alarm.series)
        for old in self._in_force():
            if old.kind == "shelved" and old.series is not None and old.series <= chosen:
                old.ends = self.now
        self.hidden.append(Hidden("shelved", chosen, self.now, until))

    @rule()
    def unshelve(self) -> None:
        if not self.known:
            return
        chosen = set(self.deviating or self.known[-1].series)
        found = [
            h for h in self._in_force() if h.kind == "shelved" and h.series and h.series & chosen
        ]
        if found:
            self._do(alarms.unshelve_alarm, self._alarm_id())
            for each in found:
                each.ends = self.now
            self._expect_told()
        else:
            with pytest.raises(NotShelved):
                self._do(alarms.unshelve_alarm, self._alarm_id())

    @rule(
        kind=st.sampled_from(["maintenance", "out_of_service", "parent"]),
        which=st.none() | st.sets(st.integers(0, 2), min_size=1),
        begins=st.sampled_from([0, 0, 10]),
        lasts=st.integers(1, 60),
    )
    def plan(self, kind: str, which: set[int] | None, begins: int, lasts: int) -> None:
        if len([h for h in self.hidden if not h.ends or h.ends > self.now]) > 3:
            return
        starts = self.now + timedelta(minutes=begins)
        ends = starts + timedelta(minutes=lasts)
        series = None if which is None else tuple(self.series[n] for n in which)
        made = self._do(
            suppressions.suppress,
            NewSuppression(
                kind, "Planned", asset_id=self.asset, series_ids=series, starts_at=starts,
                parent_asset_id=self.parent if kind == "parent" else None,
                ends_at=ends if kind == "maintenance" else None,
            ),
        )  # fmt: skip
        self.hidden.append(
            Hidden(
                kind, None if series is None else frozenset(series), starts,
                ends if kind == "maintenance" else None, made.id,  # type: ignore[attr-defined]
            )
        )  # fmt: skip
        self._expect_told()

    @rule(which=st.integers(0, 5))
    def end_plan(self, which: int) -> None:
        found = [h for h in self.hidden if h.key and (not h.ends or h.ends > self.now)]
        if found:
            chosen = found[which % len(found)]
            self._do(suppressions.end_suppression, chosen.key)
            chosen.ends = self.now
            self._expect_told()

    @rule()
    def parent_changes(self) -> None:
        if self.parent_deviates is None:
            self.parent_deviates = transition(self.of_parent, second=self._second())
            apply(self.database, self.world.source, self.parent_deviates, at=self.now)
        else:
            over = ended(self.parent_deviates, after_s=1)
            apply(self.database, self.world.source, over, at=self.now)
            self.parent_deviates = None
        self._tend()
        self._expect_told()

    @rule(seconds=st.sampled_from([1, 30, 300, 700, 3600]))
    def wait(self, seconds: int) -> None:
        self.world.clock.advance(timedelta(seconds=seconds))
        self._tend()
        self._expect_told()

    # --- what must be so ---------------------------------------------------------------------------

    @invariant()
    def shown_and_told_as_expected(self) -> None:
        with self.database.transaction() as session:
            found = service.alarms_of_asset(session, PLATFORM, self.asset)[::-1]
            listed = {
                alarm.id: alarm.isa_state
                for alarm in found
                for each in service.list_alarms(
                    session,
                    PLATFORM,
                    service.AlarmQuery(asset_id=self.asset, isa_states=(alarm.isa_state,)),
                ).items
                if each.id == alarm.id
            }
        assert len(found) == len(self.known)
        told: dict[str, list[tuple[str, int]]] = {alarm.id: [] for alarm in found}
        for topic, payload in self.world.events():
            if payload["alarm_id"] in told and not topic.endswith("acknowledged"):
                told[payload["alarm_id"]].append((topic.rpartition("_")[2], payload["occurrence"]))
        for number, (alarm, known) in enumerate(zip(found, self.known, strict=True)):
            hiding = self._hiding(known) if number == len(found) - 1 or known.owed else None
            shown = known.state if hiding is None else SHOWN.get(hiding, hiding)
            assert (alarm.isa_state, listed[alarm.id]) == (shown, shown)
            assert sorted(told[alarm.id]) == sorted(
                [("raised", n) for n in known.told] + [("cleared", n) for n in known.cleared]
            )
            assert known.cleared <= known.told


def test_any_order_of_what_machines_and_people_do(emptied_database: Database) -> None:
    class OnThisDatabase(Alarms):
        database = emptied_database

    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
