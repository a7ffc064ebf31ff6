"""What a gateway is to read, in versions that are never changed: written, compared, taken back.

A version is checked twice with the same rules: here before it is written, and by the gateway before it is
applied. It holds no secrets; passwords of devices stay at the gateway.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel import changes
from kernel.clock import utc_now
from kernel.errors import NotFound
from kernel.paging import PageRequest, Slice
from registry import audit
from registry.assets.rules import serial_key
from registry.gateways import keys, repository, rules
from registry.gateways.errors import (
    ConfigurationInvalid,
    ConfigurationOutdated,
    ConfigurationUnchanged,
    NothingToAdopt,
    UnknownAsset,
)
from registry.gateways.model import Fault, model
from registry.gateways.records import managed, seen
from registry.gateways.rules import Difference
from registry.models import Gateway, GatewayConfiguration
from registry.permissions import Principal

_PROBLEMS_MAX = 50


@dataclass(frozen=True)
class ConfigurationVersion:
    """A version: who wrote it, when and why. `document` is None in lists."""

    gateway_id: str
    version: int
    note: str
    author_id: str | None
    author_name: str
    created_at: datetime
    document: dict[str, Any] | None = None


@dataclass(frozen=True)
class Drift:
    """How what a gateway runs differs from the platform's version.

    Attributes:
        drifted: somebody changed it at the gateway.
        based_on: the platform's version that was changed; None for none.
        reported_at: when the gateway last checked in.
        document: what it runs, without secrets; None when it runs what it was given, or has not said yet.
        differences: from `based_on` to `document`.
    """

    drifted: bool
    based_on: int | None
    reported_at: datetime | None
    document: dict[str, Any] | None
    differences: list[Difference]


def _version(row: GatewayConfiguration, *, whole: bool = False) -> ConfigurationVersion:
    return ConfigurationVersion(
        row.gateway_id,
        row.version,
        row.note,
        row.author_id,
        row.author_name,
        row.created_at,
        row.document if whole else None,
    )


def list_versions(
    session: Session, actor: Principal, gateway_id: str, page: PageRequest
) -> Slice[ConfigurationVersion]:
    """Return a gateway's versions, newest first.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("gateways.read")
    seen(session, actor, gateway_id)
    rows = repository.configurations(session, gateway_id, page)
    return Slice.cut(rows, page.limit, lambda row: (str(row.version),)).map(_version)


def get_version(
    session: Session, actor: Principal, gateway_id: str, version: int
) -> ConfigurationVersion:
    """Return one version with its document.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("gateways.read")
    seen(session, actor, gateway_id)
    return _version(_found(session, gateway_id, version), whole=True)


def compare(
    session: Session, actor: Principal, gateway_id: str, version: int, with_version: int | None
) -> list[Difference]:
    """Return what a version changed, compared with another one or with the one before it.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("gateways.read")
    seen(session, actor, gateway_id)
    after = _found(session, gateway_id, version).document
    before_version = version - 1 if with_version is None else with_version
    before = _found(session, gateway_id, before_version).document if before_version else {}
    return rules.differences(before, after)


def _found(session: Session, gateway_id: str, version: int) -> GatewayConfiguration:
    row = repository.configuration(session, gateway_id, version)
    if row is None:
        raise NotFound(f"gateway {gateway_id} has no configuration {version}")
    return row


@dataclass(frozen=True)
class Checked:
    """What would be objected to in a document, and how it differs from the newest version."""

    faults: list[Fault]
    differences: list[Difference]


