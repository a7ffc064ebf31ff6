"""Public verbs on choices of detectors."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from anomaly.choices import repository
from anomaly.choices.errors import NoSuchChoice
from anomaly.choices.models import DetectorChoice
from anomaly.choices.rules import (
    AppliesTo,
    check_rate,
    checked_parameters,
    choice_for,
    kind_of,
    names,
)
from anomaly.detectors.base import DetectorKind
from anomaly.settings import AnomalySettings
from kernel.clock import utc_now
from kernel.errors import Forbidden, InvalidInput, StaleVersion
from kernel.ids import new_id
from kernel.paging import PageRequest, Slice
from kernel.settings import settings
from registry import audit
from registry.assets import service as assets
from registry.permissions import PLATFORM, Principal
from registry.product_models import service as product_models

_KIND = "detector_choice"


@dataclass(frozen=True)
class ChoiceFacts:
    """One version of a choice; `ended_at` None while it is in force.

    Attributes:
        applies_to: `all`, `equipment_class` or `product_model`.
        target: the class, or the model's id; None where it is for all.
        version: number of the choice among those of its target.
        detector: name of the detector.
        parameters: all of them.
        detector_version: what alarms name it by.
        false_alarms_per_year: that judging series together may raise per device; None: the settings' count.
    """

    id: str
    applies_to: str
    target: str | None
    version: int
    detector: str
    parameters: dict[str, Any]
    detector_version: str
    false_alarms_per_year: float | None
    reason: str | None
    chosen_at: datetime
    chosen_by: str | None
    chosen_by_name: str
    ended_at: datetime | None


def _facts(row: DetectorChoice) -> ChoiceFacts:
    values = {name: getattr(row, name) for name in ChoiceFacts.__dataclass_fields__}
    return ChoiceFacts(**(values | {"target": row.target or None}))


@dataclass(frozen=True)
class Offered:
    """What there is to choose from: detectors, what River models are made of, and what all of those have.

    `false_alarms_per_year` counts where a choice says nothing of it.
    """

    detectors: list[str]
    components: list[dict[str, Any]]
    parameters: dict[str, dict[str, Any]]
    false_alarms_per_year: float


def offered_detectors(actor: Principal) -> Offered:
    """Return what there is to choose from.

    Raises:
        Forbidden: the actor may not see alarms.
    """
    # River's models take seconds to import, which processes that score do without.
    from anomaly.detectors.river_models.chinese import with_chinese
    from anomaly.detectors.river_models.components import offered
    from anomaly.detectors.river_models.spec import PARAMETERS

    actor.require("alarms.read")
    return Offered(
        names(),
        [with_chinese(component.describe()) for component in offered()],
        {name: with_chinese(parameter.describe()) for name, parameter in PARAMETERS.items()},
        settings(AnomalySettings).device_false_alarms_per_year,
    )


def list_choices(
    session: Session, actor: Principal, page: PageRequest, *, past: bool = False
) -> Slice[ChoiceFacts]:
    """Return choices, the newest first; those that have ended too where `past`.

    Raises:
        Forbidden: the actor may not see alarms.
    """
    actor.require("alarms.read")
    rows = repository.page(session, page, past=past)
    return Slice.cut(rows, page.limit, lambda row: (row.id,)).map(_facts)


def get_choice(session: Session, actor: Principal, choice_id: str) -> ChoiceFacts:
    """Return one choice, in force or not.

    Raises:
        Forbidden, NoSuchChoice.
    """
    actor.require("alarms.read")
    row = repository.choice(session, choice_id)
    if row is None:
        raise NoSuchChoice(f"no choice {choice_id}")
    return _facts(row)


@dataclass(frozen=True)
class ChoiceDraft:
    """What is to be chosen; see `ChoiceFacts`."""

    applies_to: str
    target: str | None
    detector: str
    parameters: Mapping[str, Any]
    reason: str | None = None
    false_alarms_per_year: float | None = None


def choose(
    session: Session, actor: Principal, draft: ChoiceDraft, *, expected_version: int | None = None
) -> ChoiceFacts:
    """Choose a detector; it replaces the choice in force for the same target.

    Scoring follows within a minute or so: affected series are learnt anew from their stored readings, and
    alarms open under the former detector end with `detector_changed`; where only the false alarms per year
    are others, nothing is learnt anew. The same choice again changes nothing.

    Raises:
        Forbidden: the actor is no administrator of the manufacturer's.
        NotFound: there is no such product model.
        InvalidInput: the detector, its parameters or the target are not what they may be; several codes.
        StaleVersion: the choice in force is not `expected_version`, or somebody was faster.
    """
    _require_editor(actor)
    target = _checked_target(session, draft)
    parameters = checked_parameters(draft.detector, draft.parameters)
    check_rate(draft.detector, parameters, draft.false_alarms_per_year)
    former = repository.locked_in_force(session, draft.applies_to, target)
    _require_version(former, expected_version)
    wanted = draft.detector, parameters, draft.false_alarms_per_year
    if former and (former.detector, former.parameters, former.false_alarms_per_year) == wanted:
        return _facts(former)
    now = utc_now()
    if former is not None:
        former.ended_at = now
        session.flush()
    values = {
        "id": new_id("dc"),
        "applies_to": draft.applies_to,
        "target": target,
        "version": repository.newest_version(session, draft.applies_to, target) + 1,
        "detector": draft.detector,
        "parameters": parameters,
        "detector_version": kind_of(draft.detector, parameters).version,
        "false_alarms_per_year": draft.false_alarms_per_year,
        "reason": draft.reason,
        "chosen_at": now,
        "chosen_by": actor.person_id,
        "chosen_by_name": actor.name,
    }
    if not repository.add(session, values):
        raise StaleVersion("somebody else has just chosen a detector for this target")
    _audit(session, actor, former, values, draft.reason)
    return get_choice(session, PLATFORM, str(values["id"]))


def withdraw(
    session: Session,
    actor: Principal,
    choice_id: str,
    *,
    expected_version: int | None = None,
    reason: str | None = None,
) -> ChoiceFacts:
    """End a choice: the next wider one counts again, in the end the detector of the settings.

    Raises:
        Forbidden: the actor is no administrator of the manufacturer's.
        NoSuchChoice: it is not in force.
        StaleVersion: it is not `expected_version`.
    """
    _require_editor(actor)
    known = repository.choice(session, choice_id)
    row = known and repository.locked_in_force(session, known.applies_to, known.target)
    if row is None or row.id != choice_id:
        raise NoSuchChoice(f"no choice {choice_id} in force")
    _require_version(row, expected_version)
    row.ended_at = utc_now()
    session.flush()
    _audit(session, actor, row, None, reason)
    return _facts(row)


def _require_editor(actor: Principal) -> None:
    actor.require("administration.manage")
    if actor.scope is not None:
        raise Forbidden("detectors are chosen by the manufacturer")


def _require_version(row: DetectorChoice | None, expected_version: int | None) -> None:
    present = None if row is None else row.version
    if expected_version is not None and expected_version != present:
        raise StaleVersion(
            f"version {expected_version} was sent, the present one is {present}",
            expected_version=expected_version,
            version=present,
        )


def _checked_target(session: Session, draft: ChoiceDraft) -> str:
    """Return the target as it is kept."""
    if draft.applies_to not in list(AppliesTo):
        raise InvalidInput(f"no such target {draft.applies_to!r}", allowed=list(AppliesTo))
    if (draft.applies_to == AppliesTo.ALL) != (draft.target is None):
        raise InvalidInput("a choice for all has no target, any other has one")
    if draft.applies_to == AppliesTo.PRODUCT_MODEL:
        return product_models.get_model(session, PLATFORM, draft.target or "").id
    return draft.target or ""


def _audit(
    session: Session,
    actor: Principal,
    former: DetectorChoice | None,
    values: Mapping[str, Any] | None,
    reason: str | None,
) -> None:
    told = ("detector", "parameters", "detector_version", "false_alarms_per_year", "version")
    now = values or {}
    of = values or (former and vars(former)) or {}
    audit.record(
        session,
        actor,
        f"{_KIND}.withdraw" if values is None else f"{_KIND}.choose",
        _KIND,
        of["id"],
        changes={
            "applies_to": [of["applies_to"], of["applies_to"]],
            "target": [of["target"], of["target"]],
            **{name: [former and getattr(former, name), now.get(name)] for name in told},
        },
        reason=reason,
    )


@dataclass(frozen=True)
class Chosen:
    """What counts for an asset: its detector, and the false alarms asked of it as a whole, if any."""

    kind: DetectorKind
    false_alarms_per_year: float | None


def detectors_of(session: Session, asset_ids: Collection[str]) -> dict[str, Chosen]:
    """Return what is chosen for each asset; absent where the settings' detector counts. For scoring."""
    rows = repository.in_force(session)
    if not rows:
        return {}
    choices = {(row.applies_to, row.target): row for row in rows}
    found = {}
    for asset_id, asset in assets.asset_types(session, asset_ids).items():
        row = choice_for(asset, choices)
        if row is not None:
            kind = kind_of(row.detector, row.parameters)
            found[asset_id] = Chosen(kind, row.false_alarms_per_year)
    return found
