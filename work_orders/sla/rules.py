"""What is promised, and to whom: policies and how they are matched. Pure, no I/O, no clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Target(StrEnum):
    """What is promised."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"


# Reasons to hold that are the customer's; waiting for parts is the manufacturer's own affair.
PAUSING = ("waiting_for_customer", "waiting_for_access")
CLAIM = "claim"


@dataclass(frozen=True)
class Recipients:
    """Who is told: people by id and everybody of some roles."""

    user_ids: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class TargetSpec:
    """So many minutes of a calendar's working time."""

    minutes: int
    calendar_id: str


@dataclass(frozen=True)
class Escalation:
    """A step of the chain: at a share of the target, or so many minutes of working time after its start.

    Attributes:
        channels: to be used beside the people's own, such as `sms`.
    """

    target: Target
    level: int
    recipients: Recipients
    share: float | None = None
    minutes: int | None = None
    channels: tuple[str, ...] = ()

    def amount(self, whole: timedelta) -> timedelta:
        """Return after how much working time the step comes."""
        if self.minutes is not None:
            return timedelta(minutes=self.minutes)
        return whole * (self.share or 0.0)


@dataclass(frozen=True)
class Match:
    """For which tickets a policy is; an empty list means any."""

    tiers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    asset_ids: tuple[str, ...] = ()
    model_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What policies are matched by."""

    kind: str
    priority: str | None = None
    tier: str | None = None
    category: str | None = None
    asset_id: str | None = None
    model_id: str | None = None


@dataclass(frozen=True)
class Policy:
    """One set of promises; the first that matches counts."""

    id: str
    match: Match
    targets: Mapping[Target, TargetSpec]
    warn_shares: tuple[float, ...] = ()
    warned: Recipients = field(default_factory=Recipients)
    breached: Recipients = field(default_factory=Recipients)
    escalations: tuple[Escalation, ...] = ()
    pausing_reasons: tuple[str, ...] = PAUSING


_MATCHED = (
    ("tiers", "tier"),
    ("categories", "category"),
    ("priorities", "priority"),
    ("kinds", "kind"),
    ("asset_ids", "asset_id"),
    ("model_ids", "model_id"),
)


def misses(match: Match, facts: Facts) -> list[str]:
    """Return the names of the conditions that do not hold; none means that it matches."""
    return [
        names
        for names, name in _MATCHED
        if getattr(match, names) and getattr(facts, name) not in getattr(match, names)
    ]


def first_match(policies: Iterable[Policy], facts: Facts) -> Policy | None:
    """Return the first policy, in their order, that is for such a ticket.

    A claim needs a policy that names claims: promises for tickets are none for claims.
    """
    for policy in policies:
        if facts.kind == CLAIM and CLAIM not in policy.match.kinds:
            continue
        if not misses(policy.match, facts):
            return policy
    return None
