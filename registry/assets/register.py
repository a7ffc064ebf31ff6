"""Registering and changing assets; others reach these verbs through `registry.assets.service`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel.changes import announce
from kernel.clock import utc_now
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.paging import PageRequest, Slice
from registry import audit
from registry.assets import repository
from registry.assets.errors import SerialTaken, UnknownModel
from registry.assets.repository import AssetFilter, AssetRow
from registry.assets.rules import check_dates, check_serial
from registry.changes import change, plain, require_version
from registry.errors import UnknownOrganisation, UnknownSite
from registry.models import Asset
from registry.permissions import Principal
from registry.sites.repository import is_live_organisation
from registry.sites.repository import site as find_site

_DATES = ("manufactured_on", "delivered_on", "commissioned_on")


@dataclass(frozen=True)
class AssetRecord:
    """One machine as people see it, with the names of what it refers to."""

    id: str
    serial_number: str
    name: str
    model_id: str
    model_code: str
    model_name: str
    equipment_class: str
    organisation_id: str
    organisation_name: str
    site_id: str | None
    site_name: str | None
    location: str | None
    manufactured_on: date | None
    delivered_on: date | None
    commissioned_on: date | None
    created_at: datetime
    archived_at: datetime | None
    version: int


def _record(row: AssetRow) -> AssetRecord:
    asset, model, organisation_name, site_name = row
    return AssetRecord(
        id=asset.id,
        serial_number=asset.serial_number,
        name=asset.name,
        model_id=model.id,
        model_code=model.code,
        model_name=model.name,
        equipment_class=model.equipment_class,
        organisation_id=asset.organisation_id,
        organisation_name=organisation_name,
        site_id=asset.site_id,
        site_name=site_name,
        location=asset.location,
        manufactured_on=asset.manufactured_on,
        delivered_on=asset.delivered_on,
        commissioned_on=asset.commissioned_on,
        created_at=asset.created_at,
        archived_at=asset.archived_at,
        version=asset.version,
    )


def _read(session: Session, asset_id: str) -> AssetRecord:
    row = repository.asset_row(session, asset_id)
    assert row is not None  # it was made or seen in this transaction
    return _record(row)


def _seen(session: Session, actor: Principal, asset_id: str) -> Asset:
    row = repository.asset(session, asset_id)
    if row is None:
        raise NotFound(f"no asset {asset_id}")
    actor.require_sees(row.organisation_id, f"asset {asset_id}")
    return row


def read_asset(session: Session, actor: Principal, asset_id: str) -> AssetRecord:
    """Return one asset with its names.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("assets.read")
    _seen(session, actor, asset_id)
    return _read(session, asset_id)


def list_assets(
    session: Session, actor: Principal, wanted: AssetFilter, page: PageRequest
) -> Slice[AssetRecord]:
    """Return assets in the actor's scope, by serial.

    Raises:
        Forbidden.
    """
    actor.require("assets.read")
    rows = repository.asset_rows(session, actor.scope, wanted, page)
    return Slice.cut(rows, page.limit, lambda row: (row[0].serial_key,)).map(_record)


def register_asset(
    session: Session,
    actor: Principal,
    *,
    serial_number: str,
    name: str,
    model_id: str,
    organisation_id: str,
    site_id: str | None = None,
    location: str | None = None,
    manufactured_on: date | None = None,
    delivered_on: date | None = None,
    commissioned_on: date | None = None,
) -> AssetRecord:
    """Add a machine to the installed base.

    Raises:
        Forbidden, UnknownOrganisation, UnknownSite, UnknownModel, DatesOutOfOrder, InvalidSerial.
        SerialTaken: there is one with this serial, case and punctuation aside.
    """
    actor.require("assets.write")
    check_serial(serial_number)
    check_dates(manufactured_on, delivered_on, commissioned_on)
    _require_organisation(session, actor, organisation_id)
    _require_model(session, model_id)
    _require_site(session, site_id, organisation_id)
    _require_free(session, serial_number, None)
    row = Asset(
        id=new_id("ast"),
        serial_number=serial_number,
        name=name,
        model_id=model_id,
        organisation_id=organisation_id,
        site_id=site_id,
        location=location,
        manufactured_on=manufactured_on,
        delivered_on=delivered_on,
        commissioned_on=commissioned_on,
    )
    session.add(row)
    session.flush()
    values = ("serial_number", "name", "model_id", "organisation_id", "site_id", *_DATES)
    audit.record(
        session,
        actor,
        "asset.register",
        "asset",
        row.id,
        organisation_id=organisation_id,
        changes={column: [None, plain(getattr(row, column))] for column in values},
    )
    announce(session, "asset", row.id, organisation_id)
    return _read(session, row.id)


