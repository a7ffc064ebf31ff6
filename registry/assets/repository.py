"""Queries for assets, gateways and tag mappings."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Nullable, Row, Select, delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.paging import PageRequest
from registry.assets.rules import serial_key
from registry.models import Asset, Gateway, Organisation, ProductModel, Site, TagMapping


def asset(session: Session, asset_id: str) -> Asset | None:
    return session.get(Asset, asset_id)


def asset_by_serial(session: Session, serial_number: str) -> Asset | None:
    return session.scalars(
        select(Asset).where(Asset.serial_key == serial_key(serial_number))
    ).one_or_none()


def assets_by_id(session: Session, asset_ids: Sequence[str]) -> Sequence[Asset]:
    return session.scalars(select(Asset).where(Asset.id.in_(asset_ids))).all()


def types_of_assets(session: Session, asset_ids: Sequence[str]) -> Sequence[Row[str, str, str]]:
    """Return id, model id and equipment class of assets."""
    return session.execute(
        select(Asset.id, Asset.model_id, ProductModel.equipment_class)
        .join(ProductModel, ProductModel.id == Asset.model_id)
        .where(Asset.id.in_(asset_ids))
    ).all()


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


def tags_of_gateway(session: Session, gateway_id: str) -> Sequence[TagMapping]:
    return session.scalars(
        select(TagMapping).where(TagMapping.gateway_id == gateway_id).order_by(TagMapping.tag)
    ).all()


def drop_foreign_tags(session: Session, asset_id: str, organisation_id: str) -> int:
    """Untie an asset from gateways of other organisations than its own; return how many tags."""
    dropped = session.execute(
        delete(TagMapping)
        .where(
            TagMapping.asset_id == asset_id,
            TagMapping.gateway_id.in_(
                select(Gateway.id).where(Gateway.organisation_id != organisation_id)
            ),
        )
        .returning(TagMapping.tag)
    ).all()
    return len(dropped)


@dataclass(frozen=True)
class AssetFilter:
    """Which assets are wanted; None means no matter."""

    organisation_id: str | None = None
    site_id: str | None = None
    model_id: str | None = None
    equipment_class: str | None = None
    archived: bool | None = False
    text: str | None = None


AssetRow = Row[Asset, ProductModel, str, str | None]


def _rows() -> Select[Asset, ProductModel, str, str | None]:
    return (
        select(Asset, ProductModel, Organisation.name, Nullable(Site.name))
        .join(ProductModel, ProductModel.id == Asset.model_id)
        .join(Organisation, Organisation.id == Asset.organisation_id)
        .outerjoin(Site, Site.id == Asset.site_id)
    )


def asset_row(session: Session, asset_id: str) -> AssetRow | None:
    return session.execute(_rows().where(Asset.id == asset_id)).one_or_none()


def asset_rows(
    session: Session, scope: frozenset[str] | None, wanted: AssetFilter, page: PageRequest
) -> Sequence[AssetRow]:
    """One row more than the page holds, sorted by serial key."""
    query = _rows()
    if scope is not None:
        query = query.where(Asset.organisation_id.in_(scope))
    for column, value in (
        (Asset.organisation_id, wanted.organisation_id),
        (Asset.site_id, wanted.site_id),
        (Asset.model_id, wanted.model_id),
        (ProductModel.equipment_class, wanted.equipment_class),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.archived is not None:
        query = query.where(Asset.archived_at.is_not(None) == wanted.archived)
    if wanted.text:
        query = query.where(
            or_(
                Asset.serial_number.icontains(wanted.text, autoescape=True),
                Asset.serial_key.contains(serial_key(wanted.text) or wanted.text, autoescape=True),
                Asset.name.icontains(wanted.text, autoescape=True),
            )
        )
    if page.after is not None:
        query = query.where(Asset.serial_key > page.after[0])
    return session.execute(query.order_by(Asset.serial_key).limit(page.limit + 1)).all()
