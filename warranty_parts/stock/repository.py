"""Queries for movements and balances."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, and_, case, func, insert, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from warranty_parts.catalogue.models import Part
from warranty_parts.locations.models import Location
from warranty_parts.stock.models import Entry, Movement


def heads(
    session: Session, pairs: Collection[tuple[str, str]]
) -> Sequence[Row[str, str, int, int]]:
    """Return (location, part, seq, balance) of the last entry of each (location, part) that has any."""
    wanted = list(pairs)
    last = (
        select(Entry.location_id, Entry.part_id, func.max(Entry.seq).label("seq"))
        .where(tuple_(Entry.location_id, Entry.part_id).in_(wanted))
        .group_by(Entry.location_id, Entry.part_id)
        .subquery()
    )
    return session.execute(
        select(Entry.location_id, Entry.part_id, Entry.seq, Entry.balance_after).join(
            last,
            and_(
                Entry.location_id == last.c.location_id,
                Entry.part_id == last.c.part_id,
                Entry.seq == last.c.seq,
            ),
        )
    ).all()


def add_movements(
    session: Session, movements: list[dict[str, Any]], entries: list[dict[str, Any]]
) -> None:
    session.execute(insert(Movement), movements)
    session.execute(insert(Entry), entries)


def movement(session: Session, movement_id: str) -> Movement | None:
    return session.get(Movement, movement_id)


def movements_by_id(session: Session, movement_ids: Collection[str]) -> Sequence[Movement]:
    return session.scalars(select(Movement).where(Movement.id.in_(movement_ids))).all()


def reversal_of(session: Session, movement_id: str) -> Movement | None:
    return session.scalars(
        select(Movement).where(Movement.reverses_id == movement_id)
    ).one_or_none()


def movements(
    session: Session,
    *,
    organisation_ids: Collection[str] | None,
    part_id: str | None,
    location_id: str | None,
    work_order_id: str | None,
    after_id: str | None,
    limit: int,
) -> Sequence[Movement]:
    query = select(Movement)
    if organisation_ids is not None:
        seen = select(Location.id).where(Location.organisation_id.in_(organisation_ids))
        query = query.where(
            or_(Movement.from_location_id.in_(seen), Movement.to_location_id.in_(seen))
        )
    if part_id is not None:
        query = query.where(Movement.part_id == part_id)
    if location_id is not None:
        query = query.where(
            or_(Movement.from_location_id == location_id, Movement.to_location_id == location_id)
        )
    if work_order_id is not None:
        query = query.where(Movement.work_order_id == work_order_id)
    if after_id is not None:
        query = query.where(Movement.id < after_id)
    return session.scalars(query.order_by(Movement.id.desc()).limit(limit)).all()


def stock(
    session: Session,
    *,
    organisation_ids: Collection[str] | None,
    part_id: str | None,
    location_id: str | None,
    after: tuple[str, str] | None,
    limit: int,
) -> Sequence[tuple[Location, Part, int]]:
    """Return (location, part, balance) where the balance is not nothing, in order of their ids."""
    latest = (
        select(Entry.location_id, Entry.part_id, Entry.balance_after)
        .ext(distinct_on(Entry.location_id, Entry.part_id))
        .order_by(Entry.location_id, Entry.part_id, Entry.seq.desc())
    )
    if part_id is not None:
        latest = latest.where(Entry.part_id == part_id)
    if location_id is not None:
        latest = latest.where(Entry.location_id == location_id)
    if after is not None:
        latest = latest.where(
            tuple_(Entry.location_id, Entry.part_id) > tuple_(literal(after[0]), literal(after[1]))
        )
    balances = latest.subquery()
    query = (
        select(Location, Part, balances.c.balance_after)
        .join(balances, balances.c.location_id == Location.id)
        .join(Part, Part.id == balances.c.part_id)
        .where(balances.c.balance_after != 0)
        .order_by(balances.c.location_id, balances.c.part_id)
        .limit(limit)
    )
    if organisation_ids is not None:
        query = query.where(Location.organisation_id.in_(organisation_ids))
    return [(location, part, int(balance)) for location, part, balance in session.execute(query)]


def disagreements(session: Session) -> Sequence[Row[str, str, int, int]]:
    """Return (location, part, balance by movements, balance by entries) where the two differ."""
    moved = (
        select(Movement.from_location_id.label("location_id"), Movement.part_id,
               (-Movement.quantity).label("delta"))
        .union_all(select(Movement.to_location_id, Movement.part_id, Movement.quantity))
        .subquery()
    )  # fmt: skip
    sums = (
        select(moved.c.location_id, moved.c.part_id, func.sum(moved.c.delta).label("balance"))
        .group_by(moved.c.location_id, moved.c.part_id)
        .subquery()
    )
    last = (
        select(Entry.location_id, Entry.part_id, Entry.balance_after)
        .ext(distinct_on(Entry.location_id, Entry.part_id))
        .order_by(Entry.location_id, Entry.part_id, Entry.seq.desc())
        .subquery()
    )
    joined = and_(sums.c.location_id == last.c.location_id, sums.c.part_id == last.c.part_id)
    by_movements = func.coalesce(sums.c.balance, 0)
    by_entries = func.coalesce(last.c.balance_after, 0)
    return session.execute(
        select(
            case((sums.c.location_id.is_(None), last.c.location_id), else_=sums.c.location_id),
            case((sums.c.part_id.is_(None), last.c.part_id), else_=sums.c.part_id),
            by_movements,
            by_entries,
        )
        .select_from(sums.join(last, joined, full=True))
        .where(by_movements != by_entries)
    ).all()
