"""Errors as the client sees them: RFC 9457 problem details, always with a `code`.

`code` is stable and made for programs; `title` and `detail` are for people. Validation errors list each
field. What went wrong inside the platform is logged under `request_id` and never shown.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import psycopg
import redis
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException

from kernel.errors import ConfigurationError, ForewarnError, Kind, StaleVersion, Unavailable
from kernel.log import get_logger

log = get_logger(__name__)

MEDIA_TYPE = "application/problem+json"

STATUS_OF: Mapping[Kind, int] = {
    Kind.INVALID: 422,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.PRECONDITION: 412,
    Kind.TOO_LARGE: 413,
    Kind.RATE_LIMITED: 429,
    Kind.UNAVAILABLE: 503,
}


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str = Field(description="Path of the field, dots between names", examples=["serial"])
    where: str = Field(description="body, query, path or header", examples=["body"])
    code: str = Field(examples=["string_too_short"])
    message: str = Field(examples=["String should have at least 1 character"])


class Problem(BaseModel):
    """Why a request was not met (RFC 9457)."""

    type: str = Field(examples=["urn:forewarn:problem:stale_version"])
    title: str = Field(examples=["Somebody changed this since you read it."])
    status: int = Field(examples=[412])
    code: str = Field(examples=["stale_version"])
    detail: str = Field(examples=["version 3 was sent, the present one is 4"])
    request_id: str | None = Field(default=None, description="Quote it when asking for help")
    facts: dict[str, Any] = Field(
        default_factory=dict, description="What a program needs to act on the refusal"
    )
    errors: list[FieldProblem] = Field(default_factory=list)


class TooLarge(ForewarnError):
    """The request is too large."""

    code = "too_large"
    kind = Kind.TOO_LARGE


def problem_response(  # the shape of a problem has this many parts
    request_id: str | None,
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    facts: dict[str, Any] | None = None,
    errors: list[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return a problem as a response."""
    problem = Problem(
        type=f"urn:forewarn:problem:{code}",
        title=title,
        status=status,
        code=code,
        detail=detail,
        request_id=request_id,
        facts=facts or {},
        errors=errors or [],
    )
    return JSONResponse(
        problem.model_dump(mode="json"),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )


def of_error(error: ForewarnError, request_id: str | None) -> JSONResponse:
    """Return one of our own errors as a response."""
    headers = {}
    retry_after = error.facts.get("retry_after_seconds")
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    if error.kind is Kind.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = 'Bearer realm="forewarn"'
    return problem_response(
        request_id,
        STATUS_OF[error.kind],
        error.code,
        error.title,
        error.detail,
        facts=error.facts,
        headers=headers,
    )


def _request_id(request: Request) -> str | None:
    found = request.scope.get("forewarn.request_id")
    return found if isinstance(found, str) else None


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    request_id = _request_id(request)
    log.error(
        "request failed",
        request_id=request_id,
        method=request.method,
        path=request.url.path,
        exc_info=error,
    )
    return problem_response(
        request_id,
        500,
        "internal_error",
        "Something went wrong inside Forewarn.",
        "Nothing was changed. The error is logged under this request's id.",
    )


async def _forewarn_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ForewarnError)
    if isinstance(error, ConfigurationError):
        return _unexpected(request, error)
    return of_error(error, _request_id(request))


async def _validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    fields = []
    for item in error.errors():
        where, *path = (str(part) for part in item["loc"])
        fields.append(
            FieldProblem(field=".".join(path), where=where, code=item["type"], message=item["msg"])
        )
    return problem_response(
        _request_id(request),
        422,
        "invalid_request",
        "The request is not valid.",
        "; ".join(f"{item.field or item.where}: {item.message}" for item in fields[:5]),
        errors=fields[:100],
    )


# Codes of ours where Python's phrases differ from release to release.
_HTTP_CODES = {413: "too_large", 422: "invalid_request"}


async def _http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    code = _HTTP_CODES.get(error.status_code, phrase.lower().replace(" ", "_").replace("-", "_"))
    return problem_response(
        _request_id(request),
        error.status_code,
        code,
        phrase,
        str(error.detail),
        headers=error.headers,
    )


# PostgreSQL gave up on this attempt, and another may well succeed.
_TRY_AGAIN = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.QueryCanceled,
)


async def _database_error(request: Request, error: Exception) -> JSONResponse:
    request_id = _request_id(request)
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(error, IntegrityError):
        # A service should have said it better; the constraint's name is safe to show and says which.
        constraint = getattr(getattr(cause, "diag", None), "constraint_name", None)
        log.warning("constraint refused a request", request_id=request_id, constraint=constraint)
        return problem_response(
            request_id,
            409,
            "conflict",
            "The present state does not allow this.",
            "It contradicts what is already stored.",
            facts={"constraint": constraint},
        )
    if isinstance(cause, psycopg.DataError | UnicodeError):
        return problem_response(
            request_id,
            422,
            "value_out_of_range",
            "The input is not valid.",
            "A value is outside of what can be stored.",
        )
    if isinstance(cause, _TRY_AGAIN):
        log.warning("transaction given up", request_id=request_id, error=str(cause))
        return of_error(
            Unavailable("Too much is going on at once; try again", retry_after_seconds=1),
            request_id,
        )
    if isinstance(error, OperationalError | PoolTimeout):
        log.error("database unavailable", request_id=request_id, error=str(cause))
        return of_error(
            Unavailable("The database cannot be reached", retry_after_seconds=5), request_id
        )
    return _unexpected(request, error)


async def _redis_error(request: Request, error: Exception) -> JSONResponse:
    log.error("redis unavailable", request_id=_request_id(request), error=str(error))
    return of_error(
        Unavailable("The message store cannot be reached", retry_after_seconds=5),
        _request_id(request),
    )


async def _stale_data(request: Request, error: Exception) -> JSONResponse:
    del error  # SQLAlchemy's words name tables
    return of_error(
        StaleVersion("it was changed while this request was being worked on"),
        _request_id(request),
    )


def install(app: FastAPI) -> None:
    """Make `app` answer every error with a problem."""
    app.add_exception_handler(ForewarnError, _forewarn_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(StaleDataError, _stale_data)
    app.add_exception_handler(DBAPIError, _database_error)
    app.add_exception_handler(PoolTimeout, _database_error)
    app.add_exception_handler(redis.RedisError, _redis_error)


def unexpected(request: Request, error: Exception) -> JSONResponse:
    """Log an error nobody foresaw and answer without a word of it."""
    return _unexpected(request, error)


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, description in {
        401: "Sign in first, or the session has ended",
        403: "The role does not allow this",
        404: "There is no such thing, or it is not yours to see",
        409: "The present state does not allow this",
        412: "Somebody changed this since you read it",
        413: "The request is too large",
        422: "The request is not valid; `errors` lists the fields",
        429: "Too many attempts; `Retry-After` says when to try again",
        503: "Something this depends on cannot be reached",
    }.items()
}
