"""Product models."""

from fastapi import Response

from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routes.organisations import ARCHIVED, Archived, Q
from api.routing import ApiRouter
from api.schemas.registry import ProductModelCreate, ProductModelPatch, ProductModelView
from registry.product_models import service

router = ApiRouter(prefix="/product-models", tags=["product models"])

ADMINISTER = requires("administration.manage")
READ = requires("assets.read")


@router.get("", dependencies=[READ])
def list_product_models(
    session: Db,
    actor: Actor,
    page: PageQuery,
    equipment_class: str | None = None,
    q: Q = None,
    archived: Archived = "no",
) -> Page[ProductModelView]:
    """List product models, by code."""
    wanted = service.ModelFilter(equipment_class, ARCHIVED[archived], q)
    rows = service.list_models(session, actor, wanted, page)
    return Page[ProductModelView].of(rows, ProductModelView.model_validate)


@router.post("", status_code=201, dependencies=[ADMINISTER, Idempotent])
def create_product_model(
    body: ProductModelCreate, response: Response, session: Db, actor: Actor
) -> ProductModelView:
    """Add a product model."""
    made = service.create_model(
        session, actor, code=body.code, name=body.name, equipment_class=body.equipment_class
    )
    set_etag(response, made.version)
    return ProductModelView.model_validate(made)


@router.get("/{model_id}", dependencies=[READ])
def read_product_model(
    model_id: str, response: Response, session: Db, actor: Actor
) -> ProductModelView:
    """Return one product model."""
    found = service.get_model(session, actor, model_id)
    set_etag(response, found.version)
    return ProductModelView.model_validate(found)


@router.patch("/{model_id}", dependencies=[ADMINISTER])
def update_product_model(
    model_id: str,
    body: ProductModelPatch,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> ProductModelView:
    """Change a product model."""
    changed = service.update_model(session, actor, model_id, body.changes(), if_match)
    set_etag(response, changed.version)
    return ProductModelView.model_validate(changed)


@router.post("/{model_id}/archive", dependencies=[ADMINISTER])
def archive_product_model(
    model_id: str, response: Response, session: Db, actor: Actor, if_match: IfMatch
) -> ProductModelView:
    """Put a model away: its assets stay, new ones cannot be of it."""
    changed = service.archive_model(session, actor, model_id, if_match)
    set_etag(response, changed.version)
    return ProductModelView.model_validate(changed)


@router.post("/{model_id}/restore", dependencies=[ADMINISTER])
def restore_product_model(
    model_id: str, response: Response, session: Db, actor: Actor, if_match: IfMatch
) -> ProductModelView:
    """Bring an archived model back."""
    changed = service.restore_model(session, actor, model_id, if_match)
    set_etag(response, changed.version)
    return ProductModelView.model_validate(changed)
