"""Public verbs on third-party sources: adopt one, map it, release it; who was seen and is not adopted."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ingest.errors import AddressTaken
from ingest.third_party import repository, rules
from ingest.third_party.models import SeenSource, Source
from ingest.third_party.repository import SourceFilter
from ingest.third_party.rules import SourceMapping
from kernel.clock import utc_now
from kernel.errors import Forbidden, InvalidInput, NotFound
from kernel.paging import PageRequest, Slice
from kernel.wire.topics import overlap
from registry import audit
from registry.assets import service as assets
from registry.changes import require_version
from registry.gateways import listing
from registry.gateways import service as gateways
from registry.gateways.listing import EVERYWHERE, GatewayFilter
from registry.permissions import Principal

__all__ = [
    "SeenRecord",
    "SourceFilter",
    "SourceMapping",
    "SourceRecord",
    "adopt_source",
    "change_mapping",
    "get_source",
    "kinds_of",
    "list_seen",
    "list_sources",
    "release_source",
]

EVERY_SOURCE: Final = SourceFilter()


@dataclass(frozen=True)
class SourceRecord:
    """A third-party source as people see it.

    Attributes:
        gateway_id: the gateway it became; its readings are counted there.
        address: `group/node` of a Sparkplug edge node, or the topic filter of JSON devices.
        released_at: since when nothing more of it is taken.
    """

    gateway_id: str
    name: str
    organisation_id: str
    site_id: str
    kind: str
    address: str
    mapping: dict[str, Any]
    created_at: datetime
    released_at: datetime | None
    version: int


@dataclass(frozen=True)
class SeenRecord:
    """Somebody who publishes and is not adopted: how often, and some of the names they use."""

    id: str
    kind: str
    address: str
    messages: int
    names: list[str]
    first_seen_at: datetime
    last_seen_at: datetime


def adopt_source(
    session: Session,
    actor: Principal,
    *,
    address: str,
    name: str,
    site_id: str,
    mapping: dict[str, Any],
) -> SourceRecord:
    """Take a source's readings from now on; it becomes a gateway of the site.

    Only who sees everybody's data may say whose a device is.

    Raises:
        Forbidden, NotFound, InvalidInput.
        AddressTaken: a source that is adopted has this address, or one that overlaps it.
    """
    _require_all(actor)
    read = rules.read_mapping(mapping)
    rules.check_address(read, address)
    for taken in repository.addresses(session, read.kind):
        if taken == address or (read.kind == "json" and overlap(taken, address)):
            raise AddressTaken(f"{taken!r} is adopted already", address=taken)
    gateway, _ = gateways.create_gateway(session, actor, name, site_id)
    row = Source(
        agent_id=gateway.id,
        kind=read.kind,
        address=address,
        mapping=read.model_dump(mode="json"),
        epoch=uuid4(),
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError:
        # Somebody adopted it in this moment; the rim rolls everything back.
        raise AddressTaken(f"{address!r} is adopted already", address=address) from None
    session.refresh(row)
    repository.forget_sighting(session, read.kind, address)
    _record_change(
        session,
        actor,
        row,
        gateway.organisation_id,
        action="source.adopt",
        changes={"address": [None, address], "kind": [None, read.kind]},
    )
    return _record(session, row)


def list_sources(
    session: Session,
    actor: Principal,
    page: PageRequest,
    wanted: SourceFilter = EVERY_SOURCE,
    places: GatewayFilter = EVERYWHERE,
) -> Slice[SourceRecord]:
    """Return the sources in the actor's scope, oldest first, released ones too.

    Raises:
        Forbidden.
    """
    actor.require("gateways.read")
    if wanted.text:
        named = listing.matching_ids(session, actor, replace(places, text=wanted.text))
        wanted = replace(wanted, named=frozenset(named or ()))
    rows = repository.sources(session, listing.matching_ids(session, actor, places), wanted, page)
    found = Slice.cut(rows, page.limit, lambda row: (row.agent_id,))
    return found.map(lambda row: _record(session, row))


def kinds_of(session: Session, gateway_ids: Collection[str]) -> dict[str, str]:
    """Return the kind of those gateways that are third parties, released ones too."""
    return repository.kinds(session, gateway_ids)


def get_source(session: Session, actor: Principal, gateway_id: str) -> SourceRecord:
    """Return one source.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("gateways.read")
    return _record(session, _seen(session, actor, gateway_id))


