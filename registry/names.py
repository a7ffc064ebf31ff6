"""Names of things by id, many at once, for lists in other packages. Whoever asks has checked the scope."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.models import Asset, Gateway, Organisation, Person, ProductModel, Site


@dataclass(frozen=True)
class AssetName:
    """What people call an asset."""

    serial_number: str
    name: str


def asset_names(session: Session, asset_ids: Collection[str]) -> dict[str, AssetName]:
    """Return serial number and name of each asset that is there."""
    rows = session.execute(
        select(Asset.id, Asset.serial_number, Asset.name).where(Asset.id.in_(asset_ids))
    )
    return {asset_id: AssetName(serial_number, name) for asset_id, serial_number, name in rows}


def people_names(session: Session, person_ids: Collection[str]) -> dict[str, str]:
    """Return the name of each person who is there."""
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(person_ids)))
    return {person_id: name for person_id, name in rows}  # noqa: C416 - rows are no tuples to mypy


def organisation_names(session: Session, organisation_ids: Collection[str]) -> dict[str, str]:
    """Return the name of each organisation that is there."""
    rows = session.execute(
        select(Organisation.id, Organisation.name).where(Organisation.id.in_(organisation_ids))
    )
    return {organisation_id: name for organisation_id, name in rows}  # noqa: C416


def site_names(session: Session, site_ids: Collection[str]) -> dict[str, str]:
    """Return the name of each site that is there."""
    rows = session.execute(select(Site.id, Site.name).where(Site.id.in_(site_ids)))
    return {site_id: name for site_id, name in rows}  # noqa: C416


def model_names(session: Session, model_ids: Collection[str]) -> dict[str, str]:
    """Return the name of each product model that is there, its code before it."""
    rows = session.execute(
        select(ProductModel.id, ProductModel.code, ProductModel.name).where(
            ProductModel.id.in_(model_ids)
        )
    )
    return {model_id: f"{code} · {name}" for model_id, code, name in rows}


def gateway_names(session: Session, gateway_ids: Collection[str]) -> dict[str, str]:
    """Return the name of each gateway that is there."""
    rows = session.execute(select(Gateway.id, Gateway.name).where(Gateway.id.in_(gateway_ids)))
    return {gateway_id: name for gateway_id, name in rows}  # noqa: C416
