"""R16: a claim that waits has clocks; they rest while its claimant is asked, and end with the decision."""

from datetime import UTC, datetime

import pytest

from kernel import outbox
from kernel.clock import FakeClock, use_clock
from kernel.db import Database
from registry.permissions import PLATFORM
from tests.support.warranty import World, world
from warranty_parts import service as warranty
from warranty_parts.service import ClaimState
from work_orders import handlers
from work_orders.sla import documents, repository
from work_orders.sla.history import INFORMATION, History

assert handlers  # they subscribe as they are imported
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def plant(database: Database) -> World:
    return world(database)


def history(plant: World, claim_id: str) -> History | None:
    while outbox.relay(plant.database):
        pass
    with plant.database.transaction() as session:
        subject = repository.subject(session, claim_id)
        return None if subject is None else documents.history_of(subject.history)


def test_r16_a_claim_that_waits_rests_while_its_claimant_is_asked_and_ends_decided(
    plant: World,
) -> None:
    with use_clock(FakeClock(NOW)):
        asked = plant.submit(part_number="Q-1")
        assert asked.state is ClaimState.NEEDS_INFORMATION
        past = history(plant, asked.id)
        assert past is not None
        assert (past.started_at, past.ended_at) == (asked.submitted_at, None)
        assert [(each.why, each.ends) for each in past.standstills] == [(INFORMATION, None)]
        with plant.database.transaction() as session:
            warranty.decide_claim(
                session, PLATFORM, asked.id, "accept", reason="seen", expected_version=None
            )
        past = history(plant, asked.id)
    assert past is not None
    assert past.ended_at == NOW


def test_a_claim_that_is_decided_at_once_has_none(plant: World) -> None:
    with use_clock(FakeClock(NOW)):
        claim = plant.submit()
        assert claim.state is ClaimState.ACCEPTED
        assert history(plant, claim.id) is None
