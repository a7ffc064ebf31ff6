"""Queries for gateways and tag mappings."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.paging import PageRequest
from registry.models import Asset, Gateway, Site, TagMapping


def gateway(session: Session, gateway_id: str) -> Gateway | None:
    return session.get(Gateway, gateway_id)


def site(session: Session, site_id: str) -> Site | None:
    return session.get(Site, site_id)


def gateways(
    session: Session, scope: Collection[str] | None, page: PageRequest
) -> Sequence[Gateway]:
    query = select(Gateway).order_by(Gateway.id).limit(page.limit + 1)
    if scope is not None:
        query = query.where(Gateway.organisation_id.in_(scope))
    if page.after is not None:
        query = query.where(Gateway.id > page.after_id())
    return session.scalars(query).all()


def assets_by_serial_key(
    session: Session, organisation_id: str, serial_keys: Collection[str]
) -> dict[str, str]:
    """Return asset ids by serial key, of one organisation's live assets."""
    rows = session.execute(
        select(Asset.serial_key, Asset.id).where(
            Asset.serial_key.in_(serial_keys), Asset.organisation_id == organisation_id
        )
    )
    return {serial_key: asset_id for serial_key, asset_id in rows}  # noqa: C416


def tags(session: Session, gateway_id: str) -> dict[str, tuple[str, str]]:
    """Return asset id and series name by tag."""
    rows = session.execute(
        select(TagMapping.tag, TagMapping.asset_id, TagMapping.series_name).where(
            TagMapping.gateway_id == gateway_id
        )
    )
    return {tag: (asset_id, series_name) for tag, asset_id, series_name in rows}


def put_tags(session: Session, gateway_id: str, mapped: Mapping[str, tuple[str, str]]) -> None:
    """Write mappings in the order of tags, so that two writers cannot deadlock."""
    statement = insert(TagMapping)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["gateway_id", "tag"],
            set_={
                "asset_id": statement.excluded.asset_id,
                "series_name": statement.excluded.series_name,
            },
        ),
        [
            {"gateway_id": gateway_id, "tag": tag, "asset_id": asset_id, "series_name": name}
            for tag, (asset_id, name) in sorted(mapped.items())
        ],
    )


def gateway_ids(session: Session, scope: Collection[str]) -> set[str]:
    return set(session.scalars(select(Gateway.id).where(Gateway.organisation_id.in_(scope))))
