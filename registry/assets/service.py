"""Public verbs on assets and gateways."""

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.errors import NotFound
from kernel.settings import Platform, settings
from registry.assets import repository
from registry.assets.register import (
    AssetRecord,
    archive_asset,
    list_assets,
    read_asset,
    register_asset,
    restore_asset,
    update_asset,
)
from registry.assets.repository import AssetFilter
from registry.assets.rules import accepted_key_versions
from registry.models import Asset, Gateway, TagMapping
from registry.permissions import Principal

__all__ = [
    "AssetFacts",
    "AssetFilter",
    "AssetRecord",
    "AssetType",
    "GatewayFacts",
    "TagFacts",
    "archive_asset",
    "asset_types",
    "find_asset",
    "find_gateway",
    "gateway_key",
    "gateway_keys",
    "get_asset",
    "list_assets",
    "map_tag",
    "read_asset",
    "register_asset",
    "restore_asset",
    "tags_of_asset",
    "tags_of_gateway",
    "update_asset",
]


@dataclass(frozen=True)
class AssetFacts:
    """What other packages need to know of an asset."""

    id: str
    serial_number: str
    name: str
    organisation_id: str
    site_id: str | None
    model_id: str
    model_code: str
    equipment_class: str
    manufactured_on: date | None
    delivered_on: date | None
    commissioned_on: date | None


def _facts(session: Session, asset: Asset) -> AssetFacts:
    model = repository.model(session, asset.model_id)
    assert model is not None  # a foreign key says so
    return AssetFacts(
        id=asset.id,
        serial_number=asset.serial_number,
        name=asset.name,
        organisation_id=asset.organisation_id,
        site_id=asset.site_id,
        model_id=asset.model_id,
        model_code=model.code,
        equipment_class=model.equipment_class,
        manufactured_on=asset.manufactured_on,
        delivered_on=asset.delivered_on,
        commissioned_on=asset.commissioned_on,
    )


def get_asset(session: Session, actor: Principal, asset_id: str) -> AssetFacts:
    """Return an asset's facts.

    Raises:
        NotFound: it is not there or not in the actor's scope.
    """
    asset = repository.asset(session, asset_id)
    if asset is None:
        raise NotFound(f"no asset {asset_id}")
    actor.require_sees(asset.organisation_id, f"asset {asset_id}")
    return _facts(session, asset)


def find_asset(session: Session, actor: Principal, serial_number: str) -> AssetFacts | None:
    """Return the asset with a serial number, read as people mean it (case and dashes aside), if seen."""
    asset = repository.asset_by_serial(session, serial_number)
    if asset is None or not actor.sees(asset.organisation_id):
        return None
    return _facts(session, asset)


@dataclass(frozen=True)
class GatewayFacts:
    """What ingest needs to know of a gateway.

    Attributes:
        key_version: in force; the platform signs with it.
        key_versions: all the gateway may sign with now, the one in force first.
    """

    id: str
    name: str
    organisation_id: str
    site_id: str
    key_version: int
    revoked: bool
    key_versions: tuple[int, ...] = (1,)


def find_gateway(session: Session, gateway_id: str) -> GatewayFacts | None:
    """Return a gateway, revoked or not, or None."""
    gateway = repository.gateway(session, gateway_id)
    return None if gateway is None else _gateway_facts(gateway)


def _gateway_facts(gateway: Gateway) -> GatewayFacts:
    return GatewayFacts(
        id=gateway.id,
        name=gateway.name,
        organisation_id=gateway.organisation_id,
        site_id=gateway.site_id,
        key_version=gateway.key_version,
        revoked=gateway.revoked_at is not None,
        key_versions=accepted_key_versions(
            gateway.key_version,
            gateway.next_key_version,
            gateway.former_key_version,
            gateway.former_key_until,
            utc_now(),
        ),
    )


def gateway_key(gateway_id: str, key_version: int) -> bytes:
    """Return a gateway's 32-byte signing key: HMAC-SHA256 of its name under the master secret.

    Nothing is stored, so a copy of the database speaks for no gateway; raising the version revokes.
    """
    name = f"forewarn gateway key\0{gateway_id}\0{key_version}".encode()
    return hmac.new(settings(Platform).secret(), name, hashlib.sha256).digest()


def gateway_keys(gateway: GatewayFacts) -> tuple[bytes, ...]:
    """Return the keys a gateway may sign with now, the one in force first."""
    return tuple(gateway_key(gateway.id, version) for version in gateway.key_versions)


def map_tag(
    session: Session, gateway: GatewayFacts, tag: str, serial_number: str, series_name: str
) -> str | None:
    """Tie a gateway's tag to the asset with a serial number; return the asset's id.

    None when there is no such asset, or it belongs to another organisation than the gateway's: a gateway
    cannot write into somebody else's machine.
    """
    asset = repository.asset_by_serial(session, serial_number)
    if asset is None or asset.organisation_id != gateway.organisation_id:
        return None
    repository.put_tag(session, gateway.id, tag, asset.id, series_name)
    return asset.id


@dataclass(frozen=True)
class TagFacts:
    """Which asset's series a gateway's tag is."""

    gateway_id: str
    tag: str
    asset_id: str
    series_name: str


def tags_of_asset(session: Session, actor: Principal, asset_id: str) -> list[TagFacts]:
    """Return the tags that write into an asset, by tag.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("assets.read")
    get_asset(session, actor, asset_id)
    return [_tag_facts(row) for row in repository.tags_of_asset(session, asset_id)]


def tags_of_gateway(session: Session, actor: Principal, gateway_id: str) -> list[TagFacts]:
    """Return what a gateway's tags are tied to, by tag.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("gateways.read")
    gateway = repository.gateway(session, gateway_id)
    if gateway is None:
        raise NotFound(f"no gateway {gateway_id}")
    actor.require_sees(gateway.organisation_id, f"gateway {gateway_id}")
    return [_tag_facts(row) for row in repository.tags_of_gateway(session, gateway_id)]


def _tag_facts(row: TagMapping) -> TagFacts:
    return TagFacts(row.gateway_id, row.tag, row.asset_id, row.series_name)


def asset_ids_in_scope(session: Session, actor: Principal, asset_ids: Collection[str]) -> set[str]:
    """Return those of the assets that exist and that the actor sees."""
    found = repository.assets_by_id(session, list(asset_ids))
    return {asset.id for asset in found if actor.sees(asset.organisation_id)}


@dataclass(frozen=True)
class AssetType:
    """What kind of machine an asset is: its product model, and that model's equipment class."""

    model_id: str
    equipment_class: str


def asset_types(session: Session, asset_ids: Collection[str]) -> dict[str, AssetType]:
    """Return what kind of machine each asset is; unknown ids are absent. For the platform's own use."""
    rows = repository.types_of_assets(session, list(asset_ids))
    return {row.id: AssetType(row.model_id, row.equipment_class) for row in rows}
