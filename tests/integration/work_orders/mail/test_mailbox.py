"""R01, R03: letters in a real mailbox become complaints and words on them, each once; answers go out."""

import imaplib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import text

from kernel import outbox
from kernel.clock import utc_now
from kernel.errors import Forbidden, NotFound
from kernel.paging import PageRequest
from kernel.settings import forget_settings
from registry.attachments.service import list_attachments
from tests.integration.work_orders.mail.conftest import DESK, Post
from tests.support import factories, pictures
from work_orders import handlers
from work_orders.mail import mailbox, sending, service, taking
from work_orders.mail.errors import AlreadyDecided
from work_orders.mail.rules import State
from work_orders.service import (
    TicketDetail,
    TicketFilter,
    comment_on_complaint,
    get_complaint,
    list_complaints,
)

assert handlers  # they subscribe as they are imported
Make = Callable[..., EmailMessage]


def taken(post: Post) -> dict[str, int]:
    return {str(state): count for state, count in mailbox.look(post.database).items()}


def sent(post: Post) -> list[EmailMessage]:
    while outbox.relay(post.database):
        pass
    sending.send_due(post.database)
    return post.smtp.messages


def complaints(post: Post) -> list[TicketDetail]:
    """Return the plant's complaints, the oldest first."""
    with post.database.transaction() as session:
        found = list_complaints(session, post.plant.customer, TicketFilter(), PageRequest(limit=50))
        return [get_complaint(session, post.plant.agent, each.id) for each in reversed(found.items)]


def words(detail: TicketDetail, *, internal: bool = False) -> list[str]:
    return [
        each.text or ""
        for each in detail.timeline
        if each.kind == "comment" and each.internal == internal
    ]


def test_r01_a_letter_becomes_a_complaint_and_its_writer_is_told(post: Post, letter: Make) -> None:
    first = letter(
        f"水泵 {post.plant.serial_number} 漏水，请尽快处理。",
        Subject="水泵漏水",
        Message_ID="<1@plant.example>",
    )
    first.add_attachment(pictures.jpeg(), maintype="image", subtype="jpeg", filename="leak.jpg")
    post.deliver(first)
    assert taken(post) == {"opened": 1}
    (complaint,) = complaints(post)
    assert complaint.ticket.title == "水泵漏水"
    assert complaint.ticket.asset_id == post.plant.asset_id
    assert complaint.ticket.fields["channel"] == "email"
    with post.database.transaction() as session:
        files = list_attachments(
            session, post.plant.customer, "complaint", complaint.ticket.id, PageRequest()
        )
        assert [each.file_name for each in files.items] == ["leak.jpg"]
    (told,) = sent(post)
    assert (told["To"], told["From"]) == (post.customer, f"Forewarn <{DESK}>")
    assert complaint.ticket.number in told["Subject"]
    assert told["In-Reply-To"] == "<1@plant.example>"
    assert told["Auto-Submitted"] == "auto-replied"
    assert "编号" in told.get_content()
    assert post.imap.count("INBOX") == 0
    assert post.imap.count("Forewarn") >= 1


def test_r03_a_thread_goes_on_in_both_directions(post: Post, letter: Make) -> None:
    post.deliver(letter("It leaks.", Subject="Pump", Message_ID="<2@plant.example>"))
    taken(post)
    (complaint,) = complaints(post)
    with post.database.transaction() as session:
        comment_on_complaint(session, post.plant.agent, complaint.ticket.id, "Since when?")
        comment_on_complaint(
            session, post.plant.agent, complaint.ticket.id, "Old seal again", internal=True
        )
    acknowledged, asked = sent(post)
    assert asked.get_content().strip() == "Since when?"
    assert asked["Auto-Submitted"] is None
    reply = letter(
        f"Since Monday.\n\nOn Monday, Desk <{DESK}> wrote:\n> Since when?\n",
        Subject="AW: something else",
        Message_ID="<3@plant.example>",
        In_Reply_To=asked["Message-ID"],
        References=f"{acknowledged['Message-ID']} {asked['Message-ID']}",
    )
    post.deliver(reply)
    assert taken(post) == {"added": 1}
    (complaint,) = complaints(post)
    assert words(complaint) == ["Since when?", "Since Monday."]
    assert len(sent(post)) == 2
    by_number = letter("And it is hot.", Subject=f"Re: [{complaint.ticket.number}] Pump")
    post.deliver(by_number)
    assert taken(post) == {"added": 1}
    assert words(complaints(post)[0])[-1] == "And it is hot."