def check(
    session: Session, actor: Principal, gateway_id: str, document: Mapping[str, Any]
) -> Checked:
    """Tell what a gateway, or the register of machines, would object to, and what would change.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("gateways.read")
    row = seen(session, actor, gateway_id)
    faults = model().faults(document)
    if faults:
        return Checked(faults[:_PROBLEMS_MAX], [])
    strangers = set(_strangers(session, row, document))
    faults = [
        Fault(place, "unknown_asset", f"no machine {serial} at this customer", {"serial": serial})
        for place, serial in rules.assets_of(document)
        if serial in strangers
    ]
    return Checked(faults[:_PROBLEMS_MAX], rules.differences(_present(session, row), document))


def write_version(
    session: Session,
    actor: Principal,
    gateway_id: str,
    document: Mapping[str, Any],
    *,
    note: str = "",
    based_on: int | None = None,
) -> ConfigurationVersion:
    """Add a version that the gateway is to apply.

    Args:
        session: of the transaction.
        actor: its author.
        gateway_id: whose it is.
        document: the whole of what the gateway is to read.
        note: why, for people.
        based_on: the version the author saw; None to write in any case.

    Raises:
        Forbidden, NotFound, GatewayIsRevoked.
        ConfigurationOutdated: there is a newer one than `based_on`.
        ConfigurationInvalid: the gateway would refuse it; the problems are listed.
        UnknownAsset: a machine is not the gateway's customer's.
        ConfigurationUnchanged: it is what the gateway has already.
    """
    row = managed(session, actor, gateway_id)
    _check_base(session, gateway_id, based_on)
    return _write(session, actor, row, document, note=note, action="gateway.configuration.write")


def map_tags(
    session: Session,
    actor: Principal,
    gateway_id: str,
    *,
    kind: str,
    source: Mapping[str, Any],
    tags: Sequence[Mapping[str, Any]],
    removed: Sequence[str] = (),
    note: str = "",
    based_on: int | None = None,
) -> ConfigurationVersion:
    """Add a version with tags put into a source, or taken out: the newest one, changed by these alone.

    Raises:
        as `write_version`.
    """
    row = managed(session, actor, gateway_id)
    _check_base(session, gateway_id, based_on)
    document = rules.with_tags(_present(session, row), kind, source, tags, removed)
    return _write(session, actor, row, document, note=note, action="gateway.configuration.map")


def roll_back(
    session: Session, actor: Principal, gateway_id: str, version: int, note: str = ""
) -> ConfigurationVersion:
    """Add a version that says what an earlier one said; of the newest one, to have it applied again.

    Raises:
        Forbidden, NotFound, GatewayIsRevoked, ConfigurationInvalid, UnknownAsset.
    """
    row = managed(session, actor, gateway_id)
    document = _found(session, gateway_id, version).document
    note = note or f"as version {version}"
    return _write(
        session,
        actor,
        row,
        document,
        note=note,
        action="gateway.configuration.roll_back",
        may_repeat=True,
    )


def drift(session: Session, actor: Principal, gateway_id: str) -> Drift:
    """Return how what the gateway runs differs from what it was given.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("gateways.read")
    row = seen(session, actor, gateway_id)
    link = repository.links(session, [row.id]).get(row.id)
    if link is None:
        return Drift(drifted=False, based_on=None, reported_at=None, document=None, differences=[])
    base = link.configuration_version
    given = repository.configuration(session, gateway_id, base) if base else None
    before = {} if given is None else given.document
    return Drift(
        drifted=link.configuration_state == "drifted",
        based_on=base,
        reported_at=link.checked_in_at,
        document=link.document,
        differences=[] if link.document is None else rules.differences(before, link.document),
    )


def adopt(
    session: Session, actor: Principal, gateway_id: str, note: str = ""
) -> ConfigurationVersion:
    """Add a version that says what the gateway runs: what was changed there by hand is then ours.

    Raises:
        Forbidden, NotFound, GatewayIsRevoked, NothingToAdopt, ConfigurationInvalid, UnknownAsset.
    """
    row = managed(session, actor, gateway_id)
    link = repository.locked_link(session, gateway_id)
    if link.document is None:
        raise NothingToAdopt("the gateway has not reported a configuration of its own")
    note = note or "changed at the gateway"
    return _write(
        session,
        actor,
        row,
        link.document,
        note=note,
        action="gateway.configuration.adopt",
        may_repeat=True,
    )


def _present(session: Session, row: Gateway) -> dict[str, Any]:
    newest = repository.newest_version(session, row.id)
    return _found(session, row.id, newest).document if newest else {}


def _check_base(session: Session, gateway_id: str, based_on: int | None) -> None:
    newest = repository.newest_version(session, gateway_id)
    if based_on is not None and based_on != newest:
        raise ConfigurationOutdated(
            f"it is based on version {based_on}; the newest is {newest}", version=newest
        )


def _write(
    session: Session,
    actor: Principal,
    row: Gateway,
    document: Mapping[str, Any],
    *,
    note: str,
    action: str,
    may_repeat: bool = False,
) -> ConfigurationVersion:
    _check(session, row, document)
    newest = repository.newest_version(session, row.id)
    if newest and not may_repeat and _found(session, row.id, newest).document == document:
        raise ConfigurationUnchanged(f"it is what version {newest} says")
    now = utc_now()
    made = GatewayConfiguration(
        gateway_id=row.id,
        version=newest + 1,
        document=dict(document),
        note=note,
        author_id=actor.person_id,
        author_name=actor.name,
        created_at=now,
    )
    session.add(made)
    before, row.configuration_version = row.configuration_version, made.version
    session.flush()
    keys.attend(session, row.id, now)
    audit.record(
        session,
        actor,
        action,
        "gateway",
        row.id,
        organisation_id=row.organisation_id,
        changes={"configuration_version": [before, made.version]},
        reason=note or None,
    )
    changes.announce(session, "gateway", row.id, row.organisation_id)
    return _version(made, whole=True)


def _check(session: Session, row: Gateway, document: Mapping[str, Any]) -> None:
    problems = [str(fault) for fault in model().faults(document)]
    if problems:
        raise ConfigurationInvalid("; ".join(problems[:5]), problems=problems[:_PROBLEMS_MAX])
    strangers = _strangers(session, row, document)
    if strangers:
        raise UnknownAsset(
            f"no machine {', '.join(strangers[:5])} at this customer",
            serial_numbers=strangers[:_PROBLEMS_MAX],
        )


def _strangers(session: Session, row: Gateway, document: Mapping[str, Any]) -> list[str]:
    """Return the serial numbers that are no machine's of the gateway's organisation."""
    # A pattern's serial number has placeholders; which machines it means shows when they publish.
    serials = {serial for serial in rules.serials_of(document) if "{" not in serial}
    known = repository.assets_by_serial_key(
        session, row.organisation_id, {serial_key(serial) for serial in serials}
    )
    return sorted(serial for serial in serials if serial_key(serial) not in known)
