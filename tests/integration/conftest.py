"""The HTTP API on the test's own database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
import structlog
from fastapi import FastAPI

from api.app import create_app
from api.rate_limits import SignInLimits
from api.settings import ApiSettings
from kernel.db import Database
from kernel.settings import forget_settings, settings
from registry.models import Organisation
from runtime.wiring import connect_edge_model
from tests.support.http import SECRET, Api, serve

ClientFor = Callable[..., httpx.Client]


@pytest.fixture
def api_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiSettings]:
    monkeypatch.setenv("FOREWARN_SECRET_KEY", SECRET)
    forget_settings()
    yield settings(ApiSettings)
    monkeypatch.undo()
    forget_settings()


@pytest.fixture(scope="session")
def served_app() -> Iterator[tuple[FastAPI, str]]:
    """One server for all tests of a worker; `api` gives it each test's database."""
    # Tracebacks with every local variable, as structlog likes them, take seconds each.
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ]
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOREWARN_SECRET_KEY", SECRET)
        patch.setenv("FOREWARN_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
        forget_settings()
        app = create_app()
        connect_edge_model()
    forget_settings()
    with serve(app) as url:
        yield app, url


@pytest.fixture
def api(served_app: tuple[FastAPI, str], database: Database, api_settings: ApiSettings) -> Api:
    """The application on the test's own database, without Redis."""
    app, url = served_app
    app.state.database = database
    app.state.sign_in_limits = SignInLimits("", api_settings)
    return Api(url, database)


@pytest.fixture
def client_for(api: Api) -> Iterator[ClientFor]:
    """`client_for("engineer")` or `client_for("customer", organisation)`: a signed-in `httpx.Client`."""
    with ExitStack() as stack:

        def make(role: str, organisation: Organisation | None = None, **more: str) -> httpx.Client:
            return stack.enter_context(api.client_for(role, organisation, **more))

        yield make


@pytest.fixture
def anonymous(api: Api) -> Iterator[httpx.Client]:
    """A client that is not signed in."""
    with api.anonymous() as client:
        yield client
