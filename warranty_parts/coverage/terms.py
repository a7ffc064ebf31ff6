"""The words of the coverage rule: terms, dates, pieces and answers."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from warranty_parts.explanations import Explanation


class StartEvent(StrEnum):
    """What a warranty's time runs from."""

    INVOICE = "invoice"
    DELIVERY = "delivery"
    INSTALLATION = "installation"
    COMMISSIONING = "commissioning"


class Check(StrEnum):
    """What is looked at before a claim is accepted."""

    REGISTRATION = "registration"
    COVERAGE = "coverage"
    ENTITLEMENT = "entitlement"
    DUPLICATE = "duplicate"


class Level(StrEnum):
    """What becomes of a claim that fails a check: refused or asked, left to a person, or not looked at."""

    ERROR = "error"
    WARNING = "warning"
    SKIP = "skip"


DEFAULT_CHECKS: dict[Check, Level] = {
    Check.REGISTRATION: Level.SKIP,
    Check.COVERAGE: Level.ERROR,
    Check.ENTITLEMENT: Level.ERROR,
    Check.DUPLICATE: Level.ERROR,
}


class Verdict(StrEnum):
    """Whether something is covered; `undecided` when a fact that decides is missing."""

    COVERED = "covered"
    NOT_COVERED = "not_covered"
    UNDECIDED = "undecided"


class Clause(StrEnum):
    """Which kind of clause decided."""

    MACHINE_TERMS = "machine_terms"
    PART_TERMS = "part_terms"
    REPLACEMENT_MINIMUM = "replacement_minimum"


@dataclass(frozen=True)
class Terms:
    """A policy: `months` from `start_event`, up to `meter_limit`; the day it starts picks the policy."""

    id: str
    name_en: str
    name_zh: str
    model_id: str | None
    family_id: str | None
    start_event: StartEvent
    months: int
    meter_limit: Decimal | None
    meter_unit: str
    replacement_days_min: int
    effective_from: date
    effective_to: date | None
    checks: dict[Check, Level] = field(default_factory=lambda: dict(DEFAULT_CHECKS))

    @property
    def clause(self) -> Clause:
        """The kind of its main clause."""
        return Clause.MACHINE_TERMS if self.family_id is None else Clause.PART_TERMS


@dataclass(frozen=True)
class Machine:
    """A machine's model and the dates a warranty may start from, as far as known."""

    model_id: str
    starts: dict[StartEvent, date]
    registered: bool


@dataclass(frozen=True)
class Piece:
    """A part: its family, and, if it replaced another, the day it was fitted."""

    family_id: str
    replaced_on: date | None = None


@dataclass(frozen=True)
class Step:
    """One clause looked at, and what it says."""

    clause: Clause
    policy_id: str
    policy_name_en: str
    policy_name_zh: str
    verdict: Verdict | None
    starts_on: date | None
    until: date | None
    why: Explanation

    def as_json(self) -> dict[str, Any]:
        """Return it as stored and sent."""
        return {
            "clause": str(self.clause),
            "policy_id": self.policy_id,
            "policy_name": {"en": self.policy_name_en, "zh": self.policy_name_zh},
            "verdict": None if self.verdict is None else str(self.verdict),
            "starts_on": self.starts_on.isoformat() if self.starts_on else None,
            "until": self.until.isoformat() if self.until else None,
            "why": self.why.as_json(),
        }


@dataclass(frozen=True)
class CoverageAnswer:
    """Whether something is covered on a day, until when, by which clause, why, and how that was found.

    Attributes:
        verdict: covered, not covered, or undecided because a fact is missing.
        starts_on: first day of the clause that decided.
        until: its last day, given even when that day is over.
        clause: the kind of clause that decided; None when no policy applies.
        policy_id: the policy it is in.
        reason: why, in both languages.
        trail: every clause looked at, in order; one with no verdict did not apply.
        checks: how a claim's checks are set in the policy that decided.
    """

    verdict: Verdict
    starts_on: date | None
    until: date | None
    clause: Clause | None
    policy_id: str | None
    reason: Explanation
    trail: tuple[Step, ...]
    checks: dict[Check, Level]

    @property
    def covered(self) -> bool:
        """Whether it is certainly covered."""
        return self.verdict is Verdict.COVERED

    def as_json(self) -> dict[str, Any]:
        """Return it as stored and sent."""
        return {
            "covered": self.covered,
            "verdict": str(self.verdict),
            "starts_on": self.starts_on.isoformat() if self.starts_on else None,
            "until": self.until.isoformat() if self.until else None,
            "clause": None if self.clause is None else str(self.clause),
            "policy_id": self.policy_id,
            "reason": self.reason.as_json(),
            "trail": [step.as_json() for step in self.trail],
        }
