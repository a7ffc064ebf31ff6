"""Claims that cannot be made, texts that try to be more than text, and finding claims again."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from kernel.clock import FakeClock, use_clock
from kernel.errors import Forbidden, ForewarnError, NotFound
from kernel.paging import PageRequest
from registry.permissions import PLATFORM
from tests.support import factories
from tests.support.warranty import REPAIRED_ON, World
from warranty_parts import service as warranty
from warranty_parts.errors import (
    DateInFuture,
    FailureBeforeManufacture,
    LineRepeated,
    RepairBeforeFailure,
    UnknownSerial,
)
from warranty_parts.service import ClaimLineDraft, ClaimState

PAGE = PageRequest()
pytestmark = pytest.mark.usefixtures("_in_july")


@pytest.fixture
def _in_july() -> Any:
    with use_clock(FakeClock(datetime(2026, 7, 1, 12, tzinfo=UTC))):
        yield


def test_a_machine_in_nobodys_sight_is_an_unknown_serial(world: World) -> None:
    with world.database.transaction() as session:
        dealer = factories.organisation(session, "dealer")
        stranger = factories.principal(session, "dealer", dealer)
        reader = factories.principal(session, "customer", dealer)
    with pytest.raises(UnknownSerial) as error:
        world.submit(serial_number="SN-NOWHERE")
    assert error.value.code == "unknown_serial"
    with pytest.raises(UnknownSerial):
        world.submit(stranger)
    with pytest.raises(NotFound):
        world.submit(stranger, asset_id=world.asset.id)
    with pytest.raises(Forbidden):
        world.submit(reader)
    claim = world.submit()
    with world.database.transaction() as session:
        with pytest.raises(NotFound):
            warranty.get_claim(session, stranger, claim.id)
        assert warranty.list_claims(session, stranger, PAGE).items == []
        assert warranty.search_claims(session, stranger, claim.id) == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"failure_on": date(2026, 7, 3)}, DateInFuture),
        ({"failure_on": date(2025, 10, 31)}, FailureBeforeManufacture),
        ({"repaired_on": date(2026, 5, 31)}, RepairBeforeFailure),
        (
            {"lines": [ClaimLineDraft("DE", "A-100"), ClaimLineDraft("d-e", "A-100")]},
            LineRepeated,
        ),
    ],
)
def test_a_claim_that_cannot_be_leaves_nothing_behind(
    world: World, changes: dict[str, Any], error: type[ForewarnError]
) -> None:
    with pytest.raises(error):
        world.submit(**changes)
    with world.database.transaction() as session:
        assert warranty.list_claims(session, PLATFORM, PAGE).items == []


def test_tomorrow_has_come_somewhere(world: World) -> None:
    # It is noon on 1 July in UTC, and 2 July on the islands at +14.
    assert world.submit(failure_on=date(2026, 7, 2)).state is ClaimState.ACCEPTED


def test_markup_and_sql_in_every_text_are_only_text(world: World) -> None:
    nasty = "<img src=x onerror=alert(1)>'; DROP TABLE warranty_parts.claims; --"
    claim = world.submit(
        position=nasty,
        part_number=nasty,
        failed_serial=nasty,
        replacement_serial=nasty + "2",
        work_order_id=nasty,
        alarm_id=nasty,
        complaint_ids=[nasty],
        invoice_number=nasty,
    )
    with world.database.transaction() as session:
        stored = warranty.get_claim(session, PLATFORM, claim.id)
        assert stored.lines[0].position == nasty
        assert [hit.id for hit in warranty.search_claims(session, PLATFORM, nasty)] == [claim.id]


def test_claims_are_found_by_what_people_have_in_hand(world: World) -> None:
    claim = world.submit(
        failed_serial="S-1",
        replacement_serial="S-2",
        work_order_id="wo_77",
        invoice_number="INV-9",
        repaired_on=REPAIRED_ON,
    )
    with world.database.transaction() as session:
        for query in (
            claim.id,
            claim.number,
            claim.number.lower(),
            "wo_77",
            "s1",
            "S 2",
            "inv9",
            world.asset.serial_number.lower(),
        ):
            found = warranty.search_claims(session, PLATFORM, query)
            assert [hit.id for hit in found] == [claim.id], query
        assert warranty.search_claims(session, PLATFORM, "  ") == []
        assert warranty.search_claims(session, PLATFORM, "nothing") == []
        of_asset = warranty.claims_of_asset(session, PLATFORM, world.asset.id)
        assert [hit.id for hit in of_asset] == [claim.id]
