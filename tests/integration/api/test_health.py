"""Whether the process lives and can work, and what it counts."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from api import health
from kernel.db import Database, engine_for
from kernel.settings import forget_settings
from runtime.embedded.service import free_port
from runtime.embedded.valkey import EmbeddedValkey
from tests.integration.conftest import ClientFor
from tests.support.databases import DatabaseUrls
from tests.support.http import Api


@pytest.fixture
def root(api: Api) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api.url) as client:
        yield client


def test_a_ready_process_says_so(
    root: httpx.Client, valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREWARN_REDIS_URL", valkey.url)
    forget_settings()
    assert root.get("/healthz").json() == {"status": "ok"}
    ready = root.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["checks"] == {"database": "ok", "migrations": "ok", "redis": "ok"}


def test_what_is_away_is_named(
    root: httpx.Client, served_app: tuple[FastAPI, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, _ = served_app
    kept = app.state.database
    away = Database(engine_for(f"postgresql://nobody@127.0.0.1:{free_port()}/none"))
    app.state.database = away
    monkeypatch.setenv("FOREWARN_REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    forget_settings()
    answer = root.get("/readyz")
    app.state.database = kept
    away.dispose()
    assert answer.status_code == 503
    assert answer.json()["checks"] == {
        "database": "unreachable",
        "migrations": "unknown",
        "redis": "unreachable",
    }
    assert root.get("/healthz").status_code == 200


def test_a_database_of_another_age_is_not_ready(
    own_api: Api, root: httpx.Client, database_urls: DatabaseUrls
) -> None:
    engine = engine_for(database_urls.owner)
    with engine.begin() as connection:
        connection.execute(text("UPDATE kernel.alembic_version SET version_num = '0003'"))
    engine.dispose()
    answer = root.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"].startswith("at 0003, needs ")
    del own_api


def test_requests_are_counted_by_route(root: httpx.Client, client_for: ClientFor) -> None:
    client = client_for("engineer")
    for number in range(3):
        client.get(f"/assets/ast_{number}")
    counted = root.get("/metrics").text
    line = (
        'forewarn_http_requests_total{method="GET",route="/api/v1/assets/{asset_id}",status="404"}'
    )
    assert line in counted
    assert "ast_1" not in counted
    assert 'forewarn_http_request_seconds_bucket{le="0.005",method="GET"' in counted


def test_metrics_are_for_this_machine_or_for_who_has_the_token(
    root: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert root.get("/metrics").status_code == 200
    # A proxy on this machine passes on requests of others.
    through = root.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"})
    assert (through.status_code, through.json()["code"]) == (403, "metrics_forbidden")
    monkeypatch.setenv("FOREWARN_API_METRICS_TOKEN", "a token for prometheus")
    forget_settings()
    assert root.get("/metrics").status_code == 403
    good = {"Authorization": "Bearer a token for prometheus"}
    assert root.get("/metrics", headers=good).status_code == 200
    assert root.get("/metrics", headers={"Authorization": "Bearer x"}).status_code == 403


def test_loopback_is_told_from_everything_else() -> None:
    assert health._is_loopback("127.0.0.1")
    assert health._is_loopback("::1")
    assert not health._is_loopback("10.0.0.1")
    assert not health._is_loopback("unknown")
