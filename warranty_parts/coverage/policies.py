"""Verbs on policies: make, end, list. Terms are never rewritten."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.errors import InvalidInput, NotFound, StaleVersion
from kernel.ids import new_id
from kernel.paging import PageRequest, Slice
from registry import audit
from registry.permissions import Principal
from warranty_parts.catalogue.service import require_part
from warranty_parts.codes import clean_text
from warranty_parts.constraints import violated
from warranty_parts.coverage import repository
from warranty_parts.coverage.models import Policy
from warranty_parts.coverage.terms import DEFAULT_CHECKS, Check, Level, StartEvent, Terms
from warranty_parts.errors import PolicyCheckNotAllowed

MONTHS_MAX = 600
REPLACEMENT_DAYS_MAX = 3660
METER_MAX = Decimal(10) ** 11


@dataclass(frozen=True)
class PolicyDraft:
    """Terms to be made: of a kind of part by `part_number` or `family_id`, else of whole machines.

    `checks` overrides the levels of single checks.
    """

    name_en: str
    name_zh: str
    start_event: str
    months: int
    effective_from: date
    effective_to: date | None = None
    model_id: str | None = None
    family_id: str | None = None
    part_number: str | None = None
    meter_limit: Decimal | None = None
    meter_unit: str = "h"
    replacement_days_min: int = 0
    checks: dict[str, str] | None = None


@dataclass(frozen=True)
class PolicyFacts:
    """A policy as others see it."""

    id: str
    name_en: str
    name_zh: str
    start_event: str
    months: int
    effective_from: date
    effective_to: date | None
    model_id: str | None
    family_id: str | None
    meter_limit: Decimal | None
    meter_unit: str
    replacement_days_min: int
    checks: dict[str, str]
    version: int
    created_at: datetime


def _facts(policy: Policy) -> PolicyFacts:
    return PolicyFacts(
        id=policy.id,
        name_en=policy.name_en,
        name_zh=policy.name_zh,
        start_event=policy.start_event,
        months=policy.months,
        effective_from=policy.effective_from,
        effective_to=policy.effective_to,
        model_id=policy.model_id,
        family_id=policy.family_id,
        meter_limit=policy.meter_limit,
        meter_unit=policy.meter_unit,
        replacement_days_min=policy.replacement_days_min,
        checks={name: str(level) for name, level in policy.checks.items()},
        version=policy.version,
        created_at=policy.created_at,
    )


def terms_of(policy: Policy) -> Terms:
    """Return a policy as the rule sees it."""
    return Terms(
        id=policy.id,
        name_en=policy.name_en,
        name_zh=policy.name_zh,
        model_id=policy.model_id,
        family_id=policy.family_id,
        start_event=StartEvent(policy.start_event),
        months=policy.months,
        meter_limit=None if policy.meter_limit is None else policy.meter_limit.normalize(),
        meter_unit=policy.meter_unit,
        replacement_days_min=policy.replacement_days_min,
        effective_from=policy.effective_from,
        effective_to=policy.effective_to,
        checks={Check(name): Level(level) for name, level in policy.checks.items()},
    )


def create_policy(session: Session, actor: Principal, draft: PolicyDraft) -> PolicyFacts:
    """Make a policy.

    Raises:
        Forbidden: without `policies.manage`.
        InvalidInput: a number, date, event, model, family or check cannot be used.
        UnknownPart: no part has this number.
        PolicyCheckNotAllowed: the check for duplicates is set to anything but `error`.
    """
    actor.require("policies.manage")
    _check_numbers(draft)
    if draft.start_event not in set(StartEvent):
        raise InvalidInput(f"no start event {draft.start_event}", field="start_event")
    if draft.effective_to is not None and draft.effective_to < draft.effective_from:
        raise InvalidInput("the policy ends before it takes effect", field="effective_to")
    policy = Policy(
        id=new_id("pol"),
        name_en=clean_text(draft.name_en, "name_en"),
        name_zh=clean_text(draft.name_zh, "name_zh"),
        start_event=draft.start_event,
        months=draft.months,
        effective_from=draft.effective_from,
        effective_to=draft.effective_to,
        model_id=draft.model_id,
        family_id=_family_of(session, draft),
        meter_limit=draft.meter_limit,
        meter_unit=clean_text(draft.meter_unit, "meter_unit", length_max=20),
        replacement_days_min=draft.replacement_days_min,
        checks=_levels(draft.checks or {}),
    )
    _add(session, policy)
    audit.record(
        session,
        actor,
        "policy.create",
        "policy",
        policy.id,
        changes={"name": [None, policy.name_en], "months": [None, policy.months]},
    )
    return _facts(policy)


def _family_of(session: Session, draft: PolicyDraft) -> str | None:
    if draft.part_number is None:
        return draft.family_id
    family_id = require_part(session, draft.part_number).family_id
    if draft.family_id not in {None, family_id}:
        raise InvalidInput("the part belongs to another family", field="family_id")
    return family_id


def _add(session: Session, policy: Policy) -> None:
    try:
        with session.begin_nested():
            session.add(policy)
    except IntegrityError as error:
        for field in ("model_id", "family_id"):
            if violated(error) == f"fk_policies_{field}":
                raise InvalidInput(f"no such {field}", field=field) from error
        raise


def _check_numbers(draft: PolicyDraft) -> None:
    if not 0 <= draft.months <= MONTHS_MAX:
        raise InvalidInput(f"months are between 0 and {MONTHS_MAX}", field="months")
    if not 0 <= draft.replacement_days_min <= REPLACEMENT_DAYS_MAX:
        raise InvalidInput(
            f"days are between 0 and {REPLACEMENT_DAYS_MAX}", field="replacement_days_min"
        )
    limit = draft.meter_limit
    if limit is not None and not (limit.is_finite() and 0 < limit <= METER_MAX):
        raise InvalidInput("a meter limit is above 0", field="meter_limit")


def _levels(given: dict[str, str]) -> dict[str, str]:
    levels = {str(check): str(level) for check, level in DEFAULT_CHECKS.items()}
    for name, level in given.items():
        if name not in levels:
            raise InvalidInput(f"no check {name}", field="checks")
        if level not in set(Level):
            raise InvalidInput(f"no level {level}", field="checks")
        levels[name] = level
    if levels[Check.DUPLICATE] != Level.ERROR:
        raise PolicyCheckNotAllowed("a duplicate is always refused", field="checks")
    return levels


def end_policy(
    session: Session,
    actor: Principal,
    policy_id: str,
    *,
    effective_to: date,
    expected_version: int | None,
) -> PolicyFacts:
    """Let a policy apply to no warranty that starts after `effective_to`; those before keep it.

    Raises:
        Forbidden: without `policies.manage`.
        NotFound: there is none.
        StaleVersion: it was changed since `expected_version`.
        InvalidInput: the date is before the policy takes effect.
    """
    actor.require("policies.manage")
    policy = repository.policy_for_update(session, policy_id)
    if policy is None:
        raise NotFound(f"no policy {policy_id}")
    if expected_version not in {None, policy.version}:
        raise StaleVersion(f"policy {policy_id} is at version {policy.version}")
    if effective_to < policy.effective_from:
        raise InvalidInput("the policy ends before it takes effect", field="effective_to")
    before = policy.effective_to
    policy.effective_to = effective_to
    session.flush()
    audit.record(
        session,
        actor,
        "policy.end",
        "policy",
        policy_id,
        changes={
            "effective_to": [before.isoformat() if before else None, effective_to.isoformat()]
        },
    )
    return _facts(policy)


def get_policy(session: Session, actor: Principal, policy_id: str) -> PolicyFacts:
    """Return a policy.

    Raises:
        Forbidden: without `claims.read`.
        NotFound: there is none.
    """
    actor.require("claims.read")
    policy = repository.policy(session, policy_id)
    if policy is None:
        raise NotFound(f"no policy {policy_id}")
    return _facts(policy)


def list_policies(session: Session, actor: Principal, page: PageRequest) -> Slice[PolicyFacts]:
    """Return policies, newest first.

    Raises:
        Forbidden: without `claims.read`.
    """
    actor.require("claims.read")
    found = repository.policies(session, after_id=page.after_id(), limit=page.limit + 1)
    return Slice.cut(found, page.limit, lambda policy: (policy.id,)).map(_facts)
