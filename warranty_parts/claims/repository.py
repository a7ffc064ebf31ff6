"""Queries for claims, their lines, and what stands in a line's way."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlalchemy.orm import Session

from warranty_parts.claims.models import Claim, ClaimLine, ClaimLineEvent


@dataclass(frozen=True)
class LineKey:
    """Everything about a line that another live line may share."""

    claim_id: str
    organisation_id: str
    asset_id: str
    position_key: str
    family_key: str
    fitting_id: str | None
    cover: tuple[date, date | None]
    failed_serial_key: str | None
    failed_serial_look: str | None
    work_order_id: str | None
    event_ids: tuple[str, ...]
    invoice_key: str | None


@dataclass(frozen=True)
class Rival:
    """A live line of another claim that shares something; `rule` is a-d, or `look` for a mere look-alike."""

    rule: str
    event_id: str | None
    claim_id: str
    claim_number: int
    line_id: str
    part_number: str
    family_key: str
    failed_serial: str | None
    cover: Range[date]


def date_range(first: date, last: date | None) -> Range[date]:
    """Return a range that holds both its ends; open without a last day."""
    return Range(first, last, bounds="[]" if last is not None else "[)")


def rivals(session: Session, key: LineKey) -> list[Rival]:
    """Return the live lines of other claims that share a key, by rule and age."""
    parts = _by_line(key) + _by_event(key)
    if not parts:
        return []
    rows = session.execute(union_all(*parts)).all()
    found = [Rival(*row) for row in rows]
    return sorted(found, key=lambda rival: (rival.rule, rival.claim_number))


def _pick(
    rule: str, event: SQLColumnExpression[Any], *conditions: ColumnElement[bool]
) -> Select[Any]:
    return (
        select(
            literal(rule), event, ClaimLine.claim_id, Claim.number, ClaimLine.id,
            ClaimLine.part_number, ClaimLine.family_key, ClaimLine.failed_serial, ClaimLine.cover,
        )
        .join(Claim, Claim.id == ClaimLine.claim_id)
        .where(ClaimLine.live, *conditions)
    )  # fmt: skip


def _by_line(key: LineKey) -> list[Select[Any]]:
    other = ClaimLine.claim_id != key.claim_id
    nothing = null()
    parts = []
    if key.fitting_id is not None:
        cover = literal(date_range(*key.cover), DATERANGE)
        parts.append(
            _pick(
                "a", nothing, other,
                ClaimLine.asset_id == key.asset_id,
                ClaimLine.position_key == key.position_key,
                ClaimLine.fitting_id == key.fitting_id,
                ClaimLine.cover.op("&&", is_comparison=True)(cover),
            )
        )  # fmt: skip
    if key.failed_serial_key is not None:
        family = ClaimLine.family_key == key.family_key
        same = ClaimLine.failed_serial_key == key.failed_serial_key
        alike = ClaimLine.failed_serial_look == key.failed_serial_look
        parts.append(_pick("b", nothing, other, family, same))
        parts.append(_pick("look", nothing, other, family, alike, ~same))
    if key.work_order_id is not None:
        order = ClaimLine.work_order_id == key.work_order_id
        shared = (
            ClaimLine.position_key == key.position_key,
            ClaimLine.family_key == key.family_key,
        )
        event = literal(key.work_order_id)
        parts.extend(_pick("c", event, other, order, same) for same in shared)
    if key.invoice_key is not None:
        organisation = ClaimLine.organisation_id == key.organisation_id
        invoice = ClaimLine.invoice_key == key.invoice_key
        parts.append(_pick("d", nothing, other, organisation, invoice))
    return parts


def _by_event(key: LineKey) -> list[Select[Any]]:
    if not key.event_ids:
        return []
    event = ClaimLineEvent
    return [
        _pick("c", event.event_id, event.claim_id != key.claim_id)
        .join(event, event.line_id == ClaimLine.id)
        .where(
            event.event_id.in_(key.event_ids),
            event.live,
            or_(event.position_key == key.position_key, event.family_key == key.family_key),
        )
    ]


def add_claim(
    session: Session, claim: Claim, lines: Sequence[ClaimLine], event_ids: Sequence[str]
) -> None:
    """Write a new claim, its lines, and the events they answer for."""
    session.add(claim)
    session.flush()
    session.add_all(lines)
    session.flush()
    session.add_all(
        ClaimLineEvent(
            line_id=line.id,
            event_id=event_id,
            claim_id=claim.id,
            position_key=line.position_key,
            family_key=line.family_key,
            live=line.live,
        )
        for line in lines
        for event_id in event_ids
    )
    session.flush()


def claim(session: Session, claim_id: str) -> Claim | None:
    return session.get(Claim, claim_id)


def claim_for_update(session: Session, claim_id: str) -> Claim | None:
    return session.get(Claim, claim_id, with_for_update=True, populate_existing=True)


def lines_of(session: Session, claim_ids: Collection[str]) -> Sequence[ClaimLine]:
    return session.scalars(
        select(ClaimLine)
        .where(ClaimLine.claim_id.in_(claim_ids))
        .order_by(ClaimLine.claim_id, ClaimLine.number)
    ).all()


def claims(
    session: Session,
    *,
    organisation_ids: Collection[str] | None,
    states: Collection[str] | None,
    asset_id: str | None,
    work_order_id: str | None,
    after_id: str | None,
    limit: int,
) -> Sequence[Claim]:
    query = select(Claim).order_by(Claim.id.desc()).limit(limit)
    if organisation_ids is not None:
        query = query.where(Claim.organisation_id.in_(organisation_ids))
    if states is not None:
        query = query.where(Claim.state.in_(states))
    if asset_id is not None:
        query = query.where(Claim.asset_id == asset_id)
    if work_order_id is not None:
        query = query.where(Claim.work_order_id == work_order_id)
    if after_id is not None:
        query = query.where(Claim.id < after_id)
    return session.scalars(query).all()


def search(
    session: Session,
    *,
    organisation_ids: Collection[str] | None,
    text: str,
    number: int | None,
    serial_key: str,
    limit: int,
) -> Sequence[Claim]:
    """Return claims by id, number, work order, invoice, or a machine's or part's exact serial."""
    lines = select(ClaimLine.claim_id).where(
        or_(
            ClaimLine.failed_serial_key == serial_key,
            ClaimLine.replacement_serial_key == serial_key,
            ClaimLine.invoice_key == serial_key,
        )
    )
    matches = [
        Claim.id == text,
        Claim.work_order_id == text,
        Claim.serial_number.ilike(
            text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        ),
        Claim.id.in_(lines),
    ]
    if number is not None:
        matches.append(Claim.number == number)
    query = select(Claim).where(or_(*matches)).order_by(Claim.id.desc()).limit(limit)
    if organisation_ids is not None:
        query = query.where(Claim.organisation_id.in_(organisation_ids))
    return session.scalars(query).all()
