"""Rules "while X stands, suppress Y", of machines and of product models."""

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from anomaly.alarms import standing, suppressions
from anomaly.alarms.errors import InvalidSuppression
from anomaly.alarms.planned import NewSuppression
from anomaly.alarms.suppressions import SuppressionFacts
from anomaly.detectors.base import SeriesRange
from anomaly.deviations import Record, Transition
from anomaly.sources import SeriesInfo
from kernel.clock import FakeClock, use_clock
from kernel.db import Database
from kernel.errors import Forbidden
from kernel.paging import PageRequest
from registry.permissions import PLATFORM
from telemetry import service as telemetry
from tests.integration.anomaly.alarms import NOW, apply, ended, transition
from tests.integration.anomaly.world import SECTION, World
from tests.support import factories

SECOND = timedelta(seconds=1)


@pytest.fixture
def database(emptied_database: Database) -> Database:
    return emptied_database


class Plant:
    """Two machines of one model at one customer, each with a heartbeat and a bearing; and another's."""

    def __init__(self, world: World) -> None:
        self.world = world
        with world.database.transaction() as session:
            self.owner = factories.organisation(session)
            one, other = (factories.asset(session, self.owner) for _ in range(2))
            self.model = other.model_id = one.model_id
            self.one, self.other = made = one.id, other.id
            self.lead = factories.principal(session, "desk_lead")
        self.series = {
            (machine, name): self._series(machine, name)
            for machine in made
            for name in ("heartbeat", "bearing", "power")
        }

    def _series(self, machine: str, name: str) -> int:
        with self.world.database.transaction() as session:
            number = telemetry.register_series(session, machine, name, kind="vibration")
        self.world.source.directory[number] = SeriesInfo(
            number, machine, name, "", "vibration", SeriesRange()
        )
        return number

    def begins(self, machine: str, name: str, **facts: Any) -> Transition:
        begun = transition(self.series[machine, name], **facts)
        apply(self.world.database, self.world.source, begun)
        return begun

    def ends(self, begun: Transition) -> None:
        apply(self.world.database, self.world.source, ended(begun))

    def rule(self, **wanted: Any) -> SuppressionFacts:
        with use_clock(self.world.clock), self.world.database.transaction() as session:
            return suppressions.suppress(
                session, self.lead, NewSuppression("parent", "Follows from it", **wanted)
            )

    def tend(self) -> int:
        with self.world.database.transaction() as session:
            return standing.tend(session, NOW + SECOND, SECTION)

    def hidden(self) -> dict[tuple[str, str], str | None]:
        return {(row.asset_id, row.category): row.suppression for row in self.world.alarms()}

    def told(self, machine: str) -> list[str]:
        """What was told of a machine's machine alarms, but for their end."""
        return [
            topic.rpartition("_")[2]
            for topic, payload in self.world.events()
            if payload["asset_id"] == machine and payload.get("category") == "machine"
        ]


@pytest.fixture
def plant(database: Database) -> Plant:
    return Plant(World(database, clock=FakeClock(NOW)))


def test_a_machine_that_is_cut_off_tells_that_alone_and_the_rest_when_it_is_back(
    plant: Plant,
) -> None:
    rule = plant.rule(asset_id=plant.one, parent_series="heartbeat", parent_category="sensor")
    gap = plant.begins(plant.one, "heartbeat", record=Record.GAP)
    plant.begins(plant.one, "bearing")
    assert plant.hidden() == {(plant.one, "sensor"): None, (plant.one, "machine"): "parent"}
    assert plant.told(plant.one) == []
    assert plant.world.alarms()[-1].suppression_id == rule.id
    plant.ends(gap)
    assert plant.tend() == 1
    assert plant.hidden()[plant.one, "machine"] is None
    assert (
        plant.told(plant.one) == ["raised", "cleared"] or plant.told(plant.one).count("raised") == 1
    )
    assert plant.tend() == 0


def test_what_was_told_is_hidden_once_its_parent_stands_and_is_not_told_twice(plant: Plant) -> None:
    plant.begins(plant.one, "bearing")
    assert plant.told(plant.one) == ["raised"]
    plant.rule(asset_id=plant.one, parent_asset_id=plant.other, parent_series="power")
    plant.begins(plant.other, "bearing")
    assert plant.tend() == 0
    power = plant.begins(plant.other, "power")
    assert plant.tend() == 1
    assert plant.hidden() == {(plant.one, "machine"): "parent", (plant.other, "machine"): None}
    plant.ends(power)
    assert plant.tend() == 1
    assert plant.told(plant.one) == ["raised"]


def test_a_rule_of_a_model_holds_for_each_of_its_machines_by_itself(plant: Plant) -> None:
    plant.rule(product_model_id=plant.model, parent_series="heartbeat", series_names=("bearing",))
    plant.begins(plant.one, "heartbeat", record=Record.GAP)
    plant.begins(plant.one, "bearing")
    plant.begins(plant.other, "bearing")
    assert plant.hidden() == {
        (plant.one, "sensor"): None,
        (plant.one, "machine"): "parent",
        (plant.other, "machine"): None,
    }
    # What it does not name is told, and with it the whole alarm.
    plant.begins(plant.one, "power")
    assert plant.hidden()[plant.one, "machine"] is None


