"""Parts: numbers, places, movements and stock."""

from typing import Annotated

from fastapi import Query, Response

from api.deps import Actor, Db, requires, set_etag
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.claims import ReversalIn
from api.schemas.parts import (
    LocationCreate,
    LocationKind,
    LocationView,
    MovementCreate,
    MovementView,
    PartCreate,
    PartFactsView,
    StockView,
)
from warranty_parts import service

router = ApiRouter(tags=["parts"])

READ = requires("parts.read")
MOVE = requires("parts.move")
MANAGE = requires("policies.manage")

IdQuery = Annotated[str | None, Query(max_length=64)]


@router.get("/parts", dependencies=[READ])
def list_parts(
    session: Db,
    actor: Actor,
    page: PageQuery,
    q: Annotated[
        str | None, Query(max_length=200, description="Part of a number, in any spelling, or name")
    ] = None,
) -> Page[PartFactsView]:
    """List part numbers, the newest first."""
    rows = service.list_parts(session, actor, page, query=q)
    return Page[PartFactsView].of(rows, PartFactsView.model_validate)


@router.post("/parts", status_code=201, dependencies=[MANAGE, Idempotent])
def create_part(body: PartCreate, response: Response, session: Db, actor: Actor) -> PartFactsView:
    """Make a part number; another spelling of one that is there is refused."""
    made = service.create_part(session, actor, body.to_domain())
    set_etag(response, made.version)
    return PartFactsView.model_validate(made)


@router.get("/parts/{part_id}", dependencies=[READ])
def read_part(part_id: str, response: Response, session: Db, actor: Actor) -> PartFactsView:
    """Return one part number."""
    found = service.get_part(session, actor, part_id)
    set_etag(response, found.version)
    return PartFactsView.model_validate(found)


@router.get("/stock", dependencies=[READ])
def list_stock(
    session: Db,
    actor: Actor,
    page: PageQuery,
    part_id: IdQuery = None,
    location_id: IdQuery = None,
) -> Page[StockView]:
    """List how many pieces of which part are where, in one's scope."""
    rows = service.list_stock(session, actor, page, part_id=part_id, location_id=location_id)
    return Page[StockView].of(rows, StockView.model_validate)


@router.get("/locations", dependencies=[READ])
def list_locations(
    session: Db, actor: Actor, page: PageQuery, kind: LocationKind | None = None
) -> Page[LocationView]:
    """List places in one's scope, the newest first."""
    rows = service.list_locations(session, actor, page, kind=kind)
    return Page[LocationView].of(rows, LocationView.model_validate)


@router.post("/locations", status_code=201, dependencies=[MOVE, Idempotent])
def create_location(
    body: LocationCreate, response: Response, session: Db, actor: Actor
) -> LocationView:
    """Make a place."""
    made = service.create_location(session, actor, body.to_domain())
    set_etag(response, made.version)
    return LocationView.model_validate(made)


@router.get("/locations/{location_id}", dependencies=[READ])
def read_location(location_id: str, response: Response, session: Db, actor: Actor) -> LocationView:
    """Return one place."""
    found = service.get_location(session, actor, location_id)
    set_etag(response, found.version)
    return LocationView.model_validate(found)


@router.get("/movements", dependencies=[READ])
def list_movements(
    session: Db,
    actor: Actor,
    page: PageQuery,
    part_id: IdQuery = None,
    location_id: IdQuery = None,
    work_order_id: IdQuery = None,
) -> Page[MovementView]:
    """List movements with an end in one's scope, the newest first."""
    rows = service.list_movements(
        session,
        actor,
        page,
        part_id=part_id,
        location_id=location_id,
        work_order_id=work_order_id,
    )
    return Page[MovementView].of(rows, MovementView.model_validate)


@router.post("/movements", status_code=201, dependencies=[MOVE, Idempotent])
def move_parts(body: MovementCreate, session: Db, actor: Actor) -> MovementView:
    """Write a movement. A warehouse, van, machine or scrap heap never goes below zero."""
    return MovementView.model_validate(service.move_parts(session, actor, [body.to_domain()])[0])


@router.get("/movements/{movement_id}", dependencies=[READ])
def read_movement(movement_id: str, session: Db, actor: Actor) -> MovementView:
    """Return one movement."""
    return MovementView.model_validate(service.get_movement(session, actor, movement_id))


@router.post("/movements/{movement_id}/reverse", status_code=201, dependencies=[MOVE, Idempotent])
def reverse_movement(movement_id: str, body: ReversalIn, session: Db, actor: Actor) -> MovementView:
    """Write the exact opposite of a movement; what was written is never changed."""
    made = service.reverse_movement(session, actor, movement_id, body.reason)
    return MovementView.model_validate(made)
