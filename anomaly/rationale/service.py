"""Public verbs on rationales."""

from dataclasses import asdict

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from anomaly.alarms.facts import find
from anomaly.rationale import repository
from anomaly.rationale.models import RationaleRow
from anomaly.rationale.shipped import SHIPPED, Rationale, Text
from anomaly.rules import SEVERITIES
from kernel.clock import utc_now
from kernel.errors import InvalidInput, NotFound, StaleVersion
from registry import audit
from registry.assets import service as assets
from registry.permissions import PLATFORM, Principal

MINUTES_MAX = 365 * 24 * 60


def _rationale(row: RationaleRow) -> Rationale:
    shipped = SHIPPED.get(row.failure_mode, SHIPPED["unspecified"])
    return Rationale(
        row.failure_mode,
        row.equipment_class,
        Text(**row.consequence),
        Text(**row.response),
        row.respond_within_min,
        shipped.cause if row.cause is None else Text(**row.cause),
        row.priority,
        row.version,
    )


def list_rationales(session: Session, actor: Principal) -> list[Rationale]:
    """Return what holds: what somebody has written, and the shipped ones that nobody has replaced.

    Raises:
        Forbidden: the actor may not see alarms.
    """
    actor.require("alarms.read")
    written = [_rationale(row) for row in session.scalars(select(RationaleRow))]
    replaced = {each.failure_mode for each in written if not each.equipment_class}
    shipped = [each for mode, each in SHIPPED.items() if mode not in replaced]
    return sorted([*written, *shipped], key=lambda each: (each.failure_mode, each.equipment_class))


def rationale_of_alarm(session: Session, actor: Principal, alarm_id: str) -> Rationale:
    """Return what an alarm means: for its machine's class, or every class, or as shipped.

    Raises:
        Forbidden: the actor may not see alarms.
        NotFound: there is no such alarm in the actor's scope.
    """
    actor.require("alarms.read")
    alarm = find(session, actor, alarm_id)
    asset = assets.get_asset(session, PLATFORM, alarm.asset_id)
    row = repository.in_force(session, alarm.failure_mode, asset.equipment_class)
    if row is not None:
        return _rationale(row)
    return SHIPPED.get(alarm.failure_mode, SHIPPED["unspecified"])


def write_rationale(
    session: Session, actor: Principal, wanted: Rationale, *, expected_version: int | None = None
) -> Rationale:
    """Write, or write anew, what alarms of a failure mode mean; the version of `wanted` is not looked at.

    Raises:
        Forbidden: the actor may not change machines.
        InvalidInput: no such failure mode or priority, or a time out of bounds.
        StaleVersion: it has changed since `expected_version`.
    """
    actor.require("assets.write")
    if wanted.failure_mode not in SHIPPED:
        raise InvalidInput(
            f"no failure mode {wanted.failure_mode!r}", field="failure_mode", allowed=list(SHIPPED)
        )
    if not 0 < wanted.respond_within_min <= MINUTES_MAX:
        raise InvalidInput("minutes, up to a year", field="respond_within_min")
    if wanted.priority is not None and wanted.priority not in SEVERITIES:
        raise InvalidInput(
            f"no priority {wanted.priority!r}", field="priority", allowed=list(SEVERITIES)
        )
    key = (wanted.failure_mode, wanted.equipment_class)
    row = session.get(RationaleRow, key, with_for_update=True, populate_existing=True)
    before = 0 if row is None else row.version
    if expected_version is not None and expected_version != before:
        raise StaleVersion("the rationale has changed", expected=expected_version, current=before)
    values = {
        "consequence": asdict(wanted.consequence),
        "response": asdict(wanted.response),
        "respond_within_min": wanted.respond_within_min,
        "cause": asdict(wanted.cause),
        "priority": wanted.priority,
        "updated_at": utc_now(),
        "updated_by_name": actor.name,
    }
    if row is None:
        row = RationaleRow(
            failure_mode=wanted.failure_mode, equipment_class=wanted.equipment_class, **values
        )
        session.add(row)
    else:
        for name, value in values.items():
            setattr(row, name, value)
    session.flush()
    _record(session, actor, "write", key, row.version)
    return _rationale(row)


def drop_rationale(
    session: Session, actor: Principal, failure_mode: str, equipment_class: str
) -> None:
    """Take back what somebody has written; what is shipped holds again.

    Raises:
        Forbidden: the actor may not change machines.
        NotFound: nobody has written any.
    """
    actor.require("assets.write")
    gone = session.execute(
        delete(RationaleRow)
        .where(
            RationaleRow.failure_mode == failure_mode,
            RationaleRow.equipment_class == equipment_class,
        )
        .returning(RationaleRow.version)
    ).first()
    if gone is None:
        raise NotFound(f"no rationale for {failure_mode} {equipment_class}".rstrip())
    _record(session, actor, "drop", (failure_mode, equipment_class), None)


def _record(
    session: Session, actor: Principal, verb: str, key: tuple[str, str], version: int | None
) -> None:
    audit.record(
        session,
        actor,
        f"rationale.{verb}",
        "rationale",
        ":".join(part for part in key if part),
        changes={"version": [None, version]},
    )
