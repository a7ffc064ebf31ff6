"""Clocks, their deadlines, and which policy counts: R16 without a database."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kernel.calendars.arithmetic import calendar_of
from kernel.calendars.model import CalendarSpec, Span, Window, always
from work_orders.rules import Action, Stage
from work_orders.sla.clocks import Clock, Step, Told, clocks, deadlines, plan
from work_orders.sla.history import History, after_move
from work_orders.sla.rules import (
    CLAIM,
    Escalation,
    Facts,
    Match,
    Policy,
    Recipients,
    Target,
    TargetSpec,
    first_match,
    misses,
)

HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
CALENDARS = {
    "always": calendar_of(always()),
    "office": calendar_of(
        CalendarSpec("UTC", tuple(Window(day, Span(540, 1020)) for day in range(5)))
    ),
}
LEADS = Recipients(roles=("desk_lead",))


def _policy(calendar: str = "always", **facts: object) -> Policy:
    values: dict[str, object] = {
        "id": "p",
        "match": Match(),
        "targets": {
            Target.FIRST_RESPONSE: TargetSpec(60, calendar),
            Target.NEXT_RESPONSE: TargetSpec(120, calendar),
            Target.RESOLUTION: TargetSpec(480, calendar),
        },
        "warn_shares": (0.5, 0.8),
        "escalations": (
            Escalation(Target.RESOLUTION, 1, LEADS, minutes=240, channels=("sms",)),
            Escalation(Target.RESOLUTION, 2, LEADS, share=1.5),
        ),
    }
    return Policy(**{**values, **facts})  # type: ignore[arg-type]  # keywords of one test each


def _clock(history: History, target: Target, policy: Policy | None = None) -> Clock:
    found = clocks(history, policy or _policy(), CALENDARS)
    return [each for each in found if each.target is target][-1]


def _moved(history: History, *moves: tuple[Action, Stage, str | None, float]) -> History:
    for action, stage, reason, hours in moves:
        history = after_move(history, action, stage, reason, MONDAY + hours * HOUR)
    return history


START = (Action.START, Stage.IN_PROGRESS, None, 0.5)


def test_r16_the_first_response_is_the_works_start_not_triage() -> None:
    triaged = _moved(History(MONDAY), (Action.TRIAGE, Stage.TRIAGED, None, 0.1))
    assert _clock(triaged, Target.FIRST_RESPONSE).stopped_at is None
    started = _clock(_moved(triaged, START), Target.FIRST_RESPONSE)
    assert started.stopped_at == MONDAY + 0.5 * HOUR
    assert not started.breached(MONDAY + 9 * HOUR)


def test_r16_a_hold_pauses_only_for_reasons_the_policy_names() -> None:
    for reason, due in (("waiting_for_customer", 10), ("waiting_for_parts", 8)):
        history = _moved(
            History(MONDAY),
            START,
            (Action.HOLD, Stage.ON_HOLD, reason, 1),
            (Action.RESUME, Stage.IN_PROGRESS, None, 3),
        )
        assert _clock(history, Target.RESOLUTION).due_at == MONDAY + due * HOUR


def test_r16_a_paused_clock_has_no_end_and_says_why() -> None:
    held = _moved(History(MONDAY), START, (Action.HOLD, Stage.ON_HOLD, "waiting_for_access", 1))
    clock = _clock(held, Target.RESOLUTION)
    assert (clock.due_at, clock.paused_why) == (None, "waiting_for_access")
    assert clock.elapsed(MONDAY + 50 * HOUR) == HOUR
    assert not clock.breached(MONDAY + 50 * HOUR)
    points = deadlines(clocks(held, _policy(), CALENDARS), _policy())
    assert all(each.due_at is None for each in points if each.target is Target.RESOLUTION)


def test_r16_awaiting_the_customer_pauses_the_resolution_alone() -> None:
    waiting = _moved(
        History(MONDAY), START, (Action.FINISH, Stage.AWAITING_CONFIRMATION, None, 2)
    ).asked(MONDAY + 3 * HOUR)
    assert _clock(waiting, Target.RESOLUTION).due_at is None
    assert _clock(waiting, Target.NEXT_RESPONSE).due_at == MONDAY + 5 * HOUR
    done = _moved(waiting, (Action.CONFIRM, Stage.CLOSED, None, 100))
    resolution = _clock(done, Target.RESOLUTION)
    assert resolution.elapsed(MONDAY + 200 * HOUR) == 2 * HOUR
    assert not resolution.breached(MONDAY + 200 * HOUR)


def test_r16_reopened_work_goes_on_where_it_ended() -> None:
    history = _moved(
        History(MONDAY),
        START,
        (Action.CLOSE, Stage.CLOSED, None, 6),
        (Action.REOPEN, Stage.TRIAGED, None, 30),
    )
    assert _clock(history, Target.RESOLUTION).due_at == MONDAY + 32 * HOUR


def test_r16_a_late_end_stays_a_breach() -> None:
    late = _clock(_moved(History(MONDAY), START, (Action.CLOSE, Stage.CLOSED, None, 9)),
                  Target.RESOLUTION)  # fmt: skip
    assert late.breached(MONDAY + 99 * HOUR)
    assert late.elapsed(MONDAY + 99 * HOUR) - late.amount == HOUR


def test_r16_another_policy_counts_with_all_pauses() -> None:
    history = _moved(
        History(MONDAY),
        START,
        (Action.HOLD, Stage.ON_HOLD, "waiting_for_parts", 1),
        (Action.RESUME, Stage.IN_PROGRESS, None, 3),
    )
    before = _clock(history, Target.RESOLUTION)
    other = _policy(
        targets={Target.RESOLUTION: TargetSpec(120, "always")},
        pausing_reasons=("waiting_for_parts",),
    )
    after = _clock(history, Target.RESOLUTION, other)
    assert (before.due_at, after.due_at) == (MONDAY + 8 * HOUR, MONDAY + 4 * HOUR)


def test_r16_each_message_of_the_customer_starts_a_clock_until_it_is_answered() -> None:
    history = History(MONDAY).asked(MONDAY)  # before the first response: that clock runs already
    assert history.asks == ()
    history = history.responded(MONDAY + HOUR).asked(MONDAY + 2 * HOUR).asked(MONDAY + 3 * HOUR)
    history = history.responded(MONDAY + 4 * HOUR).asked(MONDAY + 5 * HOUR)
    found = [
        (each.round, each.stopped_at, each.due_at)
        for each in clocks(history, _policy(), CALENDARS)
        if each.target is Target.NEXT_RESPONSE
    ]
    assert found == [
        (1, MONDAY + 4 * HOUR, MONDAY + 4 * HOUR),
        (2, None, MONDAY + 7 * HOUR),
    ]


def test_r16_warnings_breach_and_escalation_by_working_time() -> None:
    policy = _policy("office")
    points = {
        each.key: each.due_at
        for each in deadlines(clocks(History(MONDAY), policy, CALENDARS), policy)
        if each.target is Target.RESOLUTION
    }
    assert points == {
        "resolution:1:warn:0.5": MONDAY + 4 * HOUR,
        "resolution:1:warn:0.8": MONDAY + 6.4 * HOUR,
        "resolution:1:breach": MONDAY + 8 * HOUR,
        "resolution:1:escalate:1": MONDAY + 4 * HOUR,
        "resolution:1:escalate:2": MONDAY + 28 * HOUR,  # four hours into Tuesday
    }


def test_r16_an_agreed_end_stands_above_the_policy_and_is_not_paused() -> None:
    history = _moved(
        History(MONDAY, agreed_due_at=MONDAY + 30 * HOUR),
        (Action.HOLD, Stage.ON_HOLD, "waiting_for_customer", 1),
    )
    clock = _clock(history, Target.RESOLUTION)
    assert clock.due_at == MONDAY + 30 * HOUR
    assert clock.paused_why is None


def test_r16_what_was_told_is_told_again_only_when_its_time_moves_into_the_future() -> None:
    policy = _policy()
    wanted = deadlines(clocks(History(MONDAY), policy, CALENDARS), policy)
    told = [Told(each.key, each.due_at, MONDAY) for each in wanted]
    later = plan(told, wanted, MONDAY + 500 * HOUR)
    assert (later.put, later.drop) == ((), ())
    again = plan(told, wanted, MONDAY + 4.5 * HOUR)
    assert {each.step for each in again.put if each.target is Target.RESOLUTION} == {
        Step.WARN,
        Step.BREACH,
        Step.ESCALATE,
    }
    gone = plan([Told("resolution:1:warn:0.3", MONDAY, None)], wanted, MONDAY)
    assert gone.drop == ("resolution:1:warn:0.3",)


def test_r16_the_first_policy_that_matches_counts() -> None:
    vip = _policy(id="vip", match=Match(tiers=("gold",), priorities=("P0", "P1")))
    model = _policy(id="model", match=Match(model_ids=("m1",)))
    rest = _policy(id="rest")
    facts = Facts("complaint", "P1", "gold", "quality", None, "m1")
    assert first_match([vip, model, rest], facts) is vip
    assert first_match([model, vip, rest], facts) is model
    assert first_match([vip, model, rest], Facts("complaint", "P2", "gold")) is rest
    assert misses(vip.match, Facts("complaint", "P2", "silver")) == ["tiers", "priorities"]
    assert first_match([rest], Facts(CLAIM)) is None


_MOVES = st.lists(
    st.tuples(
        st.sampled_from(
            [
                (Action.START, Stage.IN_PROGRESS, None),
                (Action.HOLD, Stage.ON_HOLD, "waiting_for_customer"),
                (Action.HOLD, Stage.ON_HOLD, "waiting_for_parts"),
                (Action.RESUME, Stage.IN_PROGRESS, None),
                (Action.FINISH, Stage.AWAITING_CONFIRMATION, None),
                (Action.REJECT, Stage.IN_PROGRESS, None),
                (Action.ASSIGN, Stage.ASSIGNED, None),
                (Action.REOPEN, Stage.TRIAGED, None),
                (Action.CLOSE, Stage.CLOSED, None),
            ]
        ),
        st.integers(1, 5000),
    ),
    max_size=12,
)


@given(_MOVES, st.integers(0, 20_000))
def test_r16_at_the_due_instant_exactly_the_target_is_used_up(
    moves: list[tuple[tuple[Action, Stage, str | None], int]], minutes: int
) -> None:
    history, at = History(MONDAY), MONDAY
    for (action, stage, reason), later in moves:
        at += timedelta(minutes=later)
        history = after_move(history, action, stage, reason, at)
    now = at + timedelta(minutes=minutes)
    for clock in clocks(history, _policy("office"), CALENDARS):
        late = clock.elapsed(now) > clock.amount
        assert clock.breached(now) == late or clock.elapsed(now) == clock.amount
        if clock.due_at is not None and clock.stopped_at is None and clock.due_at <= now:
            used = clock.calendar.working_time(clock.started_at, clock.due_at, clock.pauses)
            assert used == clock.amount
