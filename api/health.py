"""Whether the process lives, whether it can work, and what it counts: `/healthz`, `/readyz`, `/metrics`.

They are outside of `/api/v1` and show nothing of the business.
"""

import hmac
import ipaddress
from functools import cache
from typing import Any

import redis
from alembic.script import ScriptDirectory
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.settings import ApiSettings
from kernel.db import Database
from kernel.durability import NotDurable
from kernel.errors import Forbidden
from kernel.settings import Platform, settings
from migrations.run import config

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Tell that the process answers; it asks nobody else."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(request: Request) -> JSONResponse:
    """Tell whether the database, its migrations and Redis are there; 503 when one is not."""
    checks = {**_database_checks(request.app.state.database), "redis": _redis_check()}
    ready = all(state in {"ok", "not configured"} for state in checks.values())
    return JSONResponse(
        {"status": "ok" if ready else "unavailable", "checks": checks},
        status_code=200 if ready else 503,
    )


@cache
def _newest_revision() -> str | None:
    return ScriptDirectory.from_config(config("")).get_current_head()


def _database_checks(database: Database) -> dict[str, str]:
    try:
        with database.engine.connect() as connection:
            revision = connection.execute(
                text("SELECT version_num FROM kernel.alembic_version")
            ).scalar()
    except NotDurable as error:
        return {"database": error.detail, "migrations": "unknown"}
    except SQLAlchemyError:
        return {"database": "unreachable", "migrations": "unknown"}
    newest = _newest_revision()
    return {
        "database": "ok",
        "migrations": "ok" if revision == newest else f"at {revision}, needs {newest}",
    }


def _redis_check() -> str:
    url = settings(Platform).redis_url
    if not url:
        return "not configured"
    try:
        with redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
            client.ping()
    except redis.RedisError:
        return "unreachable"
    return "ok"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class MetricsForbidden(Forbidden):
    """Metrics are for the machine itself, or for who has the token."""

    code = "metrics_forbidden"


def _require_reader(request: Request) -> None:
    wanted = settings(ApiSettings).metrics_token.get_secret_value()
    sent: Any = request.headers.get("authorization", "").removeprefix("Bearer ")
    if wanted:
        allowed = hmac.compare_digest(sent.encode(), wanted.encode())
    else:
        allowed = _is_loopback(request.client.host if request.client else "")
    if not allowed:
        raise MetricsForbidden("set FOREWARN_API_METRICS_TOKEN and send it as a bearer token")


@router.get("/metrics")
def read_metrics(request: Request) -> Response:
    """Return counters and timings in Prometheus' text format."""
    _require_reader(request)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
