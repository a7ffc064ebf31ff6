"""The application: routers put together, with everything that is around them.

A domain's routes are in `api/routes/<domain>.py` as `router`; add the module to `ROUTERS`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from api import health, openapi, problems, web
from api.deps import POOL_SIZE
from api.rate_limits import SignInLimits
from api.rim import BodyLimit, Rim
from api.routes import session
from api.routing import ApiRoute
from api.settings import ApiSettings
from kernel.db import Database, engine_for
from kernel.settings import Platform, settings

PREFIX = "/api/v1"

ROUTERS: tuple[APIRouter, ...] = (
    session.router,
)  # fmt: skip


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    if app.state.owns_database:
        app.state.database.dispose()


def create_app(database: Database | None = None) -> FastAPI:
    """Return the application on `database`, or on the one the settings name.

    Raises:
        ConfigurationError: a setting that is needed is missing.
    """
    platform = settings(Platform)
    platform.secret()
    own = settings(ApiSettings)
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
    app.state.owns_database = database is None
    if database is None:
        platform.require("database_url")
        database = Database(engine_for(platform.database_url, pool_size=POOL_SIZE))
    app.state.database = database
    app.state.sign_in_limits = SignInLimits(platform.redis_url, own)
    problems.install(app)
    for router in ROUTERS:
        _require_own_routes(router)
        app.include_router(router, prefix=PREFIX)
    app.include_router(health.router)
    web.install(app, own.web_dir)
    app.openapi = lambda: openapi.document(app)  # type: ignore[method-assign]  # FastAPI's own way
    app.state.route_templates = {
        context.endpoint: context.path_format for context in iter_route_contexts(app.routes)
    }
    # The last one added is the outermost.
    app.add_middleware(
        GZipMiddleware,
        minimum_size=1000,
        compresslevel=5,
        exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/octet-stream"),
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
