"""Rules "while X stands, suppress Y": what makes sense, and who may set one for a whole product model."""

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy.orm import Session

from anomaly.alarms import repository
from anomaly.alarms.errors import InvalidSuppression
from anomaly.alarms.planned import NewSuppression
from anomaly.alarms.rules import would_circle
from anomaly.rules import CATEGORIES
from kernel.errors import Forbidden
from registry.assets import service as assets
from registry.permissions import Principal
from telemetry import service as telemetry

_ONLY_OF_RULES = (
    "parent_asset_id", "parent_series", "parent_category", "product_model_id", "series_names",
)  # fmt: skip
NAME_MAX = 200


def require_maker(actor: Principal) -> None:
    """Raise `Forbidden` for whoever does not see every customer: a model's machines are many customers'."""
    if actor.scope is not None:
        raise Forbidden("rules of a product model are the manufacturer's")


def refuse_rule(wanted: NewSuppression) -> None:
    """Refuse what only a rule may have."""
    for name in _ONLY_OF_RULES:
        if getattr(wanted, name) is not None:
            raise InvalidSuppression("only kind parent has one", field=name)


def check_rule(session: Session, actor: Principal, wanted: NewSuppression) -> NewSuppression:
    """Return a rule with what was left out of it; its place has been looked at.

    Raises:
        NotFound: the parent is not there, or not in the actor's scope.
        InvalidSuppression: it waits for nothing, for a series its machine has not, for another customer's
            machine, or for one that waits for this one.
    """
    if wanted.parent_asset_id is None and wanted.parent_series is None:
        raise InvalidSuppression("which alarm does it wait for?", field="parent_asset_id")
    if wanted.parent_category is not None and wanted.parent_category not in CATEGORIES:
        raise InvalidSuppression(f"no category {wanted.parent_category!r}", field="parent_category")
    _check_names(wanted.series_names, "series_names")
    if wanted.series_names is not None and wanted.series_ids is not None:
        raise InvalidSuppression("series by number or by name", field="series_names")
    if wanted.parent_series is not None:
        _check_names([wanted.parent_series], "parent_series")
    if wanted.product_model_id is not None:
        if wanted.parent_asset_id is not None:
            raise InvalidSuppression(
                "a model's machines wait for a series of their own", field="parent_asset_id"
            )
    else:
        _check_machines(session, actor, wanted)
    if wanted.parent_series is None and wanted.parent_category is None:
        return replace(wanted, parent_category="machine")
    return wanted


def _check_names(names: Collection[str] | None, field: str) -> None:
    if names is not None and not (names and all(0 < len(name) <= NAME_MAX for name in names)):
        raise InvalidSuppression("which series?", field=field)


def _check_machines(session: Session, actor: Principal, wanted: NewSuppression) -> None:
    assert wanted.asset_id is not None  # looked at with the place
    child = assets.get_asset(session, actor, wanted.asset_id)
    parent = child
    if wanted.parent_asset_id is not None:
        parent = assets.get_asset(session, actor, wanted.parent_asset_id)
        if child.organisation_id != parent.organisation_id:
            raise InvalidSuppression("the parent is another customer's", field="parent_asset_id")
        if would_circle(child.id, parent.id, repository.parent_links(session)):
            raise InvalidSuppression("a machine cannot be its own parent", field="parent_asset_id")
    if wanted.parent_series is not None:
        _check_known(session, parent.id, [wanted.parent_series], "parent_series")
    if wanted.series_names is not None:
        _check_known(session, child.id, wanted.series_names, "series_names")


def _check_known(session: Session, asset_id: str, names: Collection[str], field: str) -> None:
    known = {facts.name for facts in telemetry.series_of_asset(session, asset_id)}
    if not set(names) <= known:
        raise InvalidSuppression("not series of this machine", field=field)
