"""A machine under warranty, its parts, and places to keep them."""

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from kernel.db import Database
from registry.models import Asset
from registry.permissions import PLATFORM, Principal
from tests.support import factories
from warranty_parts import service as warranty
from warranty_parts.service import (
    ClaimDraft,
    ClaimFacts,
    ClaimLineDraft,
    LocationDraft,
    LocationFacts,
    PartDraft,
    PartFacts,
    PolicyDraft,
)

DraftT = TypeVar("DraftT")

# The factories' machines are made on 2025-11-01 and commissioned on 2026-01-15.
FAILED_ON = date(2026, 6, 1)
REPAIRED_ON = date(2026, 6, 3)


@dataclass(frozen=True)
class World:
    """One machine with a year of warranty from commissioning, and one kind of part."""

    database: Database
    asset: Asset
    part: PartFacts

    def submit(self, actor: Principal = PLATFORM, **changes: Any) -> ClaimFacts:
        """Submit a claim for the part at position DE in a transaction of its own."""
        with self.database.transaction() as session:
            return warranty.submit_claim(session, actor, self.draft(**changes))

    def draft(self, **changes: Any) -> ClaimDraft:
        """A claim for the part at position DE; `lines` or the fields of its line and of the claim."""
        line = {
            name: changes.pop(name)
            for name in ("position", "part_number", "failed_serial", "replacement_serial",
                         "quantity", "labour_minutes")
            if name in changes
        }  # fmt: skip
        values: dict[str, Any] = {
            "lines": [ClaimLineDraft(**({"position": "DE", "part_number": "A-100"} | line))],
            "failure_on": FAILED_ON,
            "serial_number": None if "asset_id" in changes else self.asset.serial_number,
        }
        return ClaimDraft(**(values | changes))


def part(session: Session, number: str = "A-100", **changes: Any) -> PartFacts:
    draft = PartDraft(number=number, name_en=f"Part {number}", name_zh=f"零件 {number}")
    return warranty.create_part(session, PLATFORM, _changed(draft, changes))


def policy(session: Session, **changes: Any) -> warranty.PolicyFacts:
    draft = PolicyDraft(
        name_en="Standard",
        name_zh="标准保修",
        start_event="commissioning",
        months=12,
        effective_from=date(2020, 1, 1),
        replacement_days_min=90,
    )
    return warranty.create_policy(session, PLATFORM, _changed(draft, changes))


def location(session: Session, kind: str = "warehouse", **changes: Any) -> LocationFacts:
    draft = LocationDraft(
        kind=kind,
        name=f"A {kind}",
        organisation_id=factories.manufacturer(session).id,
    )
    return warranty.create_location(session, PLATFORM, _changed(draft, changes))


def world(database: Database) -> World:
    with database.transaction() as session:
        policy(session)
        made = part(session)
        asset = factories.asset(session)
    return World(database, asset, made)


def _changed(draft: DraftT, changes: dict[str, Any]) -> DraftT:
    return type(draft)(**{**vars(draft), **changes})
