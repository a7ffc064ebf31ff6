"""Queries for locations."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from warranty_parts.locations.models import Location


def locations_by_id(session: Session, location_ids: Collection[str]) -> Sequence[Location]:
    return session.scalars(select(Location).where(Location.id.in_(location_ids))).all()


def location_of_asset(session: Session, asset_id: str) -> Location | None:
    return session.scalars(select(Location).where(Location.asset_id == asset_id)).one_or_none()


def van_of(session: Session, person_id: str) -> Location | None:
    return session.scalars(select(Location).where(Location.person_id == person_id)).one_or_none()


def put_location(session: Session, values: dict[str, Any]) -> bool:
    """Add a location unless its asset or person has one; tell whether it was added."""
    added = session.execute(
        insert(Location).values(**values).on_conflict_do_nothing().returning(Location.id)
    ).first()
    return added is not None


def locations(
    session: Session,
    *,
    organisation_ids: Collection[str] | None,
    kind: str | None,
    after_id: str | None,
    limit: int,
) -> Sequence[Location]:
    query = select(Location)
    if organisation_ids is not None:
        query = query.where(Location.organisation_id.in_(organisation_ids))
    if kind is not None:
        query = query.where(Location.kind == kind)
    if after_id is not None:
        query = query.where(Location.id < after_id)
    return session.scalars(query.order_by(Location.id.desc()).limit(limit)).all()
