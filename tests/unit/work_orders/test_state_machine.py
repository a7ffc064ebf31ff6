"""The state machine's table, against a second description of it written the other way round."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Forbidden, ForewarnError, IllegalTransition, InvalidInput
from registry.permissions import PLATFORM, ROLES, Principal
from tests.unit.work_orders.people import somebody
from work_orders.diagram import diagram
from work_orders.errors import NotYourOrder, ReopenWindowOver
from work_orders.rules import (
    ENDED,
    TRANSITIONS,
    Action,
    Situation,
    Stage,
    TicketKind,
    allowed_actions,
    decide,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
EVERYTHING = {"reason", "hold_reason", "assignee_id", "resolution"}

# By stage: where each action leads. The table in the code is by action.
LEADS_TO: dict[str, dict[str, str]] = {
    "pending": {
        "triage": "triaged",
        "assign": "assigned",
        "cancel": "cancelled",
        "settle": "awaiting_confirmation",
    },
    "triaged": {"assign": "assigned", "cancel": "cancelled", "settle": "awaiting_confirmation"},
    "assigned": {
        "assign": "assigned",
        "start": "in_progress",
        "hold": "on_hold",
        "cancel": "cancelled",
        "settle": "awaiting_confirmation",
    },
    "in_progress": {
        "assign": "assigned",
        "hold": "on_hold",
        "finish": "awaiting_confirmation",
        "close": "closed",
        "cancel": "cancelled",
        "settle": "awaiting_confirmation",
    },
    "on_hold": {
        "assign": "assigned",
        "resume": "in_progress",
        "cancel": "cancelled",
        "settle": "awaiting_confirmation",
    },
    "awaiting_confirmation": {
        "confirm": "closed",
        "reject": "in_progress",
        "cancel": "cancelled",
    },
    "closed": {"reopen": "triaged"},
    "cancelled": {"reopen": "triaged"},
}

# By role: what it may do to an order, and to a complaint, were the stage right and the order its own.
ORDER_ACTIONS = {
    "admin": {*(set(Action) - {Action.SETTLE})},
    "desk_lead": {*(set(Action) - {Action.SETTLE})},
    "desk_agent": {"triage", "confirm", "reject", "reopen"},
    "engineer": {"start", "hold", "resume", "finish", "close"},
    "customer": {"confirm", "reject"},
    "dealer": {"confirm", "reject"},
}
COMPLAINT_ACTIONS = {
    "admin": {*(set(Action) - {Action.SETTLE})},
    "desk_lead": {*(set(Action) - {Action.SETTLE})},
    "desk_agent": {*(set(Action) - {Action.SETTLE})},
    "customer": {"confirm", "reject", "reopen"},
    "dealer": {"confirm", "reject", "reopen"},
}


def _situation(stage: str, actor: Principal, kind: TicketKind, *, mine: bool = True) -> Situation:
    return Situation(
        kind=kind,
        stage=Stage(stage),
        assignee_id=actor.person_id if mine else "per_other",
        closed_at=NOW if Stage(stage) in ENDED else None,
        actor=actor,
        now=NOW,
        reopen_days=14,
    )


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("action", Action)
def test_every_pair_of_stage_and_action(stage: Stage, action: Action) -> None:
    actor = PLATFORM
    wanted = LEADS_TO[stage].get(action)
    situation = _situation(stage, actor, TicketKind.COMPLAINT)
    if wanted is not None:
        assert decide(action, situation, EVERYTHING) == wanted
        return
    with pytest.raises(IllegalTransition) as refused:
        decide(action, situation, EVERYTHING)
    assert set(refused.value.facts["allowed"]) == set(LEADS_TO[stage])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", [TicketKind.PREVENTIVE, TicketKind.COMPLAINT])
def test_what_each_role_may_do(role: str, kind: TicketKind) -> None:
    expected = ORDER_ACTIONS if kind is TicketKind.PREVENTIVE else COMPLAINT_ACTIONS
    actor = somebody(role)
    for stage, leads in LEADS_TO.items():
        allowed = allowed_actions(_situation(stage, actor, kind))
        assert set(allowed) == set(leads) & expected.get(role, set()), stage


def test_an_engineer_works_on_their_own_orders_only() -> None:
    engineer = somebody("engineer")
    theirs = _situation("in_progress", engineer, TicketKind.CORRECTIVE, mine=False)
    with pytest.raises(NotYourOrder):
        decide(Action.CLOSE, theirs, EVERYTHING)
    assert allowed_actions(theirs) == []
    lead = somebody("desk_lead")
    assert decide(
        Action.CLOSE, _situation("in_progress", lead, TicketKind.CORRECTIVE, mine=False), EVERYTHING
    )


def test_rights_are_judged_before_state() -> None:
    with pytest.raises(Forbidden):
        decide(
            Action.ASSIGN,
            _situation("closed", somebody("customer"), TicketKind.PREVENTIVE),
            EVERYTHING,
        )


@pytest.mark.parametrize("action", [row.action for row in TRANSITIONS.values() if row.needs])
def test_what_an_action_needs_must_be_given(action: Action) -> None:
    row = TRANSITIONS[action]
    situation = _situation(row.sources[0], somebody("admin"), TicketKind.PREVENTIVE)
    with pytest.raises(InvalidInput) as refused:
        decide(action, situation, EVERYTHING - set(row.needs))
    assert refused.value.facts["missing"] == list(row.needs)


def test_nothing_is_reopened_after_the_window() -> None:
    lead = somebody("desk_lead")

    def closed_for(age: timedelta) -> Situation:
        return Situation(
            TicketKind.PREVENTIVE, Stage.CLOSED, None, NOW - age, lead, NOW, reopen_days=14
        )

    assert decide(Action.REOPEN, closed_for(timedelta(days=14)), {"reason"}) is Stage.TRIAGED
    late = closed_for(timedelta(days=14, seconds=1))
    with pytest.raises(ReopenWindowOver):
        decide(Action.REOPEN, late, {"reason"})
    assert allowed_actions(late) == []


def test_only_the_platform_settles() -> None:
    situation = _situation("pending", somebody("admin"), TicketKind.COMPLAINT)
    with pytest.raises(Forbidden):
        decide(Action.SETTLE, situation, EVERYTHING)
    assert Action.SETTLE not in allowed_actions(situation)


@given(
    role=st.sampled_from(sorted(ROLES)),
    kind=st.sampled_from(TicketKind),
    stage=st.sampled_from(Stage),
    action=st.sampled_from(Action),
    mine=st.booleans(),
    given_names=st.sets(st.sampled_from(sorted(EVERYTHING))),
)
def test_allowed_means_possible_with_what_it_needs(
    *, role: str, kind: TicketKind, stage: Stage, action: Action, mine: bool, given_names: set[str]
) -> None:
    situation = _situation(stage, somebody(role), kind, mine=mine)
    allowed = action in allowed_actions(situation)
    try:
        target = decide(action, situation, given_names)
    except ForewarnError as error:
        only_incomplete = type(error) is InvalidInput
        assert allowed == only_incomplete
    else:
        assert allowed
        assert target == LEADS_TO[stage][action]


def test_every_stage_can_be_reached_and_left() -> None:
    reached, frontier = {"pending"}, ["pending"]
    while frontier:
        for target in LEADS_TO[frontier.pop()].values():
            if target not in reached:
                reached.add(target)
                frontier.append(target)
    assert reached == set(Stage)
    assert all(LEADS_TO[stage] for stage in Stage)


def test_the_documentation_shows_the_table_that_runs() -> None:
    page = Path(__file__).parents[3] / "docs" / "work-order-states.md"
    assert page.read_text() == diagram(), (
        "python -m work_orders.diagram > docs/work-order-states.md"
    )
