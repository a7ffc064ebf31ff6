"""Pure decisions about tickets, their fields, alarms and who takes them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from work_orders.alarms import rules as alarm_rules
from work_orders.dispatch.rules import Candidate, choose, wanted_skills
from work_orders.errors import InvalidText
from work_orders.rules import Family, Priority, TicketKind
from work_orders.tickets import fields, rules
from work_orders.tickets.resolution import ReplacedPart, Resolution, check_resolution

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_numbers_are_read_aloud() -> None:
    assert rules.number_of(Family.WORK_ORDER, 2026, 123) == "WO-2026-000123"
    assert rules.number_of(Family.COMPLAINT, 2026, 1_234_567) == "CP-2026-1234567"


def test_the_matrix_is_monotonous_and_complete() -> None:
    levels = fields.LEVELS
    for impact in range(3):
        for urgency in range(3):
            here = rules.priority_of(levels[impact], levels[urgency])
            if impact < 2:
                assert here <= rules.priority_of(levels[impact + 1], levels[urgency])
            if urgency < 2:
                assert here <= rules.priority_of(levels[impact], levels[urgency + 1])
    assert rules.priority_of("high", "high") is Priority.P0


def test_han_pairs() -> None:
    assert rules.han_pairs("轴承过热 bearing", "泵") == ["承过", "轴承", "过热"]
    assert rules.han_pairs("plain text") == []


@given(st.text(alphabet="泵轴承漏油过热ab ", max_size=30), st.data())
def test_the_pairs_of_a_part_are_among_those_of_the_whole(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert set(rules.han_pairs(text[start:end])) <= set(rules.han_pairs(text))


def _open(order_id: str, priority: str, mode: str, age_hours: int) -> rules.OpenOrder:
    return rules.OpenOrder(order_id, priority, mode, NOW - timedelta(hours=age_hours))


def test_which_order_a_complaint_joins() -> None:
    urgent = _open("wo_1", "P1", "bearing_wear", 5)
    newer = _open("wo_2", "P1", "seal_leak", 1)
    lesser = _open("wo_3", "P3", "overheating", 0)
    unknown = _open("wo_4", "P3", "unspecified", 0)
    orders = [urgent, newer, lesser, unknown]
    assert rules.choose_order_to_join("unspecified", []) is None
    assert rules.choose_order_to_join("unspecified", orders) is newer
    assert rules.choose_order_to_join("overheating", orders) is lesser
    assert rules.choose_order_to_join("cavitation", orders) is newer


def test_rows_are_locked_orders_first() -> None:
    tickets = [("complaint", "cp_1"), ("work_order", "wo_2"), ("work_order", "wo_1")]
    assert rules.in_lock_order(tickets) == ["wo_1", "wo_2", "cp_1"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "blank"),
        (" \n\t", "blank"),
        ("x" * 11, "too_long"),
        ("a\0b", "control_character"),
        ("a\x1bb", "control_character"),
        ("a\ud800b", "control_character"),
    ],
)
def test_texts_that_cannot_be_kept(value: str, reason: str) -> None:
    with pytest.raises(InvalidText) as refused:
        fields.plain_text("title", value, 10)
    assert refused.value.facts["field"] == "title"
    assert refused.value.facts["reason"] == reason


@pytest.mark.parametrize("value", ["<b>x</b>", "'; DROP--", "轴承\n过热", "a\tb"])
def test_texts_are_kept_as_they_came(value: str) -> None:
    assert fields.plain_text("title", value, 10) == value


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"colour": "red"}, "unknown_field"),
        ({"urgency": "very"}, "not_a_choice"),
        ({"contact_phone": "1" * 51}, "too_long"),
        ({"contact_name": 7}, "not_a_text"),
    ],
)
def test_fields_are_judged_by_their_rows(values: dict[str, object], reason: str) -> None:
    with pytest.raises(InvalidText) as refused:
        fields.check_fields(TicketKind.COMPLAINT, values)
    assert refused.value.facts["reason"] == reason


def test_an_order_has_no_fields_of_its_own_yet() -> None:
    with pytest.raises(InvalidText):
        fields.check_fields(TicketKind.PREVENTIVE, {"category": "other"})
    assert fields.defaults(TicketKind.PREVENTIVE) == {}


def test_a_failure_mode_is_never_missing() -> None:
    assert fields.failure_mode(None) == "unspecified"
    assert fields.failure_mode("") == "unspecified"
    assert fields.failure_mode("seal_leak") == "seal_leak"
    with pytest.raises(InvalidText):
        fields.failure_mode("Seal leak")


GOOD = Resolution("worn", cause="wear", remedy="replace", labour_minutes=90)


@pytest.mark.parametrize(
    "resolution",
    [
        Resolution("worn"),
        Resolution("", cause="wear", remedy="replace", labour_minutes=1),
        Resolution("worn", cause="magic", remedy="replace", labour_minutes=1),
        Resolution("worn", cause="wear", remedy="prayed", labour_minutes=1),
        Resolution("worn", cause="wear", remedy="replace", labour_minutes=-1),
        Resolution("worn", "wear", "replace", 1, performed_on=date(2026, 11, 23)),
        Resolution("worn", "wear", "replace", 1, failure_mode="Not A Code"),
        Resolution("worn", "wear", "replace", 1, parts=(ReplacedPart("", "DE"),)),
        Resolution("worn", "wear", "replace", 1, parts=(ReplacedPart("B1", "DE", quantity=0),)),
        Resolution("worn", "wear", "replace", 1, parts=(ReplacedPart("B1", "DE", "s", None, 2),)),
        Resolution("worn", "wear", "replace", 1, parts=(ReplacedPart("B1", "DE"),) * 101),
    ],
)
def test_resolutions_that_say_too_little_or_too_much(resolution: Resolution) -> None:
    with pytest.raises(InvalidInput):
        check_resolution(TicketKind.PREVENTIVE, resolution, NOW)


def test_good_resolutions() -> None:
    check_resolution(TicketKind.PREVENTIVE, GOOD, NOW)
    check_resolution(TicketKind.COMPLAINT, Resolution("explained"), NOW)
    with pytest.raises(InvalidInput):
        check_resolution(
            TicketKind.COMPLAINT, Resolution("x", parts=(ReplacedPart("B1", "DE"),)), NOW
        )


def test_severity_outweighs_deviation() -> None:
    worst = {"severity": "medium", "cause": {"score": 1000}}
    assert alarm_rules.is_worse(alarm_rules.badness("high", {}), worst)
    assert not alarm_rules.is_worse(alarm_rules.badness("medium", {"score": 2}), worst)
    assert alarm_rules.is_worse(alarm_rules.badness("medium", {"score": 1001.5}), worst)
    assert alarm_rules.is_worse(alarm_rules.badness("low", {}), None)
    assert not alarm_rules.is_worse(alarm_rules.badness("medium", {"score": float("inf")}), worst)


def test_suspicion_is_followed_until_work_begins() -> None:
    follow = alarm_rules.may_follow_suspicion
    assert follow("assigned", "alarm", "unspecified", "bearing_wear")
    assert not follow("in_progress", "alarm", "unspecified", "bearing_wear")
    assert not follow("assigned", "person", "unspecified", "bearing_wear")
    assert not follow("assigned", "alarm", "bearing_wear", "bearing_wear")
    assert not follow("assigned", "alarm", "bearing_wear", "unspecified")


def test_ten_thousand_alarms_leave_a_readable_timeline() -> None:
    told = [count for count in range(1, 10_001) if alarm_rules.is_news(count)]
    assert told == [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]


def _candidate(name: str, **facts: object) -> Candidate:
    values: dict[str, object] = {
        "id": f"per_{name}",
        "name": name,
        "skills": frozenset({"pump"}),
        "site_match": True,
        "on_shift": True,
        "open_tickets": 0,
    }
    return Candidate(**{**values, **facts})  # type: ignore[arg-type]  # keywords of one test each


WANTED = ("pump", "bearing_wear")


def test_site_and_skill_are_musts() -> None:
    away = _candidate("away", site_match=False)
    plumber = _candidate("plumber", skills=frozenset({"pipes"}))
    assert choose([away], WANTED, has_site=True).code == "nobody_at_site"
    assert choose([away, plumber], WANTED, has_site=True).code == "nobody_with_skill"
    assert choose([_candidate("a")], WANTED, has_site=False).code == "no_site"
    assert choose([], WANTED, has_site=True).engineer is None


def test_skill_then_shift_then_load_then_name() -> None:
    both = _candidate("z-both", skills=frozenset(WANTED), open_tickets=9, on_shift=False)
    off = _candidate("a-off", on_shift=False)
    busy = _candidate("b-busy", open_tickets=3)
    free = _candidate("d-free")
    same = _candidate("c-same")
    everybody = [both, off, busy, free, same]
    names = []
    while everybody:
        chosen = choose(everybody, WANTED, has_site=True).engineer
        assert chosen is not None
        names.append(chosen.name)
        everybody.remove(chosen)
    assert names == ["z-both", "c-same", "d-free", "b-busy", "a-off"]


def test_nobody_is_asked_for_a_skill_that_is_not_known() -> None:
    assert wanted_skills("unspecified", "unspecified") == ()
    assert wanted_skills("pump", "unspecified") == ("pump",)
    assert choose([_candidate("a", skills=frozenset())], (), has_site=True).code == "chosen"


@given(st.permutations([_candidate(name, open_tickets=n % 2) for n, name in enumerate("abcd")]))
def test_the_choice_does_not_depend_on_the_order_of_rows(candidates: list[Candidate]) -> None:
    chosen = choose(candidates, WANTED, has_site=True).engineer
    assert chosen is not None
    assert chosen.name == "a"
