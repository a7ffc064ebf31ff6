"""The application: routers put together, with everything that is around them.

A domain's routes are in `api/routes/<domain>.py` as `router`; add the module to `ROUTERS`.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from api import health, openapi, problems, web
from api.deps import POOL_SIZE
from api.events import Hub
from api.rate_limits import SignInLimits
from api.rim import BodyLimit, Rim
from api.routes import (
    alarm_calibration,
    alarm_performance,
    alarm_rationales,
    alarm_suppressions,
    alarms,
    alarms_handling,
    assets,
    attachments,
    audit,
    backtests,
    claims,
    complaints,
    coverage,
    detectors,
    edge,
    events,
    expectations,
    gateway_alarms,
    gateways,
    gateways_configuration,
    gateways_tags,
    knowledge,
    mail,
    modes,
    notices,
    organisations,
    parts,
    people,
    product_models,
    quarantine,
    redundant_sensors,
    roles,
    search,
    series_limits,
    session,
    sites,
    sla,
    sources,
    states,
    telemetry,
    telemetry_export,
    telemetry_live,
    telemetry_queries,
    work_orders,
)
from api.routing import ApiRoute
from api.settings import ApiSettings
from kernel.db import Database, engine_for
from kernel.settings import Platform, settings

PREFIX = "/api/v1"

ROUTERS: tuple[APIRouter, ...] = (
    session.router,
    organisations.router,
    organisations.contacts_router,
    people.router,
    roles.router,
    sites.router,
    product_models.router,
    assets.router,
    attachments.router,
    work_orders.router,
    complaints.router,
    sla.router,
    notices.router,
    knowledge.router,
    telemetry.assets_router,
    telemetry_export.router,
    telemetry_live.router,
    telemetry_queries.assets_router,
    states.router,
    telemetry_queries.router,
    telemetry.router,
    gateways.router,
    sources.router,
    gateways_configuration.router,
    gateways_configuration.model_router,
    gateways_tags.router,
    gateway_alarms.router,
    edge.router,
    quarantine.router,
    alarms.router,
    alarms.series_router,
    expectations.router,
    alarms_handling.router,
    series_limits.router,
    redundant_sensors.router,
    mail.router,
    modes.router,
    series_limits.asset_router,
    series_limits.model_router,
    alarm_calibration.router,
    alarm_calibration.asset_router,
    alarm_suppressions.router,
    alarm_performance.router,
    alarm_rationales.router,
    alarm_rationales.alarm_router,
    alarm_performance.episodes_router,
    detectors.router,
    detectors.choices_router,
    backtests.router,
    claims.router,
    coverage.router,
    parts.router,
    audit.router,
    search.router,
    events.router,
)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    listening = asyncio.create_task(app.state.hub.run())
    try:
        yield
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
    if app.state.owns_database:
        app.state.database.dispose()


def _bare_app() -> FastAPI:
    app = FastAPI(
        title="Forewarn",
        version=version("forewarn"),
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # it would load scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    problems.install(app)
    for router in ROUTERS:
        _require_own_routes(router)
        app.include_router(router, prefix=PREFIX)
    app.openapi = lambda: openapi.document(app)  # type: ignore[method-assign]  # FastAPI's own way
    return app


def document() -> str:
    """Return the OpenAPI document as text, the same for the same code."""
    return json.dumps(_bare_app().openapi(), indent=1, ensure_ascii=False) + "\n"


def create_app(database: Database | None = None) -> FastAPI:
    """Return the application on `database`, or on the one the settings name.

    Raises:
        ConfigurationError: a setting that is needed is missing.
    """
    platform = settings(Platform)
    platform.secret()
    own = settings(ApiSettings)
    app = _bare_app()
    app.state.owns_database = database is None
    if database is None:
        platform.require("database_url")
        database = Database(engine_for(platform.database_url, pool_size=POOL_SIZE))
    app.state.database = database
    app.state.hub = Hub(platform.redis_url, own.event_streams_max)
    app.state.sign_in_limits = SignInLimits(platform.redis_url, own)
    app.include_router(health.router)
    web.install(app, own.web())
    app.state.route_templates = {
        context.endpoint: context.path_format for context in iter_route_contexts(app.routes)
    }
    # The last one added is the outermost.
    app.add_middleware(
        GZipMiddleware,
        minimum_size=1000,
        compresslevel=5,
        exclude_content_types=(
            *DEFAULT_EXCLUDED_CONTENT_TYPES,
            "application/octet-stream",
            "application/vnd.apache.parquet",
        ),
    )
    app.add_middleware(BodyLimit)
    app.add_middleware(Rim)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


def _require_own_routes(router: APIRouter) -> None:
    # A plain APIRoute would neither check text nor keep the answers of idempotent creates.
    for route in router.routes:
        if isinstance(route, APIRoute) and not isinstance(route, ApiRoute):
            raise TypeError(f"{route.path}: make the router with api.routing.ApiRouter")
