"""Facts between packages: at least once underneath, once in effect.

`publish` writes the event in the caller's transaction. `relay` hands each event to every handler that
subscribed to its type, each in a transaction of its own that also writes `kernel.inbox`; an event is
complete when all its handlers are. A handler that fails is tried again with back-off, alone: the others
have their inbox rows. Nothing here depends on Redis: losing a wake-up costs a second at most.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.db import Database, on_commit
from kernel.events import Event
from kernel.ids import new_id
from kernel.log import get_logger
from kernel.models import InboxEntry, OutboxEvent

log = get_logger(__name__)

BACKOFF_SECONDS_MAX = 300

EventHandler = Callable[[Session, Any], None]


@dataclass(frozen=True)
class Subscription:
    """One handler of one type of event; `name` is its key in the inbox and must not change."""

    name: str
    event_type: type[Event]
    handle: EventHandler


_subscriptions: dict[str, dict[str, Subscription]] = {}
_wake: list[Callable[[], None]] = []


def subscribe(event_type: type[Event], name: str) -> Callable[[EventHandler], EventHandler]:
    """Register the decorated `handler(session, event)` for `event_type`."""

    def register(handler: EventHandler) -> EventHandler:
        _subscriptions.setdefault(event_type.topic, {})[name] = Subscription(
            name, event_type, handler
        )
        return handler

    return register


def on_publish(wake: Callable[[], None]) -> None:
    """Set what is called after a commit that published something, to relay sooner than the sweep."""
    _wake[:] = [wake]


def publish(session: Session, event: Event) -> str:
    """Write `event` in the caller's transaction and return its id."""
    event_id = new_id("evt")
    session.add(
        OutboxEvent(event_id=event_id, topic=event.topic, payload=event.model_dump(mode="json"))
    )
    for wake in _wake:
        on_commit(session, wake)
    return event_id


def event_id_of(session: Session) -> str:
    """Return the id of the event whose handler this session was opened for; the same when it is retried."""
    return str(session.info["event_id"])


def relay(database: Database, *, limit: int = 100) -> int:
    """Deliver due events; return how many are now complete. Any number may run at once."""
    completed = 0
    for _ in range(limit):
        with database.transaction() as session:
            entry = session.scalars(
                select(OutboxEvent)
                .where(
                    OutboxEvent.completed_at.is_(None), OutboxEvent.next_attempt_at <= func.now()
                )
                .order_by(OutboxEvent.next_attempt_at, OutboxEvent.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).first()
            if entry is None:
                break
            errors = _deliver(database, entry)
            if errors:
                _postpone(session, entry, errors)
            else:
                session.execute(
                    update(OutboxEvent)
                    .where(OutboxEvent.id == entry.id)
                    .values(completed_at=func.clock_timestamp(), last_error=None)
                )
                completed += 1
    return completed


def prune(session: Session, *, before: datetime, limit: int) -> int:
    """Forget up to `limit` events delivered before a time; return how many.

    Their inbox rows go with them: an event that is gone cannot be delivered again.
    """
    gone = session.scalars(
        delete(OutboxEvent)
        .where(
            OutboxEvent.id.in_(
                select(OutboxEvent.id)
                .where(OutboxEvent.completed_at < before)
                .order_by(OutboxEvent.id)
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
        )
        .returning(OutboxEvent.event_id)
    ).all()
    session.execute(delete(InboxEntry).where(InboxEntry.event_id.in_(gone)))
    return len(gone)


def _deliver(database: Database, entry: OutboxEvent) -> list[str]:
    errors = []
    for subscription in _subscriptions.get(entry.topic, {}).values():
        try:
            _handle_once(database, entry, subscription)
        except Exception as error:
            # One failing handler must not keep the event from the others; it is recorded and retried.
            log.exception("handler failed", handler=subscription.name, event_id=entry.event_id)
            errors.append(f"{subscription.name}: {type(error).__name__}: {error}")
    return errors


def _handle_once(database: Database, entry: OutboxEvent, subscription: Subscription) -> None:
    with database.transaction() as session:
        taken = session.execute(
            insert(InboxEntry)
            .values(event_id=entry.event_id, handler=subscription.name)
            .on_conflict_do_nothing()
            .returning(InboxEntry.event_id)
        ).first()
        if taken is not None:
            session.info["event_id"] = entry.event_id
            subscription.handle(session, subscription.event_type.model_validate(entry.payload))


def _postpone(session: Session, entry: OutboxEvent, errors: list[str]) -> None:
    delay_seconds = min(2**entry.attempts, BACKOFF_SECONDS_MAX)
    session.execute(
        update(OutboxEvent)
        .where(OutboxEvent.id == entry.id)
        .values(
            attempts=OutboxEvent.attempts + 1,
            next_attempt_at=func.clock_timestamp() + timedelta(seconds=delay_seconds),
            last_error="; ".join(errors)[:2000],
        )
    )
