"""Every route with every role: allowed exactly when the role holds the permission the table names."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from api.app import PREFIX
from api.deps import rights_of_route
from registry.permissions import PERMISSIONS, ROLES
from tests.integration.api.route_rights import BY_OBJECT, PUBLIC, RIGHTS, SIGNED_IN
from tests.integration.conftest import ClientFor
from tests.support.http import Api

# It never ends by itself; the stream's own tests sign in and out.
STREAMS = frozenset({"GET /events", "GET /series/live"})
ENDS_THE_SESSION = frozenset({"DELETE /session"})


def _routes(app: FastAPI) -> dict[str, tuple[bool, frozenset[str]]]:
    found = {}
    for context in iter_route_contexts(app.routes):
        path = context.path_format or ""
        if isinstance(context.original_route, APIRoute) and path.startswith(PREFIX):
            for method in context.methods or ():
                rights = rights_of_route(context.dependant)
                found[f"{method} {path.removeprefix(PREFIX)}"] = rights
    return found


def test_every_route_is_in_the_table_and_the_other_way_round(
    served_app: tuple[FastAPI, str],
) -> None:
    assert set(_routes(served_app[0])) == set(RIGHTS)


def test_the_code_asks_for_what_the_table_says(served_app: tuple[FastAPI, str]) -> None:
    for route, (signed_in, permissions) in _routes(served_app[0]).items():
        wanted = RIGHTS[route]
        assert signed_in == (wanted != PUBLIC), route
        if wanted in PERMISSIONS:
            assert permissions == {wanted}, route
        else:
            assert permissions == set(), route


def _send(client: httpx.Client, route: str) -> int:
    method, _, path = route.partition(" ")
    body: dict[str, str] | None = {} if method in {"POST", "PUT", "PATCH"} else None
    return client.request(method, re.sub(r"\{\w+\}", "none_such", path), json=body).status_code


def _walk(make: Callable[[], httpx.Client], routes: list[str]) -> dict[str, int]:
    client = make()
    with ThreadPoolExecutor(6) as pool:
        answers = dict(
            zip(routes, pool.map(lambda route: _send(client, route), routes), strict=True)
        )
    return answers | {route: _send(make(), route) for route in ENDS_THE_SESSION}


def test_every_route_with_every_role(client_for: ClientFor) -> None:
    routes = sorted(set(RIGHTS) - STREAMS - ENDS_THE_SESSION)
    wrong = []
    for role, permissions in ROLES.items():
        answers = _walk(lambda role=role: client_for(role), routes)  # type: ignore[misc]  # bound now
        for route, status in answers.items():
            wanted = RIGHTS[route]
            if wanted in PERMISSIONS and wanted not in permissions:
                right = status == 403
            elif wanted == BY_OBJECT:
                right = status in {403, 404, 422}
            else:
                right = status not in {401, 403} and status < 500
            if not right:
                wrong.append((role, route, wanted, status))
    assert wrong == []


def test_every_route_without_signing_in(api: Api) -> None:
    with api.anonymous() as client:
        answers = {route: _send(client, route) for route in sorted(RIGHTS)}
    for route, status in answers.items():
        if RIGHTS[route] == PUBLIC:
            assert status not in {401, 403}, route
        else:
            assert status == 401, route
    assert SIGNED_IN in RIGHTS.values()


def test_operations_have_names_of_their_own(served_app: tuple[FastAPI, str]) -> None:
    document = served_app[0].openapi()
    names = [
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
    ]
    assert len(names) == len(set(names))
