"""Every query on notices."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session, aliased, undefer

from kernel.ids import new_id
from work_orders.notices.models import (
    Notice,
    NoticeAttempt,
    NoticeChannel,
    NoticeDelivery,
    NoticePreferences,
    NoticeTemplate,
)


def channel(session: Session, channel_id: str) -> NoticeChannel | None:
    return session.get(NoticeChannel, channel_id)


def lock_channel(session: Session, channel_id: str) -> NoticeChannel | None:
    return session.scalars(
        select(NoticeChannel)
        .where(NoticeChannel.id == channel_id)
        .options(undefer(NoticeChannel.sealed))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def channels_of(session: Session, person_id: str) -> Sequence[NoticeChannel]:
    return session.scalars(
        select(NoticeChannel)
        .where(NoticeChannel.person_id == person_id, NoticeChannel.removed_at.is_(None))
        .order_by(NoticeChannel.id)
    ).all()


def put_standing(session: Session, made: NoticeChannel) -> None:
    """Add somebody's standing channel of a kind, unless there is one."""
    session.execute(
        insert(NoticeChannel)
        .values(
            id=made.id,
            person_id=made.person_id,
            kind=made.kind,
            label=made.label,
            hint=made.hint,
            sealed=made.sealed,
            topics=made.topics,
            standing=True,
        )
        .on_conflict_do_nothing()
    )


def people_told_of(session: Session, topic: str) -> Sequence[str]:
    return session.scalars(
        select(NoticeChannel.person_id)
        .where(
            NoticeChannel.topics.contains([topic]),
            NoticeChannel.enabled,
            NoticeChannel.removed_at.is_(None),
        )
        .distinct()
        .order_by(NoticeChannel.person_id)
    ).all()


def preferences(session: Session, person_id: str) -> NoticePreferences | None:
    return session.get(NoticePreferences, person_id, populate_existing=True)


def put_preferences(session: Session, values: Mapping[str, object]) -> None:
    changed = {name: value for name, value in values.items() if name != "person_id"}
    session.execute(
        insert(NoticePreferences)
        .values(**values)
        .on_conflict_do_update(index_elements=["person_id"], set_=changed)
    )


def templates(session: Session) -> Sequence[NoticeTemplate]:
    return session.scalars(select(NoticeTemplate)).all()


def template(session: Session, topic: str, language: str) -> NoticeTemplate | None:
    return session.get(NoticeTemplate, (topic, language), populate_existing=True)


def has_notice(session: Session, event_id: str, topic: str, channel_id: str) -> bool:
    return bool(
        session.scalar(
            select(
                exists().where(
                    Notice.event_id == event_id,
                    Notice.topic == topic,
                    Notice.channel_id == channel_id,
                )
            )
        )
    )


def bundle_until(session: Session, channel_id: str, due_at: datetime, now: datetime) -> str:
    """Return the delivery that holds a channel's notices until a moment; it stays locked."""
    statement = insert(NoticeDelivery).values(
        id=new_id("ntd"),
        channel_id=channel_id,
        bundle=True,
        due_at=due_at,
        first_due_at=due_at,
        created_at=now,
    )
    return session.execute(
        statement.on_conflict_do_update(
            index_elements=["channel_id", "due_at"],
            index_where=NoticeDelivery.bundle
            & (NoticeDelivery.state == "waiting")
            & (NoticeDelivery.attempts == 0),
            set_={"due_at": due_at},
        ).returning(NoticeDelivery.id)
    ).scalar_one()


