"""Handing deliveries to providers: at least once, each with the same key in every attempt.

A delivery is claimed in one transaction, handed over outside of any, and settled in another. A sender that
dies in between leaves a lease behind; when it is over, another hands the delivery over again.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from kernel.clock import utc_now
from kernel.db import Database
from kernel.errors import ForewarnError
from kernel.log import get_logger
from kernel.settings import settings
from registry.identity.service import principal_for
from work_orders.notices import providers, repository
from work_orders.notices.channels import full_address
from work_orders.notices.models import NoticeAttempt, NoticeChannel
from work_orders.notices.providers import Message, Result
from work_orders.notices.rules import Language, backoff, is_dead, pause
from work_orders.notices.settings import Notices
from work_orders.notices.templates import Words, bundle
from work_orders.notices.wording import html_of, language_of

log = get_logger(__name__)

# What a sender needs beside the provider's time.
LEASE_BEYOND_TIMEOUT: Final = timedelta(seconds=30)
ROUND_SECONDS_MAX: Final = 30
GIVEN_UP_MAX: Final = 500


def send_due(database: Database) -> int:
    """Hand over what is due, several channels at once, for a bounded time; return how much was tried."""
    own = settings(Notices)
    now = utc_now()
    with database.transaction() as session:
        repository.give_up(session, now - timedelta(hours=own.give_up_hours), now, GIVEN_UP_MAX)
    until = now + timedelta(seconds=ROUND_SECONDS_MAX)
    counts: list[int] = []
    senders = [
        threading.Thread(target=_send_some, args=(database, until, counts), name="sender")
        for _ in range(own.senders - 1)
    ]
    first = _send_one(database)
    if not first:
        return 0
    for sender in senders:
        sender.start()
    _send_some(database, until, counts)
    for sender in senders:
        sender.join()
    return 1 + sum(counts)


def _send_some(database: Database, until: datetime, counts: list[int]) -> None:
    count = 0
    try:
        while utc_now() < until and _send_one(database):
            count += 1
    except Exception:
        # In a thread of its own nobody else would hear of it; the next round begins anew.
        log.exception("a sender stopped")
    counts.append(count)


@dataclass(frozen=True)
class _Claimed:
    """A delivery that this process has, with what is needed to hand it over; or why it cannot be."""

    delivery_id: str
    claim: str
    channel: NoticeChannel
    message: Message
    refusal: str | None


def _send_one(database: Database) -> bool:
    """Claim, hand over and settle one delivery; False when none is due."""
    own = settings(Notices)
    claimed = _claim(database, timedelta(seconds=own.send_timeout_s) + LEASE_BEYOND_TIMEOUT)
    if claimed is None:
        return False
    began = utc_now()
    _settle(database, claimed, _hand_over(claimed, own.send_timeout_s), began)
    return True


def _claim(database: Database, lease: timedelta) -> _Claimed | None:
    with database.transaction() as session:
        row = repository.claim(session, utc_now(), lease)
        if row is None:
            return None
        channel = repository.lock_channel(session, row.channel_id)
        assert row.claim is not None
        assert channel is not None  # a foreign key says so
        owner = principal_for(session, channel.person_id)
        refusal = None
        if owner is None:
            refusal = "recipient_inactive"
        elif not channel.enabled or channel.removed_at is not None:
            refusal = "channel_off"
        notices = repository.notices_of(session, [row.id])
        words = [Words(each.subject, each.body) for each in notices]
        language = "en" if owner is None else language_of(owner)
        return _Claimed(row.id, row.claim, channel, _message(row.id, language, words), refusal)


def _hand_over(claimed: _Claimed, timeout_s: float) -> Result:
    if claimed.refusal is not None:
        return Result("refused", claimed.refusal, 0)
    try:
        # It looks names up, which may take its time: not inside a transaction.
        address = full_address(claimed.channel)
    except ForewarnError as error:
        return Result("refused", error.code, 0)
    return providers.send(address, claimed.message, timeout_s)


def _message(key: str, language: Language, words: list[Words]) -> Message:
    whole = bundle(language, words)
    return Message(key, whole.subject, whole.body, html_of(whole.body))


def _settle(database: Database, claimed: _Claimed, result: Result, began: datetime) -> None:
    own = settings(Notices)
    now = utc_now()
    with database.transaction() as session:
        session.add(
            NoticeAttempt(
                delivery_id=claimed.delivery_id,
                attempted_at=began,
                duration_ms=result.duration_ms,
                outcome=result.outcome,
                detail=result.detail,
            )
        )
        row = repository.claimed(session, claimed.delivery_id, claimed.claim)
        if row is None:
            # It took longer than the lease, and another has it now: that one settles it.
            return
        row.claim = row.lease_until = None
        if result.outcome == "sent":
            row.state, row.ended_at, row.reason = "sent", now, None
            repository.note_success(session, claimed.channel.id)
            return
        give_up_after = timedelta(hours=own.give_up_hours)
        final = result.outcome == "refused" or is_dead(
            row.attempts, row.first_due_at, now, own.attempts_max, give_up_after
        )
        if final:
            row.state, row.ended_at, row.reason = "dead", now, result.detail
        else:
            row.state, row.due_at = "waiting", now + backoff(row.attempts)
        if result.outcome != "refused":
            channel = repository.lock_channel(session, claimed.channel.id)
            failures = 1 if channel is None else channel.failures + 1
            repository.note_failure(session, claimed.channel.id, now + pause(failures))
    log.warning(
        "a notice was not delivered",
        delivery_id=claimed.delivery_id,
        channel_id=claimed.channel.id,
        outcome=result.outcome,
        detail=result.detail,
    )
