"""Queries for fitted pieces."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from warranty_parts.fittings.models import Fitting


def at_positions(
    session: Session, asset_id: str, position_keys: Collection[str]
) -> Sequence[Fitting]:
    return session.scalars(
        select(Fitting)
        .where(Fitting.asset_id == asset_id, Fitting.position_key.in_(position_keys))
        .order_by(Fitting.position_key, Fitting.fitted_on)
        # What was read before the lock was taken may have changed since.
        .execution_options(populate_existing=True)
    ).all()


def of_asset(session: Session, asset_id: str) -> Sequence[Fitting]:
    return session.scalars(
        select(Fitting)
        .where(Fitting.asset_id == asset_id)
        .order_by(Fitting.position_key, Fitting.fitted_on, Fitting.recorded_at)
    ).all()


def of_family(session: Session, asset_id: str, family_key: str) -> Sequence[Fitting]:
    return session.scalars(
        select(Fitting).where(Fitting.asset_id == asset_id, Fitting.family_key == family_key)
    ).all()


def open_with_serial(session: Session, family_key: str, serial_key: str) -> Fitting | None:
    return session.scalars(
        select(Fitting).where(
            Fitting.family_key == family_key,
            Fitting.serial_key == serial_key,
            Fitting.ended_on.is_(None),
        )
    ).one_or_none()
