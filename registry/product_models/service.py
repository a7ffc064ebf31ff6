"""Public verbs on product models."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.errors import Forbidden, NotFound
from kernel.ids import new_id
from kernel.paging import PageRequest, Slice
from registry import audit
from registry.changes import change
from registry.models import ProductModel
from registry.permissions import Principal
from registry.product_models import repository
from registry.product_models.errors import ModelCodeTaken
from registry.product_models.repository import ModelFilter

__all__ = [
    "ModelFacts",
    "ModelFilter",
    "archive_model",
    "create_model",
    "get_model",
    "list_models",
    "restore_model",
    "update_model",
]


@dataclass(frozen=True)
class ModelFacts:
    """A product model; `equipment_class` as ISO 14224 means it, such as `pump`."""

    id: str
    code: str
    name: str
    equipment_class: str
    archived_at: datetime | None
    version: int


def _facts(row: ProductModel) -> ModelFacts:
    return ModelFacts(row.id, row.code, row.name, row.equipment_class, row.archived_at, row.version)


def _found(session: Session, model_id: str) -> ProductModel:
    row = repository.model(session, model_id)
    if row is None:
        raise NotFound(f"no product model {model_id}")
    return row


def _require_editor(actor: Principal) -> None:
    actor.require("administration.manage")
    if actor.scope is not None:
        raise Forbidden("product models belong to the manufacturer")


def get_model(session: Session, actor: Principal, model_id: str) -> ModelFacts:
    """Return one product model; they are the same for everybody.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("assets.read")
    return _facts(_found(session, model_id))


def list_models(
    session: Session, actor: Principal, wanted: ModelFilter, page: PageRequest
) -> Slice[ModelFacts]:
    """Return product models, by code.

    Raises:
        Forbidden.
    """
    actor.require("assets.read")
    rows = repository.models(session, wanted, page)
    return Slice.cut(rows, page.limit, lambda row: (row.code,)).map(_facts)


def create_model(
    session: Session,
    actor: Principal,
    *,
    code: str,
    name: str,
    equipment_class: str = "unspecified",
) -> ModelFacts:
    """Add a product model.

    Raises:
        Forbidden, ModelCodeTaken.
    """
    _require_editor(actor)
    if repository.model_by_code(session, code) is not None:
        raise ModelCodeTaken(f"there is a model {code}", code=code)
    row = ProductModel(id=new_id("pm"), code=code, name=name, equipment_class=equipment_class)
    session.add(row)
    session.flush()
    session.refresh(row)
    audit.record(
        session,
        actor,
        "product_model.create",
        "product_model",
        row.id,
        changes={"code": [None, code], "name": [None, name]},
    )
    return _facts(row)


def update_model(
    session: Session,
    actor: Principal,
    model_id: str,
    values: Mapping[str, Any],
    expected_version: int | None,
) -> ModelFacts:
    """Change a model's code, name or equipment class.

    Raises:
        Forbidden, NotFound, StaleVersion, ModelCodeTaken.
    """
    _require_editor(actor)
    row = _found(session, model_id)
    code = values.get("code", row.code)
    if code != row.code and repository.model_by_code(session, code) is not None:
        raise ModelCodeTaken(f"there is a model {code}", code=code)
    return _change(session, actor, row, values, expected_version, action="product_model.update")


def archive_model(
    session: Session, actor: Principal, model_id: str, expected_version: int | None
) -> ModelFacts:
    """Put a model away: its assets stay, new ones cannot be of it.

    Raises:
        Forbidden, NotFound, StaleVersion.
    """
    _require_editor(actor)
    row = _found(session, model_id)
    values = {"archived_at": row.archived_at or utc_now()}
    return _change(session, actor, row, values, expected_version, action="product_model.archive")


def restore_model(
    session: Session, actor: Principal, model_id: str, expected_version: int | None
) -> ModelFacts:
    """Bring an archived model back.

    Raises:
        Forbidden, NotFound, StaleVersion.
    """
    _require_editor(actor)
    row = _found(session, model_id)
    values = {"archived_at": None}
    return _change(session, actor, row, values, expected_version, action="product_model.restore")


def _change(
    session: Session,
    actor: Principal,
    row: ProductModel,
    values: Mapping[str, Any],
    expected_version: int | None,
    *,
    action: str,
) -> ModelFacts:
    change(
        session,
        actor,
        row,
        values,
        kind="product_model",
        organisation_id=None,
        expected_version=expected_version,
        action=action,
    )
    return _facts(row)