def change_mapping(
    session: Session,
    actor: Principal,
    gateway_id: str,
    mapping: dict[str, Any],
    *,
    expected_version: int | None = None,
) -> SourceRecord:
    """Read a source's messages by another mapping from now on; what is stored stays.

    Raises:
        Forbidden, NotFound, InvalidInput, StaleVersion.
    """
    _require_all(actor)
    row = _active(session, actor, gateway_id, expected_version)
    read = rules.read_mapping(mapping)
    if read.kind != row.kind:
        raise InvalidInput(f"the source is of kind {row.kind}, the mapping of {read.kind}")
    rules.check_address(read, row.address)
    before, row.mapping = row.mapping, read.model_dump(mode="json")
    session.flush()
    _record_change(
        session,
        actor,
        row,
        _owner(session, row),
        action="source.map",
        changes={"mapping": [before, row.mapping]},
    )
    return _record(session, row)


def release_source(
    session: Session,
    actor: Principal,
    gateway_id: str,
    *,
    expected_version: int | None = None,
) -> SourceRecord:
    """Take nothing more of a source; its gateway is revoked, its readings stay.

    Raises:
        Forbidden, NotFound, StaleVersion.
    """
    _require_all(actor)
    row = _active(session, actor, gateway_id, expected_version)
    row.released_at = utc_now()
    session.flush()
    gateways.revoke_gateway(session, actor, gateway_id)
    _record_change(
        session,
        actor,
        row,
        _owner(session, row),
        action="source.release",
        changes={"released_at": [None, row.released_at.isoformat()]},
    )
    return _record(session, row)


def list_seen(
    session: Session, actor: Principal, page: PageRequest, wanted: SourceFilter = EVERY_SOURCE
) -> Slice[SeenRecord]:
    """Return who publishes without being adopted, the newest first; only to who may adopt them.

    Raises:
        Forbidden.
    """
    _require_all(actor)
    rows = repository.seen(session, wanted, page)
    return Slice.cut(rows, page.limit, lambda row: (row.id,)).map(_seen_record)


def _require_all(actor: Principal) -> None:
    actor.require("gateways.manage")
    if actor.scope is not None:
        raise Forbidden("whose a device is may be said by those who see all organisations")


def _seen(session: Session, actor: Principal, gateway_id: str) -> Source:
    row = repository.source(session, gateway_id)
    owner = None if row is None else _owner(session, row)
    if row is None or owner is None:
        raise NotFound(f"no third-party source {gateway_id}")
    actor.require_sees(owner, f"third-party source {gateway_id}")
    return row


def _active(
    session: Session, actor: Principal, gateway_id: str, expected_version: int | None
) -> Source:
    row = _seen(session, actor, gateway_id)
    require_version(row, expected_version)
    if row.released_at is not None:
        raise NotFound(f"source {gateway_id} was released")
    return row


def _owner(session: Session, row: Source) -> str | None:
    gateway = assets.find_gateway(session, row.agent_id)
    return None if gateway is None else gateway.organisation_id


def _record_change(
    session: Session,
    actor: Principal,
    row: Source,
    organisation_id: str | None,
    *,
    action: str,
    changes: dict[str, Any],
) -> None:
    audit.record(
        session,
        actor,
        action,
        "source",
        row.agent_id,
        organisation_id=organisation_id,
        changes=changes,
    )


def _record(session: Session, row: Source) -> SourceRecord:
    gateway = assets.find_gateway(session, row.agent_id)
    assert gateway is not None  # a foreign key says so
    return SourceRecord(
        row.agent_id,
        gateway.name,
        gateway.organisation_id,
        gateway.site_id,
        row.kind,
        row.address,
        row.mapping,
        row.created_at,
        row.released_at,
        row.version,
    )


def _seen_record(row: SeenSource) -> SeenRecord:
    return SeenRecord(
        row.id,
        row.kind,
        row.address,
        row.messages,
        [str(name) for name in row.names],
        row.first_seen_at,
        row.last_seen_at,
    )
