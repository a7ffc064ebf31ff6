"""Queries for policies and registrations."""

from collections.abc import Collection, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from warranty_parts.coverage.models import Policy, Registration


def policy(session: Session, policy_id: str) -> Policy | None:
    return session.get(Policy, policy_id)


def policy_for_update(session: Session, policy_id: str) -> Policy | None:
    return session.get(Policy, policy_id, with_for_update=True, populate_existing=True)


def policies_for(session: Session, model_id: str, family_ids: Collection[str]) -> Sequence[Policy]:
    return session.scalars(
        select(Policy).where(
            or_(Policy.model_id.is_(None), Policy.model_id == model_id),
            or_(Policy.family_id.is_(None), Policy.family_id.in_(family_ids)),
        )
    ).all()


def policies(session: Session, *, after_id: str | None, limit: int) -> Sequence[Policy]:
    query = select(Policy).order_by(Policy.id.desc()).limit(limit)
    if after_id is not None:
        query = query.where(Policy.id < after_id)
    return session.scalars(query).all()


def registration(session: Session, asset_id: str) -> Registration | None:
    return session.get(Registration, asset_id, populate_existing=True)


def registration_for_update(session: Session, asset_id: str) -> Registration | None:
    return session.get(Registration, asset_id, with_for_update=True, populate_existing=True)
