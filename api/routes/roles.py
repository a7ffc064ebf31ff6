"""Roles and permissions, kept as data."""

from fastapi import Response

from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.idempotency import Idempotent
from api.routing import ApiRouter
from api.schemas.people import (
    PermissionList,
    PermissionView,
    RoleCreate,
    RoleList,
    RolePermissions,
    RoleView,
)
from registry.permissions import PERMISSIONS
from registry.roles import service

router = ApiRouter(tags=["roles"])

ADMINISTER = requires("administration.manage")
READ = requires("people.read")


@router.get("/permissions", dependencies=[READ])
def list_permissions() -> PermissionList:
    """List every permission there is."""
    return PermissionList(
        items=[PermissionView(name=name, description=words) for name, words in PERMISSIONS.items()]
    )


@router.get("/roles", dependencies=[READ])
def list_roles(session: Db, actor: Actor) -> RoleList:
    """List every role and what it allows."""
    roles = service.list_roles(session, actor)
    return RoleList(items=[RoleView.model_validate(role) for role in roles])


@router.post("/roles", status_code=201, dependencies=[ADMINISTER, Idempotent])
def create_role(body: RoleCreate, response: Response, session: Db, actor: Actor) -> RoleView:
    """Add a role."""
    made = service.create_role(session, actor, body.name, body.permissions)
    set_etag(response, made.version)
    return RoleView.model_validate(made)


@router.put("/roles/{name}", dependencies=[ADMINISTER])
def set_role_permissions(
    name: str,
    body: RolePermissions,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> RoleView:
    """Replace what a role allows; somebody who may administer is always left."""
    changed = service.set_role_permissions(session, actor, name, body.permissions, if_match)
    set_etag(response, changed.version)
    return RoleView.model_validate(changed)


@router.delete("/roles/{name}", status_code=204, dependencies=[ADMINISTER])
def delete_role(name: str, session: Db, actor: Actor, if_match: IfMatch) -> None:
    """Remove a role that nobody has."""
    service.delete_role(session, actor, name, if_match)
