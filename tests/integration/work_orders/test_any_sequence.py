"""Any sequence of actions by anybody, against a model that knows only stages and who may do what."""

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from kernel.clock import FakeClock, use_clock
from kernel.db import Database
from kernel.errors import ForewarnError
from tests.integration.work_orders.plant import AT, Plant, act, complaint, order
from tests.unit.work_orders.test_state_machine import COMPLAINT_ACTIONS, LEADS_TO, ORDER_ACTIONS
from work_orders.rules import Action, TicketKind
from work_orders.service import TicketDetail, get_complaint, get_work_order

ROLES = ("desk_lead", "desk_agent", "engineer", "customer")
OWN_ONLY = {"start", "hold", "resume", "finish", "close"}
WINDOW = timedelta(days=14)


class AnySequence(RuleBasedStateMachine):
    """The model: `stage`, `assignee`, when it ended, and how many times something happened."""

    database: Database
    plant: Plant

    @initialize(kind=st.sampled_from([TicketKind.CORRECTIVE, TicketKind.COMPLAINT]))
    def make(self, kind: TicketKind) -> None:
        self.complaint = kind is TicketKind.COMPLAINT
        self.clock = FakeClock(AT)
        with self.database.transaction() as session, use_clock(self.clock):
            made = complaint(session, self.plant) if self.complaint else order(session, self.plant)
        self.id = made.ticket.id
        self.stage, self.assignee, self.ended_at = "pending", None, None
        self.moves: list[str] = []
        self.last: tuple[str, str] | None = None
        self.actors = {
            "desk_lead": self.plant.lead,
            "desk_agent": self.plant.agent,
            "engineer": self.plant.engineer,
            "customer": self.plant.customer,
        }

    @rule(hours=st.sampled_from([1, 24, 24 * 13]))
    def wait(self, hours: int) -> None:
        self.clock.advance(timedelta(hours=hours))

    @rule(
        role=st.sampled_from(ROLES),
        action=st.sampled_from([each for each in Action if each is not Action.SETTLE]),
    )
    def try_it(self, role: str, action: Action) -> None:
        name = str(action)
        repeat = self.last == (role, name) and name in _leading_to(self.stage)
        possible = self._possible(role, name)
        taker = self.plant.agent if self.complaint else self.plant.engineer
        facts = {"assignee_id": taker.person_id} if name == "assign" else {}
        try:
            with self.database.transaction() as session, use_clock(self.clock):
                act(session, self.actors[role], self.id, name, **facts)
        except ForewarnError:
            assert not possible
            assert not repeat
            return
        assert possible or repeat
        if repeat:
            return
        self.stage = LEADS_TO[self.stage][name]
        self.assignee = taker.person_id if name == "assign" else self.assignee
        self.ended_at = self.clock.now() if self.stage in {"closed", "cancelled"} else None
        self.moves.append(self.stage)
        self.last = (role, name)

    def _possible(self, role: str, action: str) -> bool:
        rights = (COMPLAINT_ACTIONS if self.complaint else ORDER_ACTIONS).get(role, set())
        if action not in rights or action not in LEADS_TO[self.stage]:
            return False
        if action == "reopen" and self.ended_at is not None:
            return self.clock.now() - self.ended_at <= WINDOW
        if not self.complaint and action in OWN_ONLY and role == "engineer":
            return self.assignee == self.plant.engineer.person_id
        return True

    def _seen(self, role: str) -> TicketDetail:
        verb = get_complaint if self.complaint else get_work_order
        with self.database.transaction() as session, use_clock(self.clock):
            return verb(session, self.actors[role], self.id)

    @invariant()
    def the_ticket_is_as_the_model_says(self) -> None:
        if not hasattr(self, "id"):
            return
        seen = self._seen("desk_lead")
        assert seen.ticket.stage == self.stage
        assert seen.ticket.assignee_id == self.assignee
        assert seen.ticket.closed_at == self.ended_at
        moves = [entry.data["to"] for entry in seen.timeline if entry.kind == "transition"]
        assert moves == self.moves

    @invariant()
    def what_is_offered_is_what_is_possible(self) -> None:
        if not hasattr(self, "id"):
            return
        for role in ROLES:
            offered = set(self._seen(role).allowed_actions)
            assert offered == {str(each) for each in Action if self._possible(role, str(each))}


def _leading_to(stage: str) -> set[str]:
    return {action for leads in LEADS_TO.values() for action, to in leads.items() if to == stage}


def test_any_sequence(database: Database, plant: Plant) -> None:
    machine = type("Machine", (AnySequence,), {"database": database, "plant": plant})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=10,
            stateful_step_count=16,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
