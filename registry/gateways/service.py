"""Public verbs on gateways.

A gateway's key is derived (`registry.assets.service.gateway_key`) and shown once, when it is made: nothing of
it is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kernel import outbox
from kernel.clock import utc_now
from kernel.errors import NotFound
from kernel.ids import new_id
from registry import audit
from registry.assets.rules import serial_key
from registry.assets.service import GatewayFacts, gateway_key
from registry.changes import change
from registry.gateways import repository
from registry.gateways.events import GatewayLoginsChanged
from registry.gateways.records import GatewayRecord, record_of, seen
from registry.models import Gateway
from registry.permissions import Principal


@dataclass(frozen=True)
class TagPlace:
    """Where an edge says that one of its tags belongs."""

    tag: str
    asset_serial: str
    series_name: str


__all__ = [
    "GatewayRecord",
    "TagPlace",
    "create_gateway",
    "gateway_ids_in_scope",
    "get_gateway",
    "map_tags",
    "revoke_gateway",
]


def create_gateway(
    session: Session, actor: Principal, name: str, site_id: str
) -> tuple[GatewayRecord, bytes]:
    """Make a gateway at a site; return it and its 32-byte signing key, which is not shown again.

    Raises:
        Forbidden: the actor may not manage gateways.
        NotFound: no such site in the actor's scope.
    """
    actor.require("gateways.manage")
    site = repository.site(session, site_id)
    if site is None or site.archived_at is not None:
        raise NotFound(f"no site {site_id}")
    actor.require_sees(site.organisation_id, f"site {site_id}")
    row = Gateway(id=new_id("gw"), name=name, organisation_id=site.organisation_id, site_id=site.id)
    session.add(row)
    session.flush()
    session.refresh(row)
    audit.record(
        session,
        actor,
        "gateway.create",
        "gateway",
        row.id,
        organisation_id=row.organisation_id,
        changes={"name": [None, name], "site_id": [None, site_id]},
    )
    return record_of(session, row), gateway_key(row.id, row.key_version)


def get_gateway(session: Session, actor: Principal, gateway_id: str) -> GatewayRecord:
    """Return one gateway.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("gateways.read")
    return record_of(session, seen(session, actor, gateway_id))


def gateway_ids_in_scope(session: Session, actor: Principal) -> set[str] | None:
    """Return the ids of the gateways an actor sees; None when it sees everything."""
    return None if actor.scope is None else repository.gateway_ids(session, actor.scope)


def revoke_gateway(
    session: Session,
    actor: Principal,
    gateway_id: str,
    *,
    expected_version: int | None = None,
) -> GatewayRecord:
    """Refuse everything a gateway sends from now on; again it changes nothing.

    Raises:
        Forbidden, NotFound, StaleVersion.
    """
    actor.require("gateways.manage")
    row = seen(session, actor, gateway_id)
    change(
        session,
        actor,
        row,
        {"revoked_at": row.revoked_at or utc_now()},
        kind="gateway",
        organisation_id=row.organisation_id,
        expected_version=expected_version,
        action="gateway.revoke",
    )
    outbox.publish(session, GatewayLoginsChanged(gateway_id=row.id))
    return record_of(session, row)


def map_tags(
    session: Session, gateway: GatewayFacts, places: Sequence[TagPlace]
) -> list[str | None]:
    """Tie a gateway's tags to assets by serial number; return the assets' ids in the order of `places`.

    None where there is no such asset, or it belongs to another organisation than the gateway: a gateway
    cannot write into somebody else's machine.
    """
    found = repository.assets_by_serial_key(
        session, gateway.organisation_id, {serial_key(place.asset_serial) for place in places}
    )
    asset_ids = [found.get(serial_key(place.asset_serial)) for place in places]
    known = repository.tags(session, gateway.id)
    changed = {
        place.tag: (asset_id, place.series_name)
        for place, asset_id in zip(places, asset_ids, strict=True)
        if asset_id is not None and known.get(place.tag) != (asset_id, place.series_name)
    }
    if changed:
        repository.put_tags(session, gateway.id, changed)
    return asset_ids
