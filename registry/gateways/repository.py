"""Queries for gateways and tag mappings."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.paging import PageRequest
from registry.models import (
    Asset,
    EnrolmentToken,
    Gateway,
    GatewayBrowse,
    GatewayConfiguration,
    GatewayLink,
    Site,
    TagMapping,
)


def gateway(session: Session, gateway_id: str) -> Gateway | None:
    return session.get(Gateway, gateway_id)


def site(session: Session, site_id: str) -> Site | None:
    return session.get(Site, site_id)


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


def locked(session: Session, gateway_id: str) -> Gateway | None:
    """Return a gateway that nobody else changes until this transaction ends."""
    return session.scalars(
        select(Gateway)
        .where(Gateway.id == gateway_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def enrolled(session: Session) -> Sequence[Gateway]:
    """Return all gateways that were ever enrolled, revoked ones too."""
    return session.scalars(
        select(Gateway).where(Gateway.enrolled_at.is_not(None)).order_by(Gateway.id)
    ).all()


def lock_logins(session: Session, gateway_id: str) -> None:
    """Let nobody else change a gateway's logins at the broker until this transaction ends."""
    key = func.hashtextextended(f"logins of gateway {gateway_id}", 0)
    session.execute(select(func.pg_advisory_xact_lock(key)))


def expired_keys(session: Session, now: datetime) -> Sequence[Gateway]:
    """Return gateways whose former key is no longer accepted, locked; others take those that are busy."""
    return session.scalars(
        select(Gateway)
        .where(Gateway.former_key_until <= now)
        .order_by(Gateway.id)
        .with_for_update(skip_locked=True)
    ).all()


def locked_link(session: Session, gateway_id: str) -> GatewayLink:
    """Return what is known of a gateway's check-ins, made when there is nothing yet."""
    session.execute(insert(GatewayLink).values(gateway_id=gateway_id).on_conflict_do_nothing())
    return session.scalars(
        select(GatewayLink)
        .where(GatewayLink.gateway_id == gateway_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def links(session: Session, gateway_ids: Collection[str]) -> dict[str, GatewayLink]:
    rows = session.scalars(select(GatewayLink).where(GatewayLink.gateway_id.in_(gateway_ids)))
    return {row.gateway_id: row for row in rows}


def gateway_of_token(session: Session, token_hash: bytes) -> str | None:
    """Return the gateway an enrolment token is for; None when there is no such token."""
    return session.scalars(
        select(EnrolmentToken.gateway_id).where(EnrolmentToken.token_hash == token_hash)
    ).one_or_none()


def token_by_hash(session: Session, token_hash: bytes) -> EnrolmentToken | None:
    return session.scalars(
        select(EnrolmentToken).where(EnrolmentToken.token_hash == token_hash).with_for_update()
    ).one_or_none()


def tokens(session: Session, gateway_id: str) -> Sequence[EnrolmentToken]:
    return session.scalars(
        select(EnrolmentToken)
        .where(EnrolmentToken.gateway_id == gateway_id)
        .order_by(EnrolmentToken.id.desc())
    ).all()


def void_tokens(session: Session, gateway_id: str, now: datetime) -> None:
    """End a gateway's tokens that nobody has used."""
    session.execute(
        update(EnrolmentToken)
        .where(
            EnrolmentToken.gateway_id == gateway_id,
            EnrolmentToken.used_at.is_(None),
            EnrolmentToken.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def configuration(session: Session, gateway_id: str, version: int) -> GatewayConfiguration | None:
    return session.get(GatewayConfiguration, (gateway_id, version))


def newest_version(session: Session, gateway_id: str) -> int:
    """Return the number of the newest version; 0 when there is none."""
    found = session.scalar(
        select(func.max(GatewayConfiguration.version)).where(
            GatewayConfiguration.gateway_id == gateway_id
        )
    )
    return found or 0


def configurations(
    session: Session, gateway_id: str, page: PageRequest
) -> Sequence[GatewayConfiguration]:
    query = (
        select(GatewayConfiguration)
        .where(GatewayConfiguration.gateway_id == gateway_id)
        .order_by(GatewayConfiguration.version.desc())
        .limit(page.limit + 1)
    )
    before = page.after_number()
    if before is not None:
        query = query.where(GatewayConfiguration.version < before)
    return session.scalars(query).all()


def waiting_browse(session: Session, gateway_id: str) -> GatewayBrowse | None:
    return session.scalars(
        select(GatewayBrowse).where(
            GatewayBrowse.gateway_id == gateway_id, GatewayBrowse.state == "waiting"
        )
    ).one_or_none()


def browse(session: Session, browse_id: str) -> GatewayBrowse | None:
    return session.get(GatewayBrowse, browse_id)


def browses(session: Session, gateway_id: str, limit: int) -> Sequence[GatewayBrowse]:
    return session.scalars(
        select(GatewayBrowse)
        .where(GatewayBrowse.gateway_id == gateway_id)
        .order_by(GatewayBrowse.id.desc())
        .limit(limit)
    ).all()
