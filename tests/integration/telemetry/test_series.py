"""Series are made once, brought up to date, and seen only by whom their asset belongs to."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from kernel.db import Database
from kernel.errors import Forbidden, NotFound
from registry.permissions import PLATFORM
from telemetry import service
from telemetry.service import SeriesSpec
from tests.support import factories


def test_register_gets_creates_and_updates(database: Database) -> None:
    with database.transaction() as session:
        asset = factories.asset(session)
        first = service.register_series(
            session, asset.id, "Bearing DE", unit="mm/s", low=0, high=20, kind="vibration"
        )
        again = service.register_series(
            session, asset.id, "Bearing DE", unit="mm/s", low=0, high=25, kind="vibration"
        )
        other = service.register_series(session, asset.id, "Running", data_type="boolean")
    assert first == again != other
    with database.transaction() as session:
        facts = service.series_of_asset(session, asset.id)
    assert [(f.id, f.name, f.high, f.kind, f.data_type) for f in facts] == [
        (first, "Bearing DE", 25, "vibration", "number"),
        (other, "Running", None, "other", "boolean"),
    ]


def test_nonsense_from_a_plc_becomes_unknown(database: Database) -> None:
    with database.transaction() as session:
        asset = factories.asset(session)
        made = service.register_many(
            session,
            [
                SeriesSpec(asset.id, "a", "", float("nan"), float("inf"), "Humidity"),
                SeriesSpec(asset.id, "b", "", 0, 0, "PRESSURE"),
            ],
        )
        facts = service.get_series(session, made)
    assert [(f.low, f.high, f.kind) for f in (facts[i] for i in made)] == [
        (None, None, "other"),
        (None, None, "pressure"),
    ]


def test_many_registrations_at_once_agree(database: Database) -> None:
    with database.transaction() as session:
        assets = [factories.asset(session).id for _ in range(3)]
    specs = [SeriesSpec(a, f"s{n}") for a in assets for n in range(20)]

    def register(turn: int) -> list[int]:
        order = specs if turn % 2 else specs[::-1]
        with database.transaction() as session:
            made = service.register_many(session, order)
        return made if turn % 2 else made[::-1]

    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(register, range(32)))
    assert len({tuple(ids) for ids in results}) == 1
    assert len(set(results[0])) == len(specs)


def test_find_series_keeps_to_rights_and_scope(database: Database) -> None:
    with database.transaction() as session:
        mine, theirs = factories.organisation(session), factories.organisation(session)
        asset = factories.asset(session, mine)
        series_id = service.register_series(session, asset.id, "Flow", kind="flow")
        owner = factories.principal(session, "customer", mine)
        stranger = factories.principal(session, "customer", theirs)
        keeper = factories.principal(session, "storekeeper")
        assert service.find_series(session, owner, series_id).asset_id == asset.id
        with pytest.raises(NotFound):
            service.find_series(session, stranger, series_id)
        with pytest.raises(Forbidden):
            service.find_series(session, keeper, series_id)
        with pytest.raises(NotFound):
            service.find_series(session, PLATFORM, series_id + 1)
