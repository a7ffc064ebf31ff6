"""From an event to a message in somebody's hands, with real mail and web servers."""

import json
import logging
from datetime import UTC, datetime, time

import pytest

from kernel import outbox
from kernel.clock import FakeClock, use_clock
from kernel.log import configure_logging
from kernel.settings import forget_settings
from tests.integration.work_orders.notices.conftest import Desk
from tests.integration.work_orders.plant import assigned_order, complaint, order
from tests.support.hooks import Hooks
from tests.support.mail import Mailbox
from work_orders.events import SlaBreached, SlaRecipients
from work_orders.notices import channels
from work_orders.service import comment_on_complaint

HOSTILE = 'Pump <script>alert("1")</script> {{name}} Bcc: all@example.com'


def _use_mail(monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox) -> None:
    monkeypatch.setenv(
        "FOREWARN_NOTICES_SMTP_URL",
        f"mailto://127.0.0.1:{mailbox.port}?from=desk@example.com&mode=insecure",
    )
    forget_settings()


def test_r18_who_gets_an_order_is_mailed_in_their_own_language(
    desk: Desk, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _use_mail(monkeypatch, mailbox)
    desk.run("UPDATE registry.people SET language = 'zh' WHERE name = 'Ada'")
    with desk.database.transaction() as session:
        made = assigned_order(session, desk.plant, title=HOSTILE)
    desk.relay()
    assert desk.send() == 1
    (message,) = mailbox.messages
    assert message["Subject"] == f"{made.ticket.number} 已派给您：{HOSTILE}"
    assert message["Bcc"] is None
    assert len(mailbox.recipients) == 1
    assert message["X-Forewarn-Delivery"].startswith("ntd_")
    page = message.get_body(("html",))
    plain = message.get_body(("plain",))
    assert page is not None
    assert plain is not None
    assert "<script>" not in page.get_content()
    assert f"https://desk.example.com/work-orders/{made.ticket.id}" in page.get_content()
    assert "设备" in plain.get_content()
    assert "Ada" in plain.get_content()


def test_an_event_makes_one_notice_a_channel_whatever_is_retried(desk: Desk, hooks: Hooks) -> None:
    desk.add("engineer", f"json://{hooks.url}/one", "ticket_assigned")
    desk.add("engineer", f"json://{hooks.url}/two", "ticket_assigned")
    with desk.database.transaction() as session:
        assigned_order(session, desk.plant)
    for _ in range(3):
        desk.relay()
        desk.send()
    desk.run("DELETE FROM kernel.inbox")
    desk.run("UPDATE kernel.outbox SET completed_at = NULL")
    desk.relay()
    desk.send()
    assert sorted(each.path for each in hooks.received) == ["/one", "/two"]
    assert desk.count("notices") == 2
    assert desk.count("notice_deliveries", "state = 'sent'") == 2


def test_the_same_key_goes_with_every_attempt(desk: Desk, hooks: Hooks) -> None:
    desk.add("engineer", f"json://{hooks.url}/x", "ticket_assigned")
    with desk.database.transaction() as session:
        assigned_order(session, desk.plant)
    desk.relay()
    hooks.status = 500
    desk.send()
    assert desk.count("notice_deliveries", "state = 'waiting' AND due_at > now()") == 1
    assert desk.send() == 0
    desk.run("UPDATE work_orders.notice_deliveries SET due_at = now()")
    desk.run("UPDATE work_orders.notice_channels SET paused_until = NULL")
    hooks.status = 200
    desk.send()
    keys = [each.headers["idempotency-key"] for each in hooks.received]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert desk.count("notice_attempts", "outcome = 'failed'") == 1
    assert desk.count("notice_deliveries", "state = 'sent' AND attempts = 2") == 1


def test_r22_night_holds_what_can_wait_and_bundles_it(desk: Desk, hooks: Hooks) -> None:
    desk.add("engineer", f"json://{hooks.url}/x", "ticket_assigned", "sla_breached")
    night, morning = (
        datetime(2026, 11, 21, 15, 30, tzinfo=UTC),
        datetime(2026, 11, 21, 23, tzinfo=UTC),
    )
    with desk.database.transaction() as session:
        channels.set_preferences(
            session, desk.plant.engineer, time_zone="Asia/Shanghai",
            quiet_from=time(22), quiet_to=time(7),
            digest="at_once", daily_at=time(8),
        )  # fmt: skip
        first = assigned_order(session, desk.plant, title="One")
        assigned_order(session, desk.plant, title="Two")
        outbox.publish(session, _breach(desk, first.ticket.id))
    with use_clock(FakeClock(night)):
        desk.relay()
    assert desk.count("notices") == 3
    assert desk.count("notice_deliveries", f"due_at = '{morning.isoformat()}' AND bundle") == 1
    desk.run(
        "UPDATE work_orders.notice_deliveries SET due_at = now() + interval '1 h' WHERE bundle"
    )
    assert desk.send() == 1
    assert "overdue" in hooks.bodies()[0]
    desk.run("UPDATE work_orders.notice_deliveries SET due_at = now() WHERE bundle")
    assert desk.send() == 1
    bundled = json.loads(hooks.bodies()[1])
    assert bundled["title"] == "2 notices from Forewarn"
    assert "One" in bundled["message"]
    assert "Two" in bundled["message"]


def _breach(desk: Desk, ticket_id: str) -> SlaBreached:
    return SlaBreached(
        ticket_id=ticket_id, number="", kind="corrective", organisation_id=desk.plant.organisation_id,
        priority="P2", target="resolution", share=1.0, due_at=datetime(2026, 11, 21, tzinfo=UTC),
        recipients=SlaRecipients(user_ids=[], roles=["engineer"]),
    )  # fmt: skip


def test_r18_the_customer_hears_what_is_said_to_them_and_nothing_internal(
    desk: Desk, hooks: Hooks
) -> None:
    desk.add("customer", f"json://{hooks.url}/customer", "message_added")
    desk.add("stranger", f"json://{hooks.url}/stranger", "message_added", "alarm_raised")
    with desk.database.transaction() as session:
        made = complaint(session, desk.plant)
        agent = desk.plant.agent
        comment_on_complaint(session, agent, made.ticket.id, "A secret of ours", internal=True)
        comment_on_complaint(session, agent, made.ticket.id, "We are on our way")
    desk.relay()
    desk.send()
    assert [each.path for each in hooks.received] == ["/customer"]
    assert "We are on our way" in hooks.bodies()[0]
    assert desk.count("notices", "body LIKE '%secret of ours%'") == 0


def test_somebody_who_may_no_longer_act_is_told_nothing(desk: Desk, hooks: Hooks) -> None:
    desk.add("engineer", f"json://{hooks.url}/x", "ticket_assigned")
    with desk.database.transaction() as session:
        assigned_order(session, desk.plant)
    desk.relay()
    desk.run("UPDATE registry.people SET active = false WHERE name = 'Ada'")
    desk.send()
    assert hooks.received == []
    assert desk.count("notice_deliveries", "state = 'dead' AND reason = 'recipient_inactive'") == 1


def test_an_address_that_has_become_private_is_not_reached(
    desk: Desk, hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.add("engineer", f"json://{hooks.url}/x", "ticket_assigned")
    monkeypatch.delenv("FOREWARN_NOTICES_ALLOWED_NETWORKS")
    forget_settings()
    with desk.database.transaction() as session:
        assigned_order(session, desk.plant)
    desk.relay()
    desk.send()
    assert hooks.received == []
    assert desk.count("notice_deliveries", "state = 'dead' AND reason = 'forbidden_address'") == 1


def test_a_redirect_is_not_followed(desk: Desk, hooks: Hooks) -> None:
    hooks.status, hooks.location = 307, f"http://{hooks.url}/elsewhere"
    desk.add("engineer", f"json://{hooks.url}/x", "ticket_assigned")
    with desk.database.transaction() as session:
        assigned_order(session, desk.plant)
    desk.relay()
    desk.send()
    assert [each.path for each in hooks.received] == ["/x"]
    assert desk.count("notice_deliveries", "state = 'waiting'") == 1


def test_no_secret_is_in_the_log_the_tables_or_the_audit_trail(
    desk: Desk, hooks: Hooks, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("DEBUG")
    logging.getLogger("urllib3").setLevel(logging.NOTSET)
    desk.add("engineer", f"json://user:Tr0ub4dor@{hooks.url}/Gr33nH0use", "ticket_assigned")
    with desk.database.transaction() as session:
        assigned_order(session, desk.plant)
        order(session, desk.plant)
    desk.relay()
    for status in (500, 200):
        hooks.status = status
        desk.send()
        desk.run("UPDATE work_orders.notice_deliveries SET due_at = now() WHERE state = 'waiting'")
        desk.run("UPDATE work_orders.notice_channels SET paused_until = NULL")
    assert len(hooks.received) == 2
    said = capsys.readouterr()
    assert "a notice was not delivered" in said.err + said.out
    for table in ("notice_channels", "notice_attempts", "notice_deliveries", "notices"):
        for secret in ("Tr0ub4dor", "Gr33nH0use"):
            assert secret not in said.err + said.out
            assert desk.count(f"{table} AS t", f"t::text LIKE '%{secret}%'") == 0
    desk.run("DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM registry.audit_entries AS a "
             "WHERE a::text LIKE '%Gr33nH0use%'); END $$")  # fmt: skip
