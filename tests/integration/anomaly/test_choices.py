"""Choosing detectors: rights, versions, what is refused, and which choice counts for an asset."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from anomaly.choices import service
from anomaly.choices.errors import NoSuchChoice
from anomaly.choices.service import ChoiceDraft, ChoiceFacts
from anomaly.directory import TelemetrySeries
from kernel.db import Database
from kernel.errors import Forbidden, ForewarnError, NotFound, StaleVersion
from kernel.paging import PageRequest
from registry.audit_trail import service as audit_trail
from registry.permissions import PLATFORM
from telemetry import service as telemetry
from tests.support import factories

ALL = PageRequest(200)


@pytest.fixture
def database(emptied_database: Database) -> Database:
    with emptied_database.transaction() as session:
        for one in service.list_choices(session, PLATFORM, ALL).items:
            service.withdraw(session, PLATFORM, one.id)
    return emptied_database


def trees(n_trees: int = 10) -> dict[str, Any]:
    return {"steps": [{"name": "anomaly.HalfSpaceTrees", "parameters": {"n_trees": n_trees}}]}


def draft(
    applies_to: str = "equipment_class",
    target: str | None = "pump",
    detector: str = "river",
    parameters: dict[str, Any] | None = None,
) -> ChoiceDraft:
    given = trees() if parameters is None and detector == "river" else parameters or {}
    return ChoiceDraft(applies_to, target, detector, given, "a try")


def chosen(database: Database, wanted: ChoiceDraft, **others: Any) -> ChoiceFacts:
    with database.transaction() as session:
        return service.choose(session, PLATFORM, wanted, **others)


def counted(database: Database, asset_id: str) -> str | None:
    with database.transaction() as session:
        found = service.detectors_of(session, [asset_id]).get(asset_id)
        return found.kind.version if found else None


def test_the_narrowest_choice_counts(database: Database) -> None:
    with database.transaction() as session:
        pump = factories.asset(session)
        pump_id, model_id = pump.id, pump.model_id
        fan_id = factories.asset(session, equipment_class="fan").id
    assert counted(database, pump_id) is None
    for_all = chosen(database, draft("all", None, "gaussian"))
    assert counted(database, pump_id) == counted(database, fan_id) == "gaussian/1"
    for_pumps = chosen(database, draft())
    assert counted(database, pump_id) == for_pumps.detector_version
    assert counted(database, fan_id) == "gaussian/1"
    for_model = chosen(database, draft("product_model", model_id, "ew_chart"))
    assert counted(database, pump_id) == "ew_chart/2"
    with database.transaction() as session:
        for one in (for_model, for_pumps, for_all):
            service.withdraw(session, PLATFORM, one.id)
    assert counted(database, pump_id) is None


def test_a_choice_is_a_version_and_the_former_ones_stay(database: Database) -> None:
    first = chosen(database, draft(target="mixer"))
    assert (first.version, first.ended_at, first.chosen_by_name) == (1, None, "Forewarn")
    assert first.parameters["steps"][0]["parameters"]["height"] == 8
    same = chosen(database, draft(target="mixer"))
    assert same == first
    second = chosen(database, draft(target="mixer", parameters=trees(20)), expected_version=1)
    assert second.version == 2
    assert second.detector_version != first.detector_version
    with pytest.raises(StaleVersion):
        chosen(database, draft(target="mixer", parameters=trees(30)), expected_version=1)
    with database.transaction() as session:
        assert service.get_choice(session, PLATFORM, first.id).ended_at is not None
        service.withdraw(session, PLATFORM, second.id, expected_version=2)
        with pytest.raises(NoSuchChoice):
            service.withdraw(session, PLATFORM, second.id)
        past = service.list_choices(session, PLATFORM, ALL, past=True).items
        assert [one.version for one in past if one.target == "mixer"] == [2, 1]
        assert service.list_choices(session, PLATFORM, ALL).items == []
    assert chosen(database, draft(target="mixer")).version == 3


def test_who_may_choose(database: Database) -> None:
    with database.transaction() as session:
        owner = factories.organisation(session)
        agent = factories.principal(session, "desk_agent")
        admin = factories.principal(session, "admin")
        theirs = factories.principal(session, "admin", owner)
        customer = factories.principal(session, "customer", owner)
        for actor in (agent, theirs, customer):
            with pytest.raises(Forbidden):
                service.choose(session, actor, draft())
        made = service.choose(session, admin, draft(target="crane"))
        assert made.chosen_by == admin.person_id
        assert service.get_choice(session, customer, made.id) == made
        with pytest.raises(Forbidden):
            service.withdraw(session, theirs, made.id)
        service.withdraw(session, admin, made.id, reason="Too many alarms")
        entries = audit_trail.list_entries(
            session, PLATFORM, audit_trail.AuditFilter(object_id=made.id), ALL
        ).items
    assert [(one.action, one.reason, one.actor_id) for one in entries] == [
        ("detector_choice.withdraw", "Too many alarms", admin.person_id),
        ("detector_choice.choose", "a try", admin.person_id),
    ]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (lambda: draft(detector="oracle"), "unknown_detector"),
        (lambda: draft(detector="ew_chart", parameters={"fast_rate": 1}), "unknown_parameter"),
        (lambda: draft(parameters=trees(0)), "parameter_out_of_range"),
        (
            lambda: draft(parameters={"steps": [{"name": "tree.HoeffdingTreeClassifier"}]}),
            "not_a_detector",
        ),
        (lambda: draft("all", "pump"), "invalid_input"),
        (lambda: draft("equipment_class", None), "invalid_input"),
        (lambda: draft("galaxy", "pump"), "invalid_input"),
        (lambda: draft("product_model", "pm_nothing"), "not_found"),
    ],
)
def test_what_cannot_be_chosen_changes_nothing(
    database: Database, wanted: Callable[[], ChoiceDraft], code: str
) -> None:
    with pytest.raises(ForewarnError) as refused:
        chosen(database, wanted())
    assert refused.value.code == code
    with database.transaction() as session:
        assert service.list_choices(session, PLATFORM, ALL).items == []
        with pytest.raises(NotFound):
            service.get_choice(session, PLATFORM, "dc_nothing")


def test_of_many_at_once_each_version_is_chosen_once(database: Database) -> None:
    def attempt(n_trees: int) -> int | None:
        try:
            return chosen(database, draft(target="press", parameters=trees(n_trees))).version
        except StaleVersion:
            return None

    with ThreadPoolExecutor(8) as pool:
        versions = [one for one in pool.map(attempt, range(1, 25)) if one is not None]
    assert sorted(versions) == list(range(1, len(versions) + 1))
    with database.transaction() as session:
        assert len(service.list_choices(session, PLATFORM, ALL).items) == 1


def test_scoring_is_told_of_choices_with_the_facts_of_series(database: Database) -> None:
    made = chosen(database, draft(target="lathe"))
    with database.transaction() as session:
        lathe = factories.asset(session, equipment_class="lathe").id
        pump = factories.asset(session).id
        ids = [
            telemetry.register_series(
                session, asset_id, name="vibration", unit="mm/s", low=None, high=None,
                kind="vibration", data_type="number",
            )
            for asset_id in (lathe, pump)
        ]  # fmt: skip
        infos = TelemetrySeries().series(session, ids)
    versions = [found and found.version for found in (infos[key].detector for key in ids)]
    assert versions == [made.detector_version, None]


def test_what_is_offered_describes_itself() -> None:
    found = service.offered_detectors(PLATFORM)
    assert found.detectors == sorted(found.detectors)
    assert {"ew_chart", "river"} <= set(found.detectors)
    names = {component["name"] for component in found.components}
    assert {"anomaly.LODA", "drift.ADWIN", "preprocessing.StandardScaler"} <= names
    assert {"subject", "beyond", "learn_every_s"} == set(found.parameters)
