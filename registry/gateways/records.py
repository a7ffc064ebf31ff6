"""A gateway as people see it, and how it is found on somebody's behalf."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.errors import NotFound
from registry.gateways import repository
from registry.gateways.errors import GatewayIsRevoked
from registry.models import Gateway, GatewayLink
from registry.permissions import Principal


@dataclass(frozen=True)
class KeyState:
    """How a gateway's key is.

    Attributes:
        version: in force.
        state: `current`; `preparing` (the broker is being told of the next one), `offered` (the gateway has
            not taken it up yet); `grace` (what the former one signed is still taken).
        next_version: being introduced.
        former_version, former_until: still accepted, until when at the latest.
    """

    version: int
    state: str
    next_version: int | None
    former_version: int | None
    former_until: datetime | None


@dataclass(frozen=True)
class ConfigurationSummary:
    """Which configuration a gateway shall have and has.

    Attributes:
        wanted_version: None while the platform has given none.
        applied_version: the platform's version in force there; None for none.
        state: `unmanaged` (it never checked in), `pending`, or what it reported: `none`, `trying`,
            `applied`, `refused`, `rolled_back`, `drifted`.
        detail: why, for people.
        since: of the reported state.
    """

    wanted_version: int | None
    applied_version: int | None
    state: str
    detail: str
    since: datetime | None


@dataclass(frozen=True)
class GatewayRecord:
    """A gateway as people see it."""

    id: str
    name: str
    organisation_id: str
    site_id: str
    created_at: datetime
    revoked_at: datetime | None
    enrolled_at: datetime | None
    checked_in_at: datetime | None
    key_state: KeyState
    configuration: ConfigurationSummary
    version: int


def records_of(session: Session, rows: list[Gateway]) -> list[GatewayRecord]:
    """Return gateways with what they said when they checked in."""
    links = repository.links(session, [row.id for row in rows])
    now = utc_now()
    return [_record(row, links.get(row.id), now) for row in rows]


def record_of(session: Session, row: Gateway) -> GatewayRecord:
    """Return one gateway."""
    return records_of(session, [row])[0]


def _record(row: Gateway, link: GatewayLink | None, now: datetime) -> GatewayRecord:
    return GatewayRecord(
        id=row.id,
        name=row.name,
        organisation_id=row.organisation_id,
        site_id=row.site_id,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        enrolled_at=row.enrolled_at,
        checked_in_at=None if link is None else link.checked_in_at,
        key_state=_key_state(row, now),
        configuration=_summary(row, link),
        version=row.version,
    )


def _key_state(row: Gateway, now: datetime) -> KeyState:
    in_grace = row.former_key_until is not None and now < row.former_key_until
    if row.next_key_version is not None:
        ready = row.broker_key_version >= row.next_key_version
        state = "offered" if ready else "preparing"
    else:
        state = "grace" if in_grace else "current"
    return KeyState(
        row.key_version,
        state,
        row.next_key_version,
        row.former_key_version if in_grace else None,
        row.former_key_until if in_grace else None,
    )


def _summary(row: Gateway, link: GatewayLink | None) -> ConfigurationSummary:
    wanted = row.configuration_version
    if link is None or link.checked_in_at is None:
        return ConfigurationSummary(wanted, None, "unmanaged", "", None)
    known = {link.configuration_version, link.refused_version}
    state = link.configuration_state if wanted is None or wanted in known else "pending"
    return ConfigurationSummary(
        wanted,
        link.configuration_version,
        state,
        "" if state == "pending" else link.configuration_detail,
        link.configuration_since,
    )


def seen(session: Session, actor: Principal, gateway_id: str) -> Gateway:
    """Return a gateway the actor sees.

    Raises:
        NotFound.
    """
    return _seen(actor, repository.gateway(session, gateway_id), gateway_id)


def managed(session: Session, actor: Principal, gateway_id: str) -> Gateway:
    """Return a gateway the actor may change, locked; a revoked one is not changed any more.

    Raises:
        Forbidden, NotFound, GatewayIsRevoked.
    """
    actor.require("gateways.manage")
    row = _seen(actor, repository.locked(session, gateway_id), gateway_id)
    if row.revoked_at is not None:
        raise GatewayIsRevoked(f"gateway {row.name} was revoked")
    return row


def _seen(actor: Principal, row: Gateway | None, gateway_id: str) -> Gateway:
    if row is None:
        raise NotFound(f"no gateway {gateway_id}")
    actor.require_sees(row.organisation_id, f"gateway {gateway_id}")
    return row