def test_a_rule_of_a_model_is_the_manufacturers_and_seen_by_all_whom_it_concerns(
    plant: Plant, database: Database
) -> None:
    wanted = NewSuppression("parent", "x", product_model_id=plant.model, parent_series="heartbeat")
    with use_clock(plant.world.clock), database.transaction() as session:
        of_customer = factories.principal(session, "desk_lead", plant.owner)
        with pytest.raises(Forbidden):
            suppressions.suppress(session, of_customer, wanted)
        made = suppressions.suppress(session, plant.lead, wanted)
        assert made.organisation_id is None
        with pytest.raises(Forbidden):
            suppressions.end_suppression(session, of_customer, made.id)
        for asked in ({}, {"asset_id": plant.one}, {"kind": "parent"}):
            found = suppressions.list_suppressions(session, of_customer, PageRequest(), **asked)  # type: ignore[arg-type]
            assert [row.id for row in found.items] == [made.id]
        elsewhere = factories.asset(session, plant.owner).id
        found = suppressions.list_suppressions(session, PLATFORM, PageRequest(), asset_id=elsewhere)
        assert found.items == []
        suppressions.end_suppression(session, plant.lead, made.id)


def test_rules_that_make_no_sense_are_refused(plant: Plant, database: Database) -> None:
    with use_clock(plant.world.clock), database.transaction() as session:
        strange = factories.asset(session).id

        def refused(field: str, kind: str = "parent", **wanted: Any) -> None:
            with pytest.raises(InvalidSuppression) as error:
                suppressions.suppress(session, plant.lead, NewSuppression(kind, "x", **wanted))
            assert error.value.facts["field"] == field

        one: dict[str, Any] = {"asset_id": plant.one}
        other: dict[str, Any] = {"parent_asset_id": plant.other}
        refused("parent_asset_id", **one)
        refused("parent_asset_id", product_model_id=plant.model)
        refused("parent_asset_id", product_model_id=plant.model, parent_series="power", **other)
        refused("asset_id", product_model_id=plant.model, parent_series="power", **one)
        refused("parent_series", **one, parent_series="ghost")
        refused("parent_series", **one, parent_series="")
        refused("series_names", **one, parent_series="power", series_names=("ghost",))
        refused("series_names", **one, parent_series="power", series_names=())
        refused("series_names", **one, parent_series="power", series_names=("bearing",),
                series_ids=(plant.series[plant.one, "bearing"],))  # fmt: skip
        refused("parent_category", **one, **other, parent_category="ghost")
        refused("parent_asset_id", **one, parent_asset_id=strange, parent_series="power")
        refused("parent_series", "out_of_service", **one, parent_series="power")
        refused("product_model_id", "out_of_service", product_model_id=plant.model)
        suppressions.suppress(
            session,
            plant.lead,
            NewSuppression("parent", "x", **one, **other, parent_series="power"),
        )
        refused("parent_asset_id", asset_id=plant.other, parent_asset_id=plant.one)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_stays_hidden_for_ever_and_nothing_is_lost(plant: Plant, seed: int) -> None:
    random = Random(seed)
    plant.rule(asset_id=plant.one, parent_asset_id=plant.other)
    plant.rule(product_model_id=plant.model, parent_series="heartbeat")
    plant.rule(asset_id=plant.other, parent_series="power", parent_category="machine")
    open_now: dict[tuple[str, str], Transition] = {}
    for step in range(40):
        key = random.choice(list(plant.series))
        begun = open_now.pop(key, None)
        if begun is None:
            record = Record.GAP if key[1] == "heartbeat" else Record.HIGH
            open_now[key] = plant.begins(*key, record=record, second=step * 10.0)
        else:
            plant.ends(begun)
        plant.tend()
        active = [row for row in plant.world.alarms() if row.returned_at is None]
        assert not active or any(row.suppression is None for row in active)
    # Whatever others wait for returns to normal; the bearing of the first machine does not.
    for key, begun in list(open_now.items()):
        if key != (plant.one, "bearing"):
            plant.ends(begun)
    if (plant.one, "bearing") not in open_now:
        plant.begins(plant.one, "bearing", second=1000.0)
    plant.tend()
    rows = plant.world.alarms()
    assert {row.suppression for row in rows if row.state != "normal"} <= {None}
    told = Counter(
        (payload["alarm_id"], payload["occurrence"])
        for topic, payload in plant.world.events()
        if topic == "anomaly.alarm_raised"
    )
    assert set(told.values()) <= {1}
    still = [row for row in rows if row.returned_at is None]
    assert [(row.asset_id, row.category) for row in still] == [(plant.one, "machine")]
    assert {(row.id, row.occurrences) for row in still} <= set(told)
