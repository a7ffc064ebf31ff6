"""The ledger's arithmetic, and which piece failed."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from warranty_parts.fittings.rules import Failure, FittedPiece, factory_fitted_on, failed_piece
from warranty_parts.locks import lock_number
from warranty_parts.stock.rules import UNBOUNDED_KINDS, Head, Leg, Shortage, post

KINDS = {"sup": "supplier", "wh": "warehouse", "van": "van", "cust": "customer"}
_legs = st.lists(
    st.builds(
        Leg,
        st.sampled_from(["p1", "p2"]),
        st.sampled_from(list(KINDS)),
        st.sampled_from(list(KINDS)),
        st.integers(1, 20),
    ).filter(lambda leg: leg.from_location_id != leg.to_location_id),
    max_size=30,
)


@given(_legs)
def test_legs_are_done_in_full_or_the_first_that_cannot_be_is_named(legs: list[Leg]) -> None:
    held: dict[tuple[str, str], int] = {}
    expected: list[tuple[int, int]] = []
    shortage = None
    for leg in legs:
        source = (leg.from_location_id, leg.part_id)
        target = (leg.to_location_id, leg.part_id)
        before = held.get(source, 0)
        if before < leg.quantity and KINDS[source[0]] not in UNBOUNDED_KINDS:
            shortage = Shortage(leg, before)
            break
        expected.append((before, held.get(target, 0)))
        held[source] = before - leg.quantity
        held[target] = held.get(target, 0) + leg.quantity
    posted = post(legs, {}, KINDS)
    if shortage is not None:
        assert posted == shortage
        return
    assert isinstance(posted, list)
    assert [(item.source.balance, item.target.balance) for item in posted] == expected
    assert sum(held.values()) == 0


def test_a_chain_goes_on_from_its_end() -> None:
    heads = {("wh", "p1"): Head(7, 5)}
    posted = post([Leg("p1", "wh", "van", 2), Leg("p1", "wh", "van", 3)], heads, KINDS)
    assert isinstance(posted, list)
    assert [item.source for item in posted] == [Head(7, 5), Head(8, 3)]
    assert [item.target for item in posted] == [Head(0, 0), Head(1, 2)]


def test_lock_numbers_fit_the_database() -> None:
    numbers = [lock_number(f"key {number}") for number in range(1000)]
    assert len(set(numbers)) == 1000
    assert all(-(2**63) <= number < 2**63 for number in numbers)


def piece(name: str, start: date, end: date | None, **more: str | None) -> FittedPiece:
    return FittedPiece(
        id=name,
        family_key="pfm_1",
        part_number=None,
        serial_key=more.get("serial"),
        removed_serial_key=more.get("removed"),
        fitted_on=start,
        ended_on=end,
        replaces_id=more.get("replaces"),
        work_order_id=more.get("order"),
    )


DAY = date(2026, 6, 1)
OLD = piece("old", date(2025, 11, 1), DAY, removed="S1")
NEW = piece("new", DAY, None, serial="S2", replaces="old", order="wo_1")


def failed(
    serial: str | None = None,
    replacement: str | None = None,
    order: str | None = None,
    on: date = DAY,
) -> str | None:
    found = failed_piece([NEW, OLD], Failure(serial, replacement, order, on))
    return None if found is None else found.id


def test_the_serial_says_which_piece_failed() -> None:
    assert failed(serial="S1", on=date(2026, 9, 1)) == "old"
    assert failed(serial="S2") == "new"


def test_a_work_order_or_what_was_put_in_says_what_came_out() -> None:
    assert failed(order="wo_1", on=date(2026, 9, 1)) == "old"
    assert failed(replacement="S2", on=date(2026, 9, 1)) == "old"
    assert failed(serial="S2", order="wo_1") == "new"


def test_else_the_date_does_and_on_the_day_of_exchange_the_old_one() -> None:
    assert failed(on=date(2026, 5, 31)) == "old"
    assert failed(on=DAY) == "old"
    assert failed(on=date(2026, 6, 2)) == "new"
    assert failed(on=date(2025, 1, 1)) == "old"
    assert failed_piece([], Failure(None, None, None, DAY)) is None


def test_a_factory_piece_dates_from_what_is_known() -> None:
    made, sent, run = date(2025, 11, 1), date(2026, 1, 5), date(2026, 1, 15)
    assert factory_fitted_on(made, sent, run, DAY) == made
    assert factory_fitted_on(None, sent, run, DAY) == sent
    assert factory_fitted_on(None, None, run, date(2026, 1, 1)) == date(2026, 1, 1)
    assert factory_fitted_on(None, None, None, DAY) == DAY
