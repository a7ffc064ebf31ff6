"""The public verbs of notices: tell somebody, and look after what could not be delivered."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.paging import PageRequest, Slice
from registry import audit
from registry.names import people_names
from registry.permissions import Principal
from work_orders.notices import channels, repository, wording
from work_orders.notices.errors import DeliveryNotDead
from work_orders.notices.models import Notice, NoticeChannel, NoticeDelivery
from work_orders.notices.rules import Topic, is_urgent, release_at
from work_orders.notices.shipped import word
from work_orders.notices.templates import Words, fill
from work_orders.tickets.fields import TEXT_LENGTH_MAX, plain_text

# Values of a topic's placeholders in a reader's time zone.
Values = Callable[[str], Mapping[str, str]]


@dataclass(frozen=True)
class Occasion:
    """What somebody is told of.

    Attributes:
        event_id: of the fact behind it; each channel is told of it once.
        object_id: the ticket or alarm, for the log.
        grade: the ticket's priority or the alarm's severity.
        also_kinds: kinds of channels that are used besides those which want the topic, such as `sms`.
    """

    event_id: str
    topic: Topic
    object_id: str | None
    grade: str | None = None
    also_kinds: tuple[str, ...] = ()


def notify(session: Session, recipient: Principal, occasion: Occasion, values: Values) -> int:
    """Write down that somebody is to be told, once for each channel that wants it; return for how many.

    Quiet hours and digests decide when; what is urgent goes out at once. Nothing is sent here.
    """
    person_id = channels.own_id(recipient)
    rows = channels.ensure_standing(session, recipient, {"email", *occasion.also_kinds})
    wanting = [
        row
        for row in rows
        if row.enabled and (occasion.topic in row.topics or row.kind in occasion.also_kinds)
    ]
    if not wanting:
        return 0
    preferences = channels.preferences_of(session, person_id)
    template = wording.words_for(session, occasion.topic, wording.language_of(recipient))
    words = fill(template, values(preferences.time_zone))
    now = utc_now()
    urgent = is_urgent(occasion.topic, occasion.grade)
    held_until = release_at(preferences, now, urgent=urgent)
    told = 0
    for row in wanting:
        if repository.has_notice(session, occasion.event_id, occasion.topic, row.id):
            continue
        delivery_id = (
            _put_delivery(session, row.id, now)
            if held_until is None
            else repository.bundle_until(session, row.id, held_until, now)
        )
        session.add(_notice(occasion, row.id, delivery_id, words, now, urgent=urgent))
        told += 1
    session.flush()
    return told


def _put_delivery(session: Session, channel_id: str, now: datetime) -> str:
    made = NoticeDelivery(
        id=new_id("ntd"),
        channel_id=channel_id,
        bundle=False,
        due_at=now,
        first_due_at=now,
        created_at=now,
    )
    session.add(made)
    session.flush()
    return made.id


def _notice(
    occasion: Occasion,
    channel_id: str,
    delivery_id: str,
    words: Words,
    now: datetime,
    *,
    urgent: bool,
) -> Notice:
    return Notice(
        id=new_id("ntc"),
        event_id=occasion.event_id,
        topic=occasion.topic,
        channel_id=channel_id,
        delivery_id=delivery_id,
        object_id=occasion.object_id,
        urgent=urgent,
        subject=words.subject,
        body=words.body,
        created_at=now,
    )


def send_test(session: Session, actor: Principal, channel_id: str) -> str:
    """Send a test through one of one's own channels, whatever the hour; return the delivery's id.

    Raises:
        NotFound: it is not one's own.
    """
    row = channels.own_channel(session, actor, channel_id)
    row.failures, row.paused_until = 0, None
    now = utc_now()
    language = wording.language_of(actor)
    words = Words(word(language, "test_subject"), word(language, "test_body"))
    delivery_id = _put_delivery(session, row.id, now)
    session.add(
        Notice(
            id=new_id("ntc"), event_id=delivery_id, topic="test", channel_id=row.id,
            delivery_id=delivery_id, object_id=None, urgent=True, subject=words.subject,
            body=words.body, created_at=now,
        )
    )  # fmt: skip
    session.flush()
    return delivery_id


@dataclass(frozen=True)
class NoticeFacts:
    """One notice of a delivery."""

    id: str
    topic: str
    object_id: str | None
    urgent: bool
    subject: str
    body: str
    created_at: datetime


@dataclass(frozen=True)
class DeliveryFacts:
    """One message to a channel; `reason` says why it ended without being sent, or was sent again."""

    id: str
    channel_id: str
    channel_kind: str
    channel_label: str
    channel_hint: str
    person_id: str
    person_name: str
    bundle: bool
    state: str
    due_at: datetime
    attempts: int
    created_at: datetime
    ended_at: datetime | None
    reason: str | None
    notices: list[NoticeFacts]


@dataclass(frozen=True)
class AttemptFacts:
    """One attempt to hand a delivery over."""

    attempted_at: datetime
    duration_ms: int
    outcome: str
    detail: str | None


def _facts(
    session: Session, rows: Collection[tuple[NoticeDelivery, NoticeChannel]]
) -> list[DeliveryFacts]:
    notices: dict[str, list[NoticeFacts]] = {}
    names = people_names(session, {channel.person_id for _, channel in rows})
    for each in repository.notices_of(session, [row.id for row, _ in rows]):
        notices.setdefault(each.delivery_id, []).append(
            NoticeFacts(
                each.id, each.topic, each.object_id, each.urgent, each.subject, each.body,
                each.created_at,
            )
        )  # fmt: skip
    return [
        DeliveryFacts(
            row.id, row.channel_id, channel.kind, channel.label, channel.hint, channel.person_id,
            names.get(channel.person_id, ""),
            row.bundle, row.state, row.due_at, row.attempts, row.created_at, row.ended_at, row.reason,
            notices.get(row.id, []),
        )
        for row, channel in rows
    ]  # fmt: skip


def list_deliveries(
    session: Session,
    actor: Principal,
    page: PageRequest,
    *,
    states: Collection[str] = (),
    own: bool = False,
) -> Slice[DeliveryFacts]:
    """Return deliveries, the newest first: one's own, or everybody's for an administrator.

    Raises:
        Forbidden: others' are asked for, and the actor may not administer.
    """
    if not own:
        _require_desk(actor)
    rows = repository.deliveries(
        session,
        states,
        channels.own_id(actor) if own else None,
        page.after_id(),
        page.limit + 1,
    )
    cut = Slice.cut(rows, page.limit, lambda row: (row[0].id,))
    return Slice(_facts(session, cut.items), cut.next_key)


def _require_desk(actor: Principal) -> None:
    actor.require("administration.manage")
    if actor.scope is not None:
        raise NotFound("no deliveries")


def get_delivery(
    session: Session, actor: Principal, delivery_id: str
) -> tuple[DeliveryFacts, list[AttemptFacts]]:
    """Return a delivery and every attempt.

    Raises:
        Forbidden, NotFound.
    """
    _require_desk(actor)
    return _one(session, delivery_id)


def _one(session: Session, delivery_id: str) -> tuple[DeliveryFacts, list[AttemptFacts]]:
    row = repository.lock_delivery(session, delivery_id)
    channel = None if row is None else repository.channel(session, row.channel_id)
    if row is None or channel is None:
        raise NotFound(f"no delivery {delivery_id}")
    attempts = [
        AttemptFacts(each.attempted_at, each.duration_ms, each.outcome, each.detail)
        for each in repository.attempts_of(session, delivery_id)
    ]
    return _facts(session, [(row, channel)])[0], attempts


def send_again(session: Session, actor: Principal, delivery_id: str) -> DeliveryFacts:
    """Let a dead delivery wait for its turn again, with all its attempts before it.

    Raises:
        Forbidden, NotFound.
        DeliveryNotDead: it is under way, sent or dropped.
    """
    _require_desk(actor)
    row = _dead(session, delivery_id)
    now = utc_now()
    row.state, row.due_at, row.first_due_at, row.attempts = "waiting", now, now, 0
    row.bundle, row.ended_at, row.reason = False, None, None
    channel = repository.lock_channel(session, row.channel_id)
    if channel is not None:
        channel.paused_until = None
    session.flush()
    audit.record(session, actor, "notice_delivery.send_again", "notice_delivery", row.id)
    return _one(session, delivery_id)[0]


def drop(session: Session, actor: Principal, delivery_id: str, reason: str) -> DeliveryFacts:
    """End a dead delivery for good.

    Raises:
        Forbidden, NotFound.
        DeliveryNotDead: it is under way, sent or dropped.
        InvalidText: the reason cannot be kept.
    """
    _require_desk(actor)
    plain_text("reason", reason, min(500, TEXT_LENGTH_MAX))
    row = _dead(session, delivery_id)
    row.state, row.reason = "dropped", reason
    session.flush()
    audit.record(session, actor, "notice_delivery.drop", "notice_delivery", row.id, reason=reason)
    return _one(session, delivery_id)[0]


def _dead(session: Session, delivery_id: str) -> NoticeDelivery:
    row = repository.lock_delivery(session, delivery_id)
    if row is None:
        raise NotFound(f"no delivery {delivery_id}")
    if row.state != "dead":
        raise DeliveryNotDead(f"it is {row.state}", state=row.state)
    return row
