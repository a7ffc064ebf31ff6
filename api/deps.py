"""What routes are given: the transaction, who acts, and which version they mean.

`Db` is one transaction per request. It is a function-scoped dependency: FastAPI leaves it after the
answer is made and before it is sent, so a client never sees success that failed to commit.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.dependencies.models import Dependant
from sqlalchemy.orm import Session

from api import auth
from kernel.db import Database
from kernel.errors import InvalidInput
from registry.permissions import PERMISSIONS, Principal

# At most this many requests hold a connection. It must not exceed what the pool gives out: requests that
# hold one and wait for a thread, and threads that wait for a connection, would wait for each other.
TRANSACTIONS_MAX = 16
POOL_SIZE = 10  # and as many again in overflow


def _transaction(request: Request) -> Iterator[Session]:
    database: Database = request.app.state.database
    with database.transaction() as session:
        yield session


Db = Annotated[Session, Depends(_transaction, scope="function", max_concurrency=TRANSACTIONS_MAX)]


def _actor(request: Request, session: Db) -> Principal:
    principal = auth.authenticate(request, session)
    request.scope["forewarn.actor"] = principal.person_id
    return principal


Actor = Annotated[Principal, Depends(_actor)]


def requires(permission: str) -> Any:
    """Return a dependency that gives the principal, if it holds a permission.

    Use as `dependencies=[requires("assets.read")]` or `actor: Annotated[Principal, requires(…)]`.
    """
    assert permission in PERMISSIONS, permission

    def check(actor: Actor) -> Principal:
        actor.require(permission)
        return actor

    check.permission = permission  # type: ignore[attr-defined]  # read by the test of all routes
    return Depends(check)


class InvalidIfMatch(InvalidInput):
    """`If-Match` is not an entity tag that this API gave out."""

    code = "invalid_if_match"


_ENTITY_TAG = re.compile(r'^(?:W/)?"(\d{1,9})"$')


def _if_match(
    if_match: Annotated[
        str | None,
        Header(description='`ETag` of the version that was read, such as `"3"`', examples=['"3"']),
    ] = None,
) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    found = _ENTITY_TAG.match(if_match.strip())
    if found is None:
        raise InvalidIfMatch('send the ETag as it was received, such as "3"')
    return int(found[1])


IfMatch = Annotated[int | None, Depends(_if_match)]


def set_etag(response: Response, version: int) -> None:
    """Tell the client which version it got; it is sent back as `If-Match`."""
    response.headers["ETag"] = f'"{version}"'


def rights_of_route(dependant: Dependant) -> tuple[bool, frozenset[str]]:
    """Tell whether a route needs somebody signed in, and the permissions it checks at the door."""
    signed_in = dependant.call is _actor
    permission = getattr(dependant.call, "permission", None)
    permissions = {permission} if permission else set()
    for inner in dependant.dependencies:
        inner_signed_in, inner_permissions = rights_of_route(inner)
        signed_in = signed_in or inner_signed_in
        permissions |= inner_permissions
    return signed_in, frozenset(permissions)