def update_asset(
    session: Session,
    actor: Principal,
    asset_id: str,
    values: Mapping[str, Any],
    expected_version: int | None,
) -> AssetRecord:
    """Change an asset, its owner included.

    An asset that changes its owner leaves its site unless a new one is given, and tags of the former
    owner's gateways no longer write into it.

    Raises:
        Forbidden, NotFound, StaleVersion, UnknownOrganisation, UnknownSite, UnknownModel,
        DatesOutOfOrder, InvalidSerial, SerialTaken.
    """
    actor.require("assets.write")
    row = _seen(session, actor, asset_id)
    require_version(row, expected_version)
    before = row.organisation_id
    wanted = dict(values)
    moves = wanted.get("organisation_id", before) != before
    if moves:
        _require_organisation(session, actor, wanted["organisation_id"])
        wanted.setdefault("site_id", None)
    if "serial_number" in wanted:
        check_serial(wanted["serial_number"])
        _require_free(session, wanted["serial_number"], asset_id)
    if wanted.get("model_id", row.model_id) != row.model_id:
        _require_model(session, wanted["model_id"])
    if wanted.get("site_id", row.site_id) != row.site_id or moves:
        _require_site(session, wanted["site_id"], wanted.get("organisation_id", before))
    check_dates(*(wanted.get(name, getattr(row, name)) for name in _DATES))
    change(
        session,
        actor,
        row,
        wanted,
        kind="asset",
        organisation_id=before,
        expected_version=None,
    )
    if moves:
        repository.drop_foreign_tags(session, asset_id, row.organisation_id)
        announce(session, "asset", asset_id, before)
    announce(session, "asset", asset_id, row.organisation_id)
    return _read(session, asset_id)


def archive_asset(
    session: Session, actor: Principal, asset_id: str, expected_version: int | None
) -> AssetRecord:
    """Put an asset away; its history, orders and claims stay.

    Raises:
        Forbidden, NotFound, StaleVersion.
    """
    return _set_archived(session, actor, asset_id, utc_now(), expected_version)


def restore_asset(
    session: Session, actor: Principal, asset_id: str, expected_version: int | None
) -> AssetRecord:
    """Bring an archived asset back.

    Raises:
        Forbidden, NotFound, StaleVersion.
        UnknownOrganisation: its owner is archived.
    """
    return _set_archived(session, actor, asset_id, None, expected_version)


def _set_archived(
    session: Session,
    actor: Principal,
    asset_id: str,
    at: datetime | None,
    expected_version: int | None,
) -> AssetRecord:
    actor.require("assets.write")
    row = _seen(session, actor, asset_id)
    require_version(row, expected_version)
    if at is None:
        _require_organisation(session, actor, row.organisation_id)
    if (row.archived_at is None) != (at is None):
        change(
            session,
            actor,
            row,
            {"archived_at": at},
            kind="asset",
            organisation_id=row.organisation_id,
            expected_version=None,
            action=f"asset.{'restore' if at is None else 'archive'}",
        )
        announce(session, "asset", asset_id, row.organisation_id)
    return _read(session, asset_id)


def _require_organisation(session: Session, actor: Principal, organisation_id: str) -> None:
    if not actor.sees(organisation_id) or not is_live_organisation(session, organisation_id):
        raise UnknownOrganisation(f"no organisation {organisation_id}")


def _require_model(session: Session, model_id: str) -> None:
    model = repository.model(session, model_id)
    if model is None or model.archived_at is not None:
        raise UnknownModel(f"no product model {model_id}")


def _require_site(session: Session, site_id: str | None, organisation_id: str) -> None:
    if site_id is None:
        return
    site = find_site(session, site_id)
    if site is None or site.archived_at is not None or site.organisation_id != organisation_id:
        raise UnknownSite(f"the owner has no site {site_id}")


def _require_free(session: Session, serial_number: str, asset_id: str | None) -> None:
    other = repository.asset_by_serial(session, serial_number)
    if other is not None and other.id != asset_id:
        raise SerialTaken(f"there is an asset {other.serial_number}", serial_number=serial_number)
