"""Verbs on coverage: ask, and register a machine for it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from kernel.errors import InvalidInput, NotFound, StaleVersion
from registry import audit
from registry.assets.service import AssetFacts, find_asset, get_asset
from registry.permissions import Principal
from warranty_parts import locks
from warranty_parts.catalogue.service import require_part
from warranty_parts.codes import required_key
from warranty_parts.coverage import repository, rules
from warranty_parts.coverage.models import Registration
from warranty_parts.coverage.policies import METER_MAX, terms_of
from warranty_parts.coverage.terms import CoverageAnswer, Machine, Piece, StartEvent, Terms
from warranty_parts.errors import UnknownSerial
from warranty_parts.fittings.pieces import fittings_in_place


@dataclass(frozen=True)
class RegistrationFacts:
    """A machine's registration as others see it."""

    asset_id: str
    invoiced_on: date | None
    installed_on: date | None
    registered_by: str
    registered_at: datetime
    version: int


def check_meter(meter: Decimal | None) -> None:
    """Refuse a reading that no meter shows.

    Raises:
        InvalidInput: it is negative, not finite, or beyond any meter.
    """
    if meter is not None and not (meter.is_finite() and 0 <= meter <= METER_MAX):
        raise InvalidInput("a meter reading is 0 or more", field="meter")


def load(
    session: Session, asset: AssetFacts, family_ids: Collection[str]
) -> tuple[list[Terms], Machine]:
    """Return the policies that may apply to a machine and parts of some families, and its dates."""
    registration = repository.registration(session, asset.id)
    known = {
        StartEvent.INVOICE: registration.invoiced_on if registration else None,
        StartEvent.DELIVERY: asset.delivered_on,
        StartEvent.INSTALLATION: registration.installed_on if registration else None,
        StartEvent.COMMISSIONING: asset.commissioned_on,
    }
    machine = Machine(
        model_id=asset.model_id,
        starts={event: day for event, day in known.items() if day is not None},
        registered=registration is not None,
    )
    found = repository.policies_for(session, asset.model_id, family_ids)
    return [terms_of(policy) for policy in found], machine


def coverage(
    session: Session,
    actor: Principal,
    asset_id: str,
    on: date,
    meter: Decimal | None = None,
    *,
    part_number: str | None = None,
    position: str | None = None,
) -> CoverageAnswer:
    """Return whether a machine, or a part of it, is covered on a day at a meter reading.

    A part that was replaced counts from its fitting. Without a `position` the part is the one of its
    family that was fitted last.

    Raises:
        Forbidden: without `claims.read`.
        NotFound: the asset is out of sight.
        UnknownPart: no part has this number.
        InvalidInput: the meter reading is none, or a position is given without a part number.
    """
    actor.require("claims.read")
    check_meter(meter)
    if position is not None and part_number is None:
        raise InvalidInput("a position needs a part number", field="part_number")
    asset = get_asset(session, actor, asset_id)
    if part_number is None:
        return rules.coverage(*load(session, asset, ()), on, meter)
    family_id = require_part(session, part_number).family_id
    key = None if position is None else required_key(position, "position")
    pieces = fittings_in_place(session, asset_id, family_id, on, position_key=key)
    replaced = [piece.fitted_on for piece in pieces if piece.is_replacement]
    piece = Piece(family_id, max(replaced, default=None))
    return rules.coverage(*load(session, asset, [family_id]), on, meter, piece)


def coverage_by_serial(
    session: Session,
    actor: Principal,
    serial_number: str,
    on: date,
    meter: Decimal | None = None,
    *,
    part_number: str | None = None,
    position: str | None = None,
) -> CoverageAnswer:
    """Return what `coverage` says of the machine with a serial number, in any spelling.

    Raises:
        UnknownSerial: no machine in sight has it.
    """
    actor.require("claims.read")
    asset = find_asset(session, actor, serial_number)
    if asset is None:
        raise UnknownSerial(
            f"no machine has the serial number {serial_number}", serial_number=serial_number
        )
    return coverage(session, actor, asset.id, on, meter, part_number=part_number, position=position)


def register_machine(
    session: Session,
    actor: Principal,
    asset_id: str,
    *,
    invoiced_on: date | None,
    installed_on: date | None,
    expected_version: int | None,
) -> RegistrationFacts:
    """Register a machine for warranty, or correct the dates of its registration.

    Raises:
        Forbidden: without `assets.write`.
        NotFound: the asset is out of sight.
        StaleVersion: the registration was changed since `expected_version`.
    """
    actor.require("assets.write")
    asset = get_asset(session, actor, asset_id)
    locks.take(session, [f"warranty_parts/registration/{asset_id}"])
    row = repository.registration_for_update(session, asset_id)
    before = (None, None) if row is None else (row.invoiced_on, row.installed_on)
    if expected_version is not None and (row is None or row.version != expected_version):
        raise StaleVersion(f"the registration of {asset.serial_number} was changed")
    if row is None:
        row = Registration(asset_id=asset_id, registered_by=actor.name)
        session.add(row)
    row.invoiced_on, row.installed_on = invoiced_on, installed_on
    session.flush()
    session.refresh(row)
    audit.record(
        session,
        actor,
        "asset.register_for_warranty",
        "asset",
        asset_id,
        organisation_id=asset.organisation_id,
        changes={
            name: [old and old.isoformat(), new and new.isoformat()]
            for name, old, new in zip(
                ("invoiced_on", "installed_on"), before, (invoiced_on, installed_on), strict=True
            )
        },
    )
    return _registration_facts(row)


def get_registration(session: Session, actor: Principal, asset_id: str) -> RegistrationFacts:
    """Return a machine's registration.

    Raises:
        Forbidden: without `claims.read`.
        NotFound: the asset is out of sight, or not registered.
    """
    actor.require("claims.read")
    asset = get_asset(session, actor, asset_id)
    row = repository.registration(session, asset_id)
    if row is None:
        raise NotFound(f"{asset.serial_number} is not registered for warranty")
    return _registration_facts(row)


def _registration_facts(row: Registration) -> RegistrationFacts:
    return RegistrationFacts(
        asset_id=row.asset_id,
        invoiced_on=row.invoiced_on,
        installed_on=row.installed_on,
        registered_by=row.registered_by,
        registered_at=row.registered_at,
        version=row.version,
    )
