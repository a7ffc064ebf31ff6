"""Part numbers, locations, movements and fitted pieces."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from kernel.clock import FakeClock, use_clock
from kernel.db import Database
from kernel.errors import Forbidden, ForewarnError, InvalidInput, NotFound
from kernel.paging import PageRequest
from registry.permissions import PLATFORM
from tests.support import factories
from tests.support.warranty import World, location, part
from warranty_parts import service as warranty
from warranty_parts.errors import (
    DateInFuture,
    FittingOutOfOrder,
    FittingRecorded,
    InsufficientStock,
    LocationExists,
    MovementReversed,
    PartExists,
    SerialFittedElsewhere,
    UnknownPart,
)
from warranty_parts.service import FittingDraft, FittingFacts, LocationFacts, MovementDraft

PAGE = PageRequest()
pytestmark = pytest.mark.usefixtures("_in_july")


@pytest.fixture
def _in_july() -> Any:
    with use_clock(FakeClock(datetime(2026, 7, 1, 12, tzinfo=UTC))):
        yield


def test_a_number_is_made_once_in_any_spelling(world: World) -> None:
    with world.database.transaction() as session:
        with pytest.raises(PartExists) as error:
            part(session, "a 100")
        assert error.value.facts == {"part_id": world.part.id}
        newer = part(session, "A-101", supersedes="a100", unit_price_minor=1999, currency="CNY")
        assert newer.family_id == world.part.family_id
        assert warranty.get_part(session, PLATFORM, newer.id) == newer
        for query in ("a101", "A-10", "零件", "part a-101"):
            assert newer in warranty.list_parts(session, PLATFORM, PAGE, query=query).items
        assert warranty.list_parts(session, PLATFORM, PAGE, query="100%_").items == []
        assert warranty.search_parts(session, PLATFORM, "a101") == [newer]
        first = warranty.list_parts(session, PLATFORM, PageRequest(1))
        assert first.items == [newer]
        second = warranty.list_parts(session, PLATFORM, PageRequest(1, first.next_key))
        assert (second.items, second.next_key) == ([world.part], None)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"number": " "}, InvalidInput),
        ({"number": "--"}, InvalidInput),
        ({"name_en": ""}, InvalidInput),
        ({"unit_price_minor": 5}, InvalidInput),
        ({"unit_price_minor": -5, "currency": "CNY"}, InvalidInput),
        ({"unit_price_minor": 5, "currency": "yuan"}, InvalidInput),
        ({"supersedes": "Q-1"}, UnknownPart),
        ({"family_id": "pfm_none"}, InvalidInput),
    ],
)
def test_a_part_that_cannot_be_is_refused(
    world: World, changes: dict[str, Any], error: type[ForewarnError]
) -> None:
    with world.database.transaction() as session, pytest.raises(error):
        part(session, **({"number": "N-1"} | changes))


def stock_of(world: World, place: LocationFacts) -> int:
    with world.database.transaction() as session:
        found = warranty.list_stock(session, PLATFORM, PAGE, location_id=place.id).items
        return found[0].quantity if found else 0


def places(database: Database) -> tuple[LocationFacts, LocationFacts, LocationFacts]:
    with database.transaction() as session:
        return (
            location(session, "supplier"),
            location(session, "warehouse"),
            location(session, "scrap"),
        )


def moved(source: LocationFacts, target: LocationFacts, quantity: Any) -> MovementDraft:
    return MovementDraft("A-100", source.id, target.id, quantity)


def test_parts_move_and_a_mistake_is_reversed_once(world: World) -> None:
    supplier, store, scrap = places(world.database)
    with world.database.transaction() as session:
        received, thrown = warranty.move_parts(
            session, PLATFORM, [moved(supplier, store, 10), moved(store, scrap, 4)]
        )
    assert (stock_of(world, store), stock_of(world, scrap), stock_of(world, supplier)) == (
        6, 4, -10,
    )  # fmt: skip
    with world.database.transaction() as session:
        with pytest.raises(InsufficientStock) as error:
            warranty.reverse_movement(session, PLATFORM, received.id, "never came")
        assert error.value.facts["available"] == 6
    with world.database.transaction() as session:
        back = warranty.reverse_movement(session, PLATFORM, thrown.id, "wrong box")
        assert (back.reverses_id, back.from_location.id, back.quantity) == (
            thrown.id, scrap.id, 4,
        )  # fmt: skip
        with pytest.raises(MovementReversed):
            warranty.reverse_movement(session, PLATFORM, thrown.id, "again")
        with pytest.raises(MovementReversed):
            warranty.reverse_movement(session, PLATFORM, back.id, "undo the undoing")
        listed = warranty.list_movements(session, PLATFORM, PAGE, location_id=scrap.id).items
        assert [item.id for item in listed] == [back.id, thrown.id]
    assert stock_of(world, store) == 10


@pytest.mark.parametrize("quantity", [0, -1, 1.5, True, 10**7])
def test_a_quantity_is_a_positive_whole_number(world: World, quantity: Any) -> None:
    supplier, store, _ = places(world.database)
    with world.database.transaction() as session, pytest.raises(InvalidInput):
        warranty.move_parts(session, PLATFORM, [moved(supplier, store, quantity)])


def test_movements_are_all_or_none(world: World) -> None:
    supplier, store, scrap = places(world.database)

    def move(*drafts: MovementDraft) -> None:
        with world.database.transaction() as session:
            warranty.move_parts(session, PLATFORM, drafts)

    with pytest.raises(InsufficientStock):
        move(moved(supplier, store, 5), moved(store, scrap, 6))
    with pytest.raises(InvalidInput):
        move(moved(store, store, 1))
    with pytest.raises(InvalidInput):
        move()
    with pytest.raises(UnknownPart):
        move(MovementDraft("Q-1", supplier.id, store.id, 1))
    with pytest.raises(NotFound):
        move(MovementDraft("A-100", supplier.id, "loc_none", 1))
    tomorrow = datetime(2026, 7, 2, 12, tzinfo=UTC)
    with pytest.raises(InvalidInput):
        move(MovementDraft("A-100", supplier.id, store.id, 1, moved_at=tomorrow))
    with world.database.transaction() as session:
        assert warranty.list_movements(session, PLATFORM, PAGE).items == []


def test_places_are_seen_and_used_within_scope(world: World) -> None:
    supplier, store, _ = places(world.database)
    with world.database.transaction() as session:
        dealer = factories.organisation(session, "dealer")
        keeper = factories.principal(session, "storekeeper", dealer)
        own = location(session, organisation_id=dealer.id)
        reader = factories.principal(session, "finance")
        warranty.move_parts(session, PLATFORM, [moved(supplier, store, 3)])
        (inward,) = warranty.move_parts(session, PLATFORM, [moved(store, own, 2)])
    with world.database.transaction() as session:
        assert [place.id for place in warranty.list_locations(session, keeper, PAGE).items] == [
            own.id
        ]
        with pytest.raises(NotFound):
            warranty.get_location(session, keeper, store.id)
        with pytest.raises(NotFound):
            warranty.move_parts(session, keeper, [moved(own, store, 1)])
        assert [item.id for item in warranty.list_movements(session, keeper, PAGE).items] == [
            inward.id
        ]
        assert warranty.get_movement(session, keeper, inward.id) == inward
        assert [item.location.id for item in warranty.list_stock(session, keeper, PAGE).items] == [
            own.id
        ]
        with pytest.raises(Forbidden):
            warranty.move_parts(session, reader, [moved(store, own, 1)])
        for draft in (
            {"kind": "asset", "asset_id": None},
            {"kind": "moon"},
            {"person_id": keeper.person_id},
            {"kind": "van", "person_id": "per_none"},
        ):
            with pytest.raises(InvalidInput):
                location(session, **draft)


def fit(world: World, actor: Any = PLATFORM, **changes: Any) -> FittingFacts:
    values = {
        "asset_id": world.asset.id,
        "position": "DE",
        "part_number": "A-100",
        "failed_serial": "S-1",
        "replacement_serial": "S-2",
        "fitted_on": date(2026, 6, 3),
        "work_order_id": "wo_1",
    }
    with world.database.transaction() as session:
        return warranty.record_fitting(session, actor, **(values | changes))


def test_a_first_exchange_finds_the_factorys_piece(world: World) -> None:
    fitted = fit(world)
    assert fitted.notes == ("stock_not_moved",)
    with world.database.transaction() as session:
        old, new = warranty.fittings_of_asset(session, PLATFORM, world.asset.id)
    assert (old.origin, old.fitted_on, old.ended_on) == (
        "factory", date(2025, 11, 1), date(2026, 6, 3),
    )  # fmt: skip
    assert (old.serial_number, old.removed_serial) == ("S-1", "S-1")
    assert (new.id, new.replaces_id, new.serial_number) == (fitted.id, old.id, "S-2")
    # Telling it again changes nothing, telling it otherwise is refused.
    assert fit(world) == FittingFacts(**{**vars(fitted), "notes": ()})
    with pytest.raises(FittingRecorded):
        fit(world, replacement_serial="S-3")
    with pytest.raises(FittingOutOfOrder):
        fit(world, work_order_id="wo_2", fitted_on=date(2026, 6, 2), replacement_serial="S-3")
    with pytest.raises(SerialFittedElsewhere):
        fit(world, position="NDE", failed_serial=None)
    with pytest.raises(DateInFuture):
        fit(world, work_order_id="wo_3", fitted_on=date(2026, 7, 3))
    third = fit(world, work_order_id="wo_4", failed_serial="S-2", replacement_serial="S-3")
    assert (third.replaces_id, third.fitted_on) == (new.id, date(2026, 6, 3))


def test_an_unknown_part_does_not_keep_an_order_open(world: World) -> None:
    fitted = fit(world, part_number="Q-1")
    assert fitted.notes == ("part_unknown", "stock_not_moved")
    assert (fitted.part_id, fitted.part_number) == (None, "Q-1")
    with world.database.transaction() as session:
        store = location(session)
    with pytest.raises(UnknownPart):
        fit(world, position="NDE", part_number="Q-1", from_location=store.id)


def test_the_piece_comes_from_the_named_place_or_the_engineers_van(world: World) -> None:
    supplier, store, _ = places(world.database)
    with world.database.transaction() as session:
        engineer = factories.principal(session, "engineer")
        van = location(session, "van", person_id=engineer.person_id)
        with pytest.raises(LocationExists):
            location(session, "van", person_id=engineer.person_id)
        warranty.move_parts(session, PLATFORM, [moved(supplier, store, 1), moved(supplier, van, 1)])
    from_van = fit(world, engineer)
    assert from_van.notes == ()
    assert (stock_of(world, van), stock_of(world, store)) == (0, 1)
    # The van is empty now: nothing moves, and the record says so.
    without = fit(world, engineer, position="NDE", failed_serial="T-1", replacement_serial="T-2")
    assert (without.movement_id, without.notes) == (None, ("stock_not_moved",))
    third = {"position": "third", "failed_serial": None, "replacement_serial": "U-2"}
    from_store = fit(world, engineer, from_location=store.id, **third)
    assert from_store.movement_id is not None
    fourth = {"position": "fourth", "failed_serial": None, "replacement_serial": "V-2"}
    with pytest.raises(InsufficientStock):
        fit(world, engineer, from_location=store.id, **fourth)
    with world.database.transaction() as session:
        (movement,) = warranty.list_movements(
            session, PLATFORM, PageRequest(1), location_id=store.id
        ).items
        assert (movement.id, movement.work_order_id, movement.serial_number) == (
            from_store.movement_id, "wo_1", "U-2",
        )  # fmt: skip
        customer = factories.principal(session, "customer", factories.organisation(session))
    with pytest.raises(Forbidden):
        fit(world, customer)


def test_several_pieces_are_recorded_at_once(world: World) -> None:
    drafts = [
        FittingDraft(position, "A-100", None, f"S-{position}", date(2026, 6, 3))
        for position in ("DE", "NDE")
    ]
    with world.database.transaction() as session:
        made = warranty.record_fittings(
            session, PLATFORM, asset_id=world.asset.id, work_order_id="wo_1", drafts=drafts
        )
    assert [piece.position for piece in made] == ["DE", "NDE"]


def test_coverage_of_a_machine_and_of_a_part_that_was_replaced(world: World) -> None:
    fit(world, fitted_on=date(2026, 6, 30))
    day = date(2027, 1, 16)
    with world.database.transaction() as session:
        reader = factories.principal(session, "desk_agent")

        def ask(on: date, **more: Any) -> Any:
            return warranty.coverage(session, reader, world.asset.id, on, **more)

        assert ask(day - timedelta(days=1)).covered
        assert not ask(day).covered
        assert not ask(day, part_number="A-100").covered
    with use_clock(FakeClock(datetime(2027, 1, 20, tzinfo=UTC))):
        fit(world, fitted_on=date(2027, 1, 10), work_order_id="wo_2", failed_serial="S-2",
            replacement_serial="S-3")  # fmt: skip
    with world.database.transaction() as session:
        answer = ask(day, part_number="a100")
        assert (answer.covered, answer.until) == (True, date(2027, 4, 10))
        assert answer.clause == "replacement_minimum"
        assert not ask(day, part_number="A-100", position="NDE").covered
        with pytest.raises(UnknownPart):
            ask(day, part_number="Q-1")
        with pytest.raises(InvalidInput):
            ask(day, position="DE")
        stranger = factories.principal(session, "customer", factories.organisation(session))
        with pytest.raises(NotFound):
            warranty.coverage(session, stranger, world.asset.id, day)


def test_the_ledger_agrees_with_itself(world: World) -> None:
    supplier, store, scrap = places(world.database)
    with world.database.transaction() as session:
        warranty.move_parts(session, PLATFORM, [moved(supplier, store, 10)])
        warranty.move_parts(session, PLATFORM, [moved(store, scrap, 3)])
        total = session.execute(
            text(
                "SELECT sum(CASE WHEN side = 'from' THEN -quantity ELSE quantity END) "
                "FROM warranty_parts.entries"
            )
        ).scalar_one()
        assert total == 0
        assert warranty.stock_disagreements(session) == []
