"""Public verbs on the limits of product models, which their machines inherit."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from anomaly.limits.models import ModelLimits
from anomaly.limits.rules import check_limits
from anomaly.sources import Limit
from kernel.clock import utc_now
from kernel.errors import Forbidden, InvalidInput, StaleVersion
from registry import audit
from registry.permissions import Principal
from registry.product_models import service as product_models

_NAME_MAX = 200


@dataclass(frozen=True)
class LimitsOfModel:
    """What is set for series of a name on machines of a model."""

    model_id: str
    series_name: str
    limits: tuple[Limit, ...]
    version: int
    updated_at: datetime
    updated_by_name: str


def _facts(row: ModelLimits) -> LimitsOfModel:
    return LimitsOfModel(
        row.model_id,
        row.series_name,
        tuple(Limit(**each) for each in row.limits),
        row.version,
        row.updated_at,
        row.updated_by_name,
    )


def limits_of_model(session: Session, actor: Principal, model_id: str) -> list[LimitsOfModel]:
    """Return what is set for a model, by the name of the series; what was emptied is left out.

    Raises:
        Forbidden: the actor may not see alarms.
        NotFound: there is no such model.
    """
    actor.require("alarms.read")
    product_models.get_model(session, actor, model_id)
    rows = session.scalars(
        select(ModelLimits)
        .where(ModelLimits.model_id == model_id)
        .order_by(ModelLimits.series_name)
    )
    return [_facts(row) for row in rows if row.limits]


def read_limits_of_model(
    session: Session, actor: Principal, model_id: str, series_name: str
) -> LimitsOfModel | None:
    """Return what is set for one series of a model, emptied or not; None where nobody ever set any.

    Raises:
        Forbidden, NotFound: as for `limits_of_model`.
    """
    actor.require("alarms.read")
    product_models.get_model(session, actor, model_id)
    row = session.get(ModelLimits, (model_id, series_name), populate_existing=True)
    return None if row is None else _facts(row)


def set_limits_of_model(
    session: Session,
    actor: Principal,
    model_id: str,
    series_name: str,
    limits: Sequence[Limit],
    *,
    expected_version: int | None = None,
) -> LimitsOfModel:
    """Set all limits of a series for machines of a model that have none of their own; an empty list: none.

    Raises:
        Forbidden: the actor may not change machines, or is none of the manufacturer's.
        NotFound: there is no such model.
        InvalidInput: no series is named.
        InvalidLimits: they make no sense.
        StaleVersion: they have changed since `expected_version`.
    """
    actor.require("assets.write")
    if actor.scope is not None:
        raise Forbidden("limits of a product model are the manufacturer's")
    product_models.get_model(session, actor, model_id)
    if not series_name.strip() or len(series_name) > _NAME_MAX:
        raise InvalidInput("which series?", field="series_name")
    check_limits(limits)
    row = session.get(
        ModelLimits, (model_id, series_name), with_for_update=True, populate_existing=True
    )
    current = 0 if row is None else row.version
    if expected_version is not None and expected_version != current:
        raise StaleVersion("the limits have changed", expected=expected_version, current=current)
    before = [] if row is None else row.limits
    after = [asdict(limit) for limit in limits]
    if row is None:
        row = ModelLimits(model_id=model_id, series_name=series_name)
        session.add(row)
    row.limits, row.updated_at, row.updated_by_name = after, utc_now(), actor.name
    session.flush()
    audit.record(
        session,
        actor,
        "limits.set",
        "product_model",
        model_id,
        changes={f"limits of {series_name}": [before, after]},
    )
    return _facts(row)
