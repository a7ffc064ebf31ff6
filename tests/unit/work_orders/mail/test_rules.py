"""What a letter is, by its headers."""

from datetime import timedelta

import pytest

from work_orders.mail.rules import (
    LOOP_HEADER,
    Automatic,
    automatic,
    not_authenticated,
    numbers_in,
    thread_of,
    wait_after,
)

OWN = "desk@maker.example"


@pytest.mark.parametrize(
    ("headers", "sender", "expected"),
    [
        ({}, "someone@plant.example", None),
        ({"auto-submitted": "no"}, "someone@plant.example", None),
        ({"auto-submitted": "auto-replied"}, "someone@plant.example", Automatic.AUTO_SUBMITTED),
        ({"auto-submitted": "Auto-Generated; x=1"}, "a@b.example", Automatic.AUTO_SUBMITTED),
        ({"x-autoreply": "yes"}, "a@b.example", Automatic.AUTO_SUBMITTED),
        ({"precedence": "Bulk"}, "a@b.example", Automatic.BULK),
        ({"list-id": "<users.b.example>"}, "a@b.example", Automatic.BULK),
        ({"return-path": "<>"}, "postmaster@b.example", Automatic.NO_RETURN_PATH),
        ({"content-type": "multipart/report; report-type=x"}, "a@b.example", Automatic.REPORT),
        ({LOOP_HEADER.lower(): "mail_1"}, "a@b.example", Automatic.OWN),
        ({}, OWN, Automatic.OWN),
    ],
)
def test_machines_are_told_from_people(
    headers: dict[str, str], sender: str, expected: Automatic | None
) -> None:
    assert automatic(headers, own_address="Desk@Maker.example", sender=sender) is expected


def test_the_nearest_letter_of_a_thread_comes_first() -> None:
    headers = {"in-reply-to": "<c@x>", "references": "<a@x> <b@x>\n <c@x>"}
    assert thread_of(headers) == ["<c@x>", "<b@x>", "<a@x>"]
    assert thread_of({}) == []
    assert len(thread_of({"references": " ".join(f"<{n}@x>" for n in range(9000))})) == 30


def test_numbers_are_found_as_people_write_them() -> None:
    assert numbers_in("Re: [cp-2026-000123] and WO-2026-000007, CP-2026-000123") == [
        "CP-2026-000123",
        "WO-2026-000007",
    ]
    assert numbers_in("CP-2026-0001234 XCP-2026-000123") == []


def test_only_the_own_server_is_believed_about_dmarc() -> None:
    forged = "mx.stranger.example; dmarc=pass"
    ours = "mx.maker.example; spf=pass; DMARC=fail (p=reject)"
    assert not_authenticated([forged, ours], "mx.maker.example")
    assert not not_authenticated([forged, ours], "")
    assert not not_authenticated(["mx.stranger.example; dmarc=fail"], "mx.maker.example")
    assert not not_authenticated(["", ";"], "mx.maker.example")


def test_waits_double_up_to_eight_hours() -> None:
    assert [wait_after(n) for n in (1, 2, 3)] == [timedelta(minutes=n) for n in (1, 2, 4)]
    assert wait_after(50) == timedelta(hours=8)
