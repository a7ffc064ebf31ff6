"""Queries for sites."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from kernel.paging import PageRequest
from registry.models import Asset, Gateway, Organisation, Site


def site(session: Session, site_id: str) -> Site | None:
    return session.get(Site, site_id)


def locked(session: Session, site_id: str) -> Site | None:
    return session.get(Site, site_id, with_for_update={"key_share": True}, populate_existing=True)


def is_live_organisation(session: Session, organisation_id: str) -> bool:
    """Tell whether an organisation is there and not archived, and keep it so for this transaction."""
    found = session.get(
        Organisation, organisation_id, with_for_update={"read": True}, populate_existing=True
    )
    return found is not None and found.archived_at is None


@dataclass(frozen=True)
class SiteFilter:
    """Which sites are wanted; None means no matter."""

    organisation_id: str | None = None
    archived: bool | None = False
    text: str | None = None


def sites(
    session: Session, scope: frozenset[str] | None, wanted: SiteFilter, page: PageRequest
) -> Sequence[Site]:
    """One row more than the page holds, sorted by name and id."""
    query = select(Site)
    if scope is not None:
        query = query.where(Site.organisation_id.in_(scope))
    if wanted.organisation_id is not None:
        query = query.where(Site.organisation_id == wanted.organisation_id)
    if wanted.archived is not None:
        query = query.where(Site.archived_at.is_not(None) == wanted.archived)
    if wanted.text:
        query = query.where(
            or_(
                Site.name.icontains(wanted.text, autoescape=True),
                Site.address.icontains(wanted.text, autoescape=True),
            )
        )
    if page.after is not None:
        name, last_id = (*page.after, "")[:2]
        query = query.where(or_(Site.name > name, and_(Site.name == name, Site.id > last_id)))
    return session.scalars(query.order_by(Site.name, Site.id).limit(page.limit + 1)).all()


def what_is_left(session: Session, site_id: str) -> dict[str, int]:
    """How many live assets and gateways there are."""
    counts = {
        "assets": select(func.count())
        .select_from(Asset)
        .where(Asset.site_id == site_id, Asset.archived_at.is_(None)),
        "gateways": select(func.count())
        .select_from(Gateway)
        .where(Gateway.site_id == site_id, Gateway.revoked_at.is_(None)),
    }
    found = {name: session.scalars(query).one() for name, query in counts.items()}
    return {name: count for name, count in found.items() if count}