def test_each_letter_once_whatever_is_retried(post: Post, letter: Make) -> None:
    letters = [
        letter(f"Leak {n}", Subject=f"Pump {n}", Message_ID=f"<many-{n}@plant.example>")
        for n in range(12)
    ]
    post.deliver(*letters, *letters[:6])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: _look_hard(post), range(4)))
    assert len(complaints(post)) == 12
    assert post.imap.count("INBOX") == 0
    # A mailbox that forgets that letters were moved, and hands them out again.
    post.deliver(*letters)
    taken(post)
    assert len(complaints(post)) == 12
    assert len(sent(post)) == 12


def _look_hard(post: Post) -> None:
    for _ in range(3):
        mailbox.look(post.database)


def test_nothing_is_lost_when_the_database_refuses(
    post: Post, letter: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.deliver(letter("It leaks.", Subject="Pump", Message_ID="<4@plant.example>"))

    def full(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(taking, "create_complaint", full)
        taken(post)
    assert post.imap.count("INBOX") == 1
    assert complaints(post) == []
    assert taken(post) == {"opened": 1}


def test_a_letter_that_cannot_be_worked_holds_up_no_other(
    post: Post, letter: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.deliver(
        letter("Breaks us", Subject="first", Message_ID="<first@x>"),
        letter("It leaks.", Subject="second", Message_ID="<second@x>"),
    )
    create = taking.create_complaint

    def broken(session: Any, actor: Any, new: Any) -> Any:
        if new.title == "first":
            raise ZeroDivisionError
        return create(session, actor, new)

    with monkeypatch.context() as at_first:
        at_first.setattr(taking, "create_complaint", broken)
        assert taken(post) == {"held": 1, "opened": 1}
    assert post.imap.count("INBOX") == 0
    plant = post.plant
    with post.database.transaction() as session:
        (held,) = service.list_mail(session, plant.agent, [State.HELD], PageRequest()).items
        assert (held.reason, held.detail) == ("not_taken", "ZeroDivisionError")
        service.open_complaint(session, plant.agent, held.id, plant.organisation_id)
    assert sorted(each.ticket.title for each in complaints(post)) == ["first", "second"]


def test_a_server_that_hangs_up_is_looked_into_again(
    post: Post, letter: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.deliver(letter("It leaks.", Subject="Pump", Message_ID="<hangs-up@x>"))

    def hangs_up(*_: Any) -> None:
        raise imaplib.IMAP4.abort("socket error: EOF")

    with monkeypatch.context() as cut:
        cut.setattr(mailbox, "_raw", hangs_up)
        assert taken(post) == {}
    ((problem,),) = post.rows("SELECT problem FROM work_orders.mailboxes")
    assert "EOF" in str(problem)
    assert taken(post) == {"opened": 1}
    assert post.rows("SELECT problem FROM work_orders.mailboxes") == [(None,)]


def test_machines_are_not_answered(post: Post, letter: Make) -> None:
    post.deliver(
        letter("I am away.", Subject="Away", Auto_Submitted="auto-replied", Message_ID="<5@x>"),
        letter("News", Subject="News", Precedence="bulk", Message_ID="<6@x>"),
        letter("Ours", Subject="Ours", X_Forewarn_Desk="mail_1", Message_ID="<7@x>"),
    )
    assert taken(post) == {"automatic": 3}
    assert complaints(post) == []
    assert sent(post) == []


def test_strangers_wait_for_a_person(post: Post, letter: Make) -> None:
    stranger = letter("My pump leaks.", Subject="Pump", Message_ID="<8@elsewhere.example>")
    stranger.replace_header("From", "Someone <someone@elsewhere.example>")
    post.deliver(stranger)
    assert taken(post) == {"held": 1}
    plant = post.plant
    with post.database.transaction() as session:
        (held,) = service.list_mail(session, plant.agent, [State.HELD], PageRequest()).items
        assert (held.reason, held.sender) == ("unknown_sender", "someone@elsewhere.example")
        assert service.get_mail(session, plant.agent, held.id).body == "My pump leaks."
        for outsider, refused in ((plant.customer, Forbidden), (plant.engineer, Forbidden)):
            with pytest.raises(refused):
                service.list_mail(session, outsider, None, PageRequest())
    assert sent(post) == []
    with post.database.transaction() as session:
        opened = service.open_complaint(session, plant.agent, held.id, plant.organisation_id)
    assert opened.state == "opened"
    assert [each.ticket.title for each in complaints(post)] == ["Pump"]
    assert [each["To"] for each in sent(post)] == ["someone@elsewhere.example"]
    with post.database.transaction() as session:
        with pytest.raises(AlreadyDecided):
            service.discard(session, plant.agent, held.id, "spam")
        with pytest.raises(NotFound):
            service.get_mail(session, plant.agent, "mail_none")


def test_another_customer_cannot_write_into_a_thread(post: Post, letter: Make) -> None:
    post.deliver(letter("It leaks.", Subject="Pump", Message_ID="<9@plant.example>"))
    taken(post)
    (complaint,) = complaints(post)
    (told,) = sent(post)
    with post.database.transaction() as session:
        address = session.scalar(
            text("SELECT email FROM registry.people WHERE id = :id"),
            {"id": post.plant.stranger.person_id},
        )
    for subject, headers in (
        ("x", {"In_Reply_To": told["Message-ID"], "Message_ID": "<10@x>"}),
        (complaint.ticket.number, {"Message_ID": "<11@x>"}),
    ):
        intruder = letter("Let me see.", Subject=subject, **headers)
        intruder.replace_header("From", str(address))
        post.deliver(intruder)
    assert taken(post) == {"held": 1, "opened": 1}
    (complaint,) = complaints(post)
    assert words(complaint) == []
    with post.database.transaction() as session:
        (held,) = service.list_mail(session, post.plant.agent, [State.HELD], PageRequest()).items
        assert held.reason == "stranger_in_thread"
        discarded = service.discard(session, post.plant.agent, held.id, "not theirs")
        assert (discarded.state, discarded.detail) == ("discarded", "not theirs")


def test_what_fails_dmarc_waits(post: Post, letter: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREWARN_MAIL_AUTHENTICATED_BY", "mx.maker.example")
    forget_settings()
    forged = "mx.maker.example; spf=fail; dmarc=fail"
    post.deliver(letter("Pay me", Subject="x", Authentication_Results=forged, Message_ID="<12@x>"))
    assert taken(post) == {"held": 1}
    assert post.rows("SELECT reason FROM work_orders.mail_messages") == [("not_authenticated",)]


def test_a_flood_of_one_sender_waits(
    post: Post, letter: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREWARN_MAIL_HOURLY_MAX", "3")
    forget_settings()
    post.deliver(*(letter("Leak", Subject=str(n), Message_ID=f"<flood-{n}@x>") for n in range(5)))
    assert taken(post) == {"opened": 3, "held": 2}


def test_letters_that_cannot_be_read_are_on_record(
    post: Post, letter: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREWARN_MAIL_SIZE_MAX", "20000")
    forget_settings()
    post.deliver(
        b"Subject: nobody\r\n\r\nx\r\n",
        letter("x " * 20_000, Subject="=?utf-8?b?aHVnZQA=?=", Message_ID="<13@x>"),
    )
    assert taken(post) == {"refused": 2}
    rows = post.rows("SELECT reason, subject FROM work_orders.mail_messages ORDER BY reason")
    assert rows == [("too_large", "huge\N{REPLACEMENT CHARACTER}"), ("unreadable", "")]
    assert post.imap.count("INBOX") == 0


def test_files_that_cannot_be_kept_are_named(post: Post, letter: Make) -> None:
    first = letter("See the file.", Subject="Pump", Message_ID="<14@x>")
    first.add_attachment(b"MZ\x90", maintype="image", subtype="png", filename="trick.png")
    post.deliver(first)
    assert taken(post) == {"opened": 1}
    (note,) = words(complaints(post)[0], internal=True)
    assert "trick.png" in note


def test_the_desk_s_own_letters_stay_internal(post: Post, letter: Make) -> None:
    post.deliver(letter("It leaks.", Subject="Pump", Message_ID="<15@x>"))
    taken(post)
    (complaint,) = complaints(post)
    with post.database.transaction() as session:
        own = factories.person(session, "desk_agent")
        address = own.email
    inside = letter("Bill them.", Subject=complaint.ticket.number, Message_ID="<16@x>")
    inside.replace_header("From", address)
    post.deliver(inside)
    assert taken(post) == {"added": 1}
    assert words(complaints(post)[0], internal=True) == ["Bill them."]
    with post.database.transaction() as session:
        comment_on_complaint(session, post.plant.agent, complaint.ticket.id, "We come on Monday.")
    assert [each["To"] for each in sent(post)] == [post.customer] * 2


def test_a_server_that_refuses_is_tried_again_and_given_up(
    post: Post, letter: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREWARN_MAIL_SEND_ATTEMPTS_MAX", "2")
    forget_settings()
    post.deliver(letter("It leaks.", Subject="Pump", Message_ID="<17@x>"))
    taken(post)
    said = "451 try later"

    async def refuse(*_: Any) -> str:
        return said

    monkeypatch.setattr(post.smtp, "handle_DATA", refuse)
    for state, attempts in (("waiting", 1), ("failed", 2)):
        _due_now(post)
        assert sending.send_due(post.database) == 0
        rows = post.rows(
            "SELECT state, attempts, detail FROM work_orders.mail_messages WHERE direction = 'out'"
        )
        assert rows[0][:2] == (state, attempts)
        assert "451" in str(rows[0][2])
    monkeypatch.undo()
    forget_settings()
    plant = post.plant
    with post.database.transaction() as session:
        (failed,) = service.list_mail(session, plant.agent, [State.FAILED], PageRequest()).items
        assert service.send_again(session, plant.agent, failed.id).state == "waiting"
    assert sending.send_due(post.database) == 0  # no server is set any more


def test_a_hard_refusal_is_final(post: Post, letter: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    post.deliver(letter("It leaks.", Subject="Pump", Message_ID="<18@x>"))
    taken(post)

    async def refuse(*_: Any) -> str:
        return "550 nobody here"

    monkeypatch.setattr(post.smtp, "handle_DATA", refuse)
    assert sending.send_due(post.database) == 0
    assert post.rows("SELECT state FROM work_orders.mail_messages WHERE direction = 'out'") == [
        ("failed",)
    ]


def test_a_mailbox_that_cannot_be_read_says_so_once(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREWARN_MAIL_IMAP_PASSWORD", "a wrong secret")
    forget_settings()
    assert taken(post) == {}
    (problem,) = post.rows("SELECT problem FROM work_orders.mailboxes")
    assert problem[0]
    assert "a wrong secret" not in str(problem[0])
    monkeypatch.undo()


def test_two_workers_send_a_letter_once(post: Post, letter: Make) -> None:
    post.deliver(*(letter("Leak", Subject=str(n), Message_ID=f"<two-{n}@x>") for n in range(10)))
    taken(post)
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda _: sending.send_due(post.database), range(4)))
    assert sum(counts) == len(post.smtp.messages) == 10
    assert len({each["Message-ID"] for each in post.smtp.messages}) == 10


def _due_now(post: Post) -> None:
    with post.database.transaction() as session:
        session.execute(
            text("UPDATE work_orders.mail_messages SET next_attempt_at = :now"), {"now": utc_now()}
        )
