"""Public verbs on sites."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.paging import PageRequest, Slice
from registry import audit
from registry.changes import change, require_version
from registry.errors import UnknownOrganisation
from registry.models import Site
from registry.permissions import Principal
from registry.sites import repository
from registry.sites.errors import SiteInUse, UnknownTimeZone
from registry.sites.repository import SiteFilter

__all__ = [
    "SiteFacts",
    "SiteFilter",
    "archive_site",
    "create_site",
    "get_site",
    "list_sites",
    "restore_site",
    "update_site",
]


@dataclass(frozen=True)
class SiteFacts:
    """A place; `latitude` and `longitude` in degrees (WGS 84), `time_zone` an IANA name."""

    id: str
    organisation_id: str
    name: str
    address: str | None
    time_zone: str
    latitude: float | None
    longitude: float | None
    archived_at: datetime | None
    version: int


def _facts(row: Site) -> SiteFacts:
    return SiteFacts(
        row.id,
        row.organisation_id,
        row.name,
        row.address,
        row.time_zone,
        row.latitude,
        row.longitude,
        row.archived_at,
        row.version,
    )


def _seen(session: Session, actor: Principal, site_id: str) -> Site:
    row = repository.site(session, site_id)
    if row is None:
        raise NotFound(f"no site {site_id}")
    actor.require_sees(row.organisation_id, f"site {site_id}")
    return row


def _check_time_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownTimeZone(f"no time zone {name}", time_zone=name) from None


def get_site(session: Session, actor: Principal, site_id: str) -> SiteFacts:
    """Return one site.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("assets.read")
    return _facts(_seen(session, actor, site_id))


def list_sites(
    session: Session, actor: Principal, wanted: SiteFilter, page: PageRequest
) -> Slice[SiteFacts]:
    """Return sites in the actor's scope, by name.

    Raises:
        Forbidden.
    """
    actor.require("assets.read")
    rows = repository.sites(session, actor.scope, wanted, page)
    return Slice.cut(rows, page.limit, lambda row: (row.name, row.id)).map(_facts)


def create_site(
    session: Session,
    actor: Principal,
    *,
    organisation_id: str,
    name: str,
    address: str | None = None,
    time_zone: str = "UTC",
    latitude: float | None = None,
    longitude: float | None = None,
) -> SiteFacts:
    """Add a site of an organisation.

    Raises:
        Forbidden, UnknownOrganisation, UnknownTimeZone.
    """
    actor.require("administration.manage")
    if not actor.sees(organisation_id) or not repository.is_live_organisation(
        session, organisation_id
    ):
        raise UnknownOrganisation(f"no organisation {organisation_id}")
    _check_time_zone(time_zone)
    row = Site(
        id=new_id("site"),
        organisation_id=organisation_id,
        name=name,
        address=address,
        time_zone=time_zone,
        latitude=latitude,
        longitude=longitude,
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    audit.record(
        session,
        actor,
        "site.create",
        "site",
        row.id,
        organisation_id=organisation_id,
        changes={"name": [None, name]},
    )
    return _facts(row)


def update_site(
    session: Session,
    actor: Principal,
    site_id: str,
    values: Mapping[str, Any],
    expected_version: int | None,
) -> SiteFacts:
    """Change a site's name, address, time zone or position.

    Raises:
        Forbidden, NotFound, StaleVersion, UnknownTimeZone.
    """
    actor.require("administration.manage")
    row = _seen(session, actor, site_id)
    if "time_zone" in values:
        _check_time_zone(values["time_zone"])
    change(
        session,
        actor,
        row,
        values,
        kind="site",
        organisation_id=row.organisation_id,
        expected_version=expected_version,
    )
    return _facts(row)


def archive_site(
    session: Session, actor: Principal, site_id: str, expected_version: int | None
) -> SiteFacts:
    """Put a site away.

    Raises:
        Forbidden, NotFound, StaleVersion.
        SiteInUse: live assets or gateways are there.
    """
    actor.require("administration.manage")
    _seen(session, actor, site_id)
    row = repository.locked(session, site_id)
    assert row is not None  # it was seen, and rows are not deleted
    require_version(row, expected_version)
    left = repository.what_is_left(session, site_id)
    if left:
        counted = ", ".join(f"{count} {name}" for name, count in left.items())
        raise SiteInUse(f"it still has {counted}", **left)
    return _set_archived(session, actor, row, row.archived_at or utc_now())


def restore_site(
    session: Session, actor: Principal, site_id: str, expected_version: int | None
) -> SiteFacts:
    """Bring an archived site back.

    Raises:
        Forbidden, NotFound, StaleVersion.
        UnknownOrganisation: its organisation is archived.
    """
    actor.require("administration.manage")
    row = _seen(session, actor, site_id)
    require_version(row, expected_version)
    if not repository.is_live_organisation(session, row.organisation_id):
        raise UnknownOrganisation("its organisation is archived; restore that first")
    return _set_archived(session, actor, row, None)


def _set_archived(session: Session, actor: Principal, row: Site, at: datetime | None) -> SiteFacts:
    change(
        session,
        actor,
        row,
        {"archived_at": at},
        kind="site",
        organisation_id=row.organisation_id,
        expected_version=None,
        action=f"site.{'restore' if at is None else 'archive'}",
    )
    return _facts(row)
