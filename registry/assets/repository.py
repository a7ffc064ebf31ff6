"""Queries for sites, models, assets, gateways and tag mappings."""

import re
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from registry.models import Asset, Gateway, ProductModel, TagMapping

_PUNCTUATION = re.compile(r"[\s_./-]")


def serial_key(serial_number: str) -> str:
    """Return the serial as people mean it, as the database's generated column computes it."""
    return _PUNCTUATION.sub("", serial_number).lower()


def asset(session: Session, asset_id: str) -> Asset | None:
    return session.get(Asset, asset_id)


def asset_by_serial(session: Session, serial_number: str) -> Asset | None:
    return session.scalars(
        select(Asset).where(Asset.serial_key == serial_key(serial_number))
    ).one_or_none()


def assets_by_id(session: Session, asset_ids: Sequence[str]) -> Sequence[Asset]:
    return session.scalars(select(Asset).where(Asset.id.in_(asset_ids))).all()


def model(session: Session, model_id: str) -> ProductModel | None:
    return session.get(ProductModel, model_id)


def gateway(session: Session, gateway_id: str) -> Gateway | None:
    return session.get(Gateway, gateway_id)


def put_tag(session: Session, gateway_id: str, tag: str, asset_id: str, series_name: str) -> None:
    values = {"asset_id": asset_id, "series_name": series_name}
    session.execute(
        insert(TagMapping)
        .values(gateway_id=gateway_id, tag=tag, **values)
        .on_conflict_do_update(index_elements=["gateway_id", "tag"], set_=values)
    )


def tags_of_asset(session: Session, asset_id: str) -> Sequence[TagMapping]:
    return session.scalars(
        select(TagMapping).where(TagMapping.asset_id == asset_id).order_by(TagMapping.tag)
    ).all()
