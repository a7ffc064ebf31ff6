"""Public verbs on SLA policies: what is promised, in which order they are looked at."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.errors import NotFound
from kernel.ids import new_id
from registry import audit
from registry.changes import change, require_version
from registry.names import people_names
from registry.permissions import Principal
from registry.roles.service import list_roles
from work_orders.rules import HOLD_REASONS, Priority, TicketKind
from work_orders.sla import documents, repository
from work_orders.sla.calendars import checked_name
from work_orders.sla.errors import Archived, InvalidPolicy, PositionTaken
from work_orders.sla.models import SlaPolicy
from work_orders.sla.rules import CLAIM, Facts, Policy, first_match, misses

MINUTES_MAX = 366 * 24 * 60
SHARE_MAX = 10.0
LEVEL_MAX = 10
LIST_MAX = 200
CHANNELS = ("email", "sms", "dingtalk", "wecom", "feishu", "teams")
_KIND = "sla_policy"


@dataclass(frozen=True)
class PolicyFacts:
    """A policy, its name and place; the lower place is looked at first."""

    name: str
    position: int
    policy: Policy
    archived_at: datetime | None
    version: int


@dataclass(frozen=True)
class Looked:
    """A policy that was looked at for a ticket, and which of its conditions do not hold."""

    policy_id: str
    name: str
    misses: list[str]


def _facts(row: SlaPolicy) -> PolicyFacts:
    return PolicyFacts(
        row.name, row.position, documents.policy_of(row), row.archived_at, row.version
    )


def list_policies(
    session: Session, actor: Principal, *, archived: bool = False
) -> list[PolicyFacts]:
    """Return policies in the order in which they are looked at.

    Raises:
        Forbidden: the actor may not change promised times.
    """
    actor.require("sla.manage")
    return [_facts(row) for row in repository.policies(session, archived=archived)]


def create_policy(
    session: Session, actor: Principal, name: str, position: int, policy: Policy
) -> PolicyFacts:
    """Make a policy; what is open is worked out anew soon after. Its id is given here.

    Raises:
        Forbidden, InvalidPolicy.
        PositionTaken: another policy has this place.
    """
    actor.require("sla.manage")
    made = replace(policy, id=new_id("slp"))
    row = SlaPolicy(id=made.id, **_columns(session, actor, name, position, made))
    session.add(row)
    session.flush()
    audit.record(session, actor, f"{_KIND}.create", _KIND, row.id, changes={"name": [None, name]})
    repository.mark_open_stale(session)
    return _facts(row)


def _columns(
    session: Session, actor: Principal, name: str, position: int, policy: Policy
) -> dict[str, object]:
    wanted = checked_name(name)
    check_policy(session, actor, policy)
    if not 0 < position <= 1_000_000:  # noqa: PLR2004 - far beyond what anybody orders by hand
        raise InvalidPolicy("a place is 1 to 1,000,000", field="position")
    repository.lock_policies(session)
    for other in repository.policies(session):
        if other.position == position and other.id != policy.id:
            raise PositionTaken(
                f"{other.name} has place {position}", field="position", policy_id=other.id
            )
    return {"name": wanted, "position": position, "terms": documents.terms_of(policy)}


def _find(session: Session, policy_id: str) -> SlaPolicy:
    row = repository.policy(session, policy_id)
    if row is None:
        raise NotFound(f"no SLA policy {policy_id}")
    return row


def update_policy(
    session: Session,
    actor: Principal,
    name: str,
    position: int,
    policy: Policy,
    *,
    expected_version: int | None = None,
) -> PolicyFacts:
    """Change the policy with this id; what is open is worked out anew soon after.

    Raises:
        Forbidden, NotFound, StaleVersion, Archived, InvalidPolicy, PositionTaken.
    """
    actor.require("sla.manage")
    row = _find(session, policy.id)
    if row.archived_at is not None:
        raise Archived(f"{row.name} is archived")
    values = _columns(session, actor, name, position, policy)
    if change(
        session, actor, row, values, kind=_KIND, organisation_id=None,
        expected_version=expected_version,
    ):  # fmt: skip
        repository.mark_open_stale(session)
    return _facts(row)


def archive_policy(
    session: Session, actor: Principal, policy_id: str, *, expected_version: int | None = None
) -> PolicyFacts:
    """Put a policy away; what ran by it goes on by the next that matches. One put away stays so.

    Raises:
        Forbidden, NotFound, StaleVersion.
    """
    actor.require("sla.manage")
    repository.lock_policies(session)
    row = _find(session, policy_id)
    require_version(row, expected_version)
    if row.archived_at is None:
        change(
            session, actor, row, {"archived_at": utc_now()}, kind=_KIND, organisation_id=None,
            expected_version=None, action=f"{_KIND}.archive",
        )  # fmt: skip
        repository.mark_open_stale(session)
    return _facts(row)


def which_policy(
    session: Session, actor: Principal, facts: Facts
) -> tuple[str | None, list[Looked]]:
    """Return the id of the policy that would count, and what each one says to such a ticket.

    Raises:
        Forbidden: the actor may not change promised times.
    """
    actor.require("sla.manage")
    rows = repository.policies(session)
    policies = [documents.policy_of(row) for row in rows]
    found = first_match(policies, facts)
    looked = [
        Looked(row.id, row.name, misses(policy.match, facts))
        for row, policy in zip(rows, policies, strict=True)
    ]
    return (None if found is None else found.id), looked


def check_policy(session: Session, actor: Principal, policy: Policy) -> None:
    """Refuse a policy that cannot be used.

    Raises:
        InvalidPolicy: `field` says what of it.
    """
    _check_match(policy)
    calendars = {row.id for row in repository.calendars(session)}
    if not policy.targets:
        raise InvalidPolicy("nothing is promised", field="targets")
    for spec in policy.targets.values():
        if not 0 < spec.minutes <= MINUTES_MAX:
            raise InvalidPolicy(f"a target has 1 to {MINUTES_MAX} minutes", field="targets")
        if spec.calendar_id not in calendars:
            raise InvalidPolicy(f"no calendar {spec.calendar_id}", field="targets")
    if len(set(policy.warn_shares)) < len(policy.warn_shares) or not all(
        0 < share < 1 for share in policy.warn_shares
    ):
        raise InvalidPolicy("warnings come between 0 and 1, each once", field="warn_shares")
    _check_escalations(policy)
    _check_recipients(session, actor, policy)
    if not set(policy.pausing_reasons) <= set(HOLD_REASONS):
        raise InvalidPolicy("not a reason to hold", field="pausing_reasons")


def _check_match(policy: Policy) -> None:
    for name, known in (
        ("priorities", {str(each) for each in Priority}),
        ("kinds", {*map(str, TicketKind), CLAIM}),
    ):
        if not set(getattr(policy.match, name)) <= known:
            raise InvalidPolicy(f"unknown {name}", field=name, choices=sorted(known))
    for name, values in vars(policy.match).items():
        if len(values) > LIST_MAX or any(len(each) > LIST_MAX for each in values):
            raise InvalidPolicy(f"too much in {name}", field=name)


def _check_escalations(policy: Policy) -> None:
    keys = [(each.target, each.level) for each in policy.escalations]
    if len(set(keys)) < len(keys):
        raise InvalidPolicy("a level of a target is named twice", field="escalations")
    for each in policy.escalations:
        by_share = each.share is not None and 0 < each.share <= SHARE_MAX
        by_time = each.minutes is not None and 0 < each.minutes <= MINUTES_MAX
        if (each.share is None) == (each.minutes is None) or not (by_share or by_time):
            raise InvalidPolicy("a step comes at a share or after minutes", field="escalations")
        if each.target not in policy.targets or not 1 <= each.level <= LEVEL_MAX:
            raise InvalidPolicy("a step is for a target, levels begin at 1", field="escalations")
        if not set(each.channels) <= set(CHANNELS):
            raise InvalidPolicy("unknown channel", field="escalations", choices=list(CHANNELS))


def _check_recipients(session: Session, actor: Principal, policy: Policy) -> None:
    everybody = [policy.warned, policy.breached, *(each.recipients for each in policy.escalations)]
    people = {person for each in everybody for person in each.user_ids}
    roles = {role for each in everybody for role in each.roles}
    if people - set(people_names(session, people)):
        raise InvalidPolicy("nobody has this id", field="recipients")
    if roles and roles - {role.name for role in list_roles(session, actor)}:
        raise InvalidPolicy("no such role", field="recipients")