def claim(session: Session, now: datetime, lease: timedelta) -> NoticeDelivery | None:
    """Take the next delivery that is due; None when nothing is, or others have it.

    A channel's deliveries go one after the other: of each only the first is looked at, and none while
    another is under way. One whose sender vanished is taken over when its lease is over.
    """
    first = aliased(NoticeDelivery)
    busy = aliased(NoticeDelivery)
    firsts = (
        select(first.id)
        .join(NoticeChannel, NoticeChannel.id == first.channel_id)
        .where(
            or_(
                (first.state == "waiting") & (first.due_at <= now),
                (first.state == "sending") & (first.lease_until < now),
            ),
            or_(NoticeChannel.paused_until.is_(None), NoticeChannel.paused_until <= now),
            ~exists().where(
                busy.channel_id == first.channel_id,
                busy.state == "sending",
                busy.lease_until >= now,
            ),
        )
        .ext(distinct_on(first.channel_id))
        .order_by(first.channel_id, first.due_at, first.id)
    )
    found = session.scalars(
        select(NoticeDelivery)
        .where(
            NoticeDelivery.id.in_(firsts),
            or_(NoticeDelivery.state == "waiting", NoticeDelivery.lease_until < now),
        )
        .order_by(NoticeDelivery.due_at, NoticeDelivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        return None
    found.state, found.claim = "sending", new_id("claim")
    found.lease_until = now + lease
    found.attempts += 1
    session.flush()
    return found


def give_up(session: Session, first_due_before: datetime, now: datetime, limit: int) -> int:
    """End what waited too long behind a channel that fails: it would not get its turn."""
    waiting = (
        select(NoticeDelivery.id)
        .join(NoticeChannel, NoticeChannel.id == NoticeDelivery.channel_id)
        .where(
            NoticeDelivery.state == "waiting",
            NoticeDelivery.first_due_at < first_due_before,
            NoticeChannel.failures > 0,
        )
        .limit(limit)
        .with_for_update(of=NoticeDelivery, skip_locked=True)
    )
    ended = session.scalars(
        update(NoticeDelivery)
        .where(NoticeDelivery.id.in_(waiting))
        .values(state="dead", ended_at=now, reason="channel_fails")
        .returning(NoticeDelivery.id)
        .execution_options(synchronize_session=False)
    )
    return len(ended.all())


def claimed(session: Session, delivery_id: str, claim_id: str) -> NoticeDelivery | None:
    return session.scalars(
        select(NoticeDelivery)
        .where(NoticeDelivery.id == delivery_id, NoticeDelivery.claim == claim_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def notices_of(session: Session, delivery_ids: Collection[str]) -> Sequence[Notice]:
    return session.scalars(
        select(Notice).where(Notice.delivery_id.in_(delivery_ids)).order_by(Notice.id)
    ).all()


def attempts_of(session: Session, delivery_id: str) -> Sequence[NoticeAttempt]:
    return session.scalars(
        select(NoticeAttempt)
        .where(NoticeAttempt.delivery_id == delivery_id)
        .order_by(NoticeAttempt.id)
    ).all()


def deliveries(
    session: Session, states: Collection[str], person_id: str | None, before: str | None, limit: int
) -> Sequence[tuple[NoticeDelivery, NoticeChannel]]:
    query = select(NoticeDelivery, NoticeChannel).join(
        NoticeChannel, NoticeChannel.id == NoticeDelivery.channel_id
    )
    if states:
        query = query.where(NoticeDelivery.state.in_(states))
    if person_id is not None:
        query = query.where(NoticeChannel.person_id == person_id)
    if before is not None:
        query = query.where(NoticeDelivery.id < before)
    rows = session.execute(query.order_by(NoticeDelivery.id.desc()).limit(limit))
    return [(row[0], row[1]) for row in rows]


def lock_delivery(session: Session, delivery_id: str) -> NoticeDelivery | None:
    return session.scalars(
        select(NoticeDelivery)
        .where(NoticeDelivery.id == delivery_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def note_success(session: Session, channel_id: str) -> None:
    session.execute(
        update(NoticeChannel)
        .where(NoticeChannel.id == channel_id, NoticeChannel.failures > 0)
        .values(failures=0, paused_until=None)
    )


def note_failure(session: Session, channel_id: str, paused_until: datetime) -> None:
    session.execute(
        update(NoticeChannel)
        .where(NoticeChannel.id == channel_id)
        .values(failures=NoticeChannel.failures + 1, paused_until=paused_until)
    )


def count_channels(session: Session, person_id: str) -> int:
    return session.execute(
        select(func.count()).where(
            NoticeChannel.person_id == person_id, NoticeChannel.removed_at.is_(None)
        )
    ).scalar_one()
