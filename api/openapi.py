"""The OpenAPI document: how to sign in, and problems as they really are."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from api import auth
from api.deps import rights_of_route
from api.problems import RESPONSES, Problem

DESCRIPTION = """\
Everything the web app does, programs can do here.

People sign in with `POST /session`; machines send `Authorization: Bearer …`. Errors are
`application/problem+json` (RFC 9457) with a stable `code`. Lists are paged with `cursor`. An object's `ETag`
is sent back as `If-Match` when it is changed. `Idempotency-Key` makes a create safe to repeat.
`GET /events` streams changes.
"""


def _problem_schemas() -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    inner = schema.pop("$defs")
    return {"Problem": schema, **inner}


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of everything under `/api/v1`."""
    if app.openapi_schema is not None:
        return app.openapi_schema
    made = get_openapi(
        title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes
    )
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas.update(_problem_schemas())
    components["responses"] = {
        f"Problem{status}": response for status, response in RESPONSES.items()
    }
    components["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": auth.SESSION_COOKIE},
        "token": {"type": "http", "scheme": "bearer"},
    }
    for context in iter_route_contexts(app.routes):
        path = made["paths"].get(context.path_format)
        dependant = getattr(context, "dependant", None)
        if path is None or dependant is None:
            continue
        signed_in, permissions = rights_of_route(dependant)
        for method in context.methods or ():
            operation = path.get(method.lower())
            if operation is not None:
                _describe(operation, signed_in, permissions)
    app.openapi_schema = made
    return made


def _describe(operation: dict[str, Any], signed_in: bool, permissions: frozenset[str]) -> None:
    operation["security"] = [{"session": []}, {"token": []}] if signed_in else []
    if permissions:
        needed = ", ".join(f"`{name}`" for name in sorted(permissions))
        operation["description"] = f"{operation.get('description', '')}\n\nNeeds {needed}.".strip()
    for status in RESPONSES:
        if status in {401, 403} and not signed_in:
            continue
        reference = {"$ref": f"#/components/responses/Problem{status}"}
        # FastAPI's own words for 422 are not what is sent.
        if status == 422:  # noqa: PLR2004
            operation["responses"]["422"] = reference
        else:
            operation["responses"].setdefault(str(status), reference)
