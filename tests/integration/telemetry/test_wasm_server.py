"""The server in WASM behaves as one for whoever comes one after another, and outlives nobody."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from runtime.embedded.service import answers, free_port
from tests.support import compose
from tests.support.databases import DatabaseUrls
from tests.support.timescale.server import Timescale

pytestmark = pytest.mark.timescale

ROOT = Path(__file__).parents[3]
STARTS_ONE = """
import pathlib, sys, time
from runtime.embedded.service import running
from tests.support.timescale.server import wasm_service

with running(wasm_service(int(sys.argv[1])), pathlib.Path(sys.argv[2]), timeout_seconds=90):
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def urls(timescale: Timescale, timescale_urls: DatabaseUrls) -> Iterator[DatabaseUrls]:
    if timescale.native:
        pytest.skip("NOT RUN: this is of the server in WASM; a native one was named")
    return timescale_urls


def test_a_session_has_the_role_the_settings_and_the_encoding_it_asks_for(
    urls: DatabaseUrls,
) -> None:
    options = "-c timezone=Asia/Shanghai -c statement_timeout=1234"
    with psycopg.connect(urls.app, options=options) as connection:
        assert connection.info.encoding == "utf-8"
        assert str(connection.info.timezone) == "Asia/Shanghai"
        row = connection.execute(
            "SELECT session_user, current_setting('statement_timeout'), '泵'"
        ).fetchone()
    assert row == ("forewarn_app", "1234ms", "泵")


def test_a_session_leaves_nothing_to_the_next(urls: DatabaseUrls) -> None:
    connection = psycopg.connect(urls.owner, prepare_threshold=0)
    connection.execute("CREATE TABLE telemetry.left_behind (a int)")
    connection.execute("SET statement_timeout = 1")
    connection.execute("SELECT 1 + %s", [1])
    # No good-bye: the transaction is open.
    connection.pgconn.finish()
    with psycopg.connect(urls.app, prepare_threshold=0) as after:
        row = after.execute(
            "SELECT session_user, current_setting('statement_timeout'), "
            "to_regclass('telemetry.left_behind'), %s + 1",
            [1],
        ).fetchone()
    assert row == ("forewarn_app", "0", None, 2)


def test_connections_take_turns(urls: DatabaseUrls) -> None:
    def ask(number: int) -> int:
        with psycopg.connect(urls.app) as connection:
            row = connection.execute("SELECT %s + 1", [number]).fetchone()
        assert row is not None
        return int(row[0])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(24))) == list(range(1, 25))


def test_sessions_that_are_open_at_once_keep_apart(urls: DatabaseUrls) -> None:
    ask = "SELECT session_user, current_setting('statement_timeout'), %s::int"
    with (
        psycopg.connect(urls.app, prepare_threshold=0, autocommit=True) as one,
        psycopg.connect(
            urls.owner, prepare_threshold=0, autocommit=True, options="-c statement_timeout=5s"
        ) as other,
    ):
        for number in range(3):
            assert one.execute(ask, [number]).fetchone() == ("forewarn_app", "0", number)
            assert other.execute(ask, [number]).fetchone() == ("forewarn_owner", "5s", number)
        one.execute("SET statement_timeout = '7s'")
        one.execute("DEALLOCATE ALL")
        assert other.execute(ask, [4]).fetchone() == ("forewarn_owner", "5s", 4)
        with pytest.raises(psycopg.errors.InvalidSqlStatementName):
            one.execute(ask, [4])
        with ThreadPoolExecutor(1) as pool:
            with other.transaction():
                other.execute("SET LOCAL statement_timeout = '9s'")
                waiting = pool.submit(one.execute, "SHOW statement_timeout")
                assert other.execute(ask, [5]).fetchone() == ("forewarn_owner", "9s", 5)
                assert not waiting.done(), "a transaction has the backend to its end"
            assert waiting.result(10).fetchone() == ("7s",)


def test_strangers_are_refused(urls: DatabaseUrls) -> None:
    for wrong in ({"user": "nobody"}, {"dbname": "nowhere"}):
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            psycopg.connect(urls.app, **wrong)
    with psycopg.connect(urls.app) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_it_ends_when_whoever_started_it_is_killed(urls: DatabaseUrls, tmp_path: Path) -> None:
    assert urls
    port = free_port()
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTS_ONE, str(port), str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    with starter.stdout:
        assert starter.stdout.readline() == "ready\n"
    assert answers(port)
    starter.kill()
    starter.wait()
    deadline = time.monotonic() + 20
    while answers(port):
        assert time.monotonic() < deadline, "the server outlived its starter"
        time.sleep(0.1)


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def test_it_is_no_newer_than_what_compose_runs(urls: DatabaseUrls) -> None:
    """Of the same PostgreSQL. Compose is newer, for direct compress beside rollups (ADR 11)."""
    image = compose.raw()["services"]["database"]["image"]
    with psycopg.connect(urls.app) as connection:
        row = connection.execute(
            "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'"
        ).fetchone()
        major = connection.info.server_version // 10_000
    assert row is not None
    name, _, tag = image.partition(":")
    version, _, postgres = tag.partition("-")
    assert (name, postgres) == ("timescale/timescaledb", f"pg{major}")
    assert numbers(version) >= max(numbers(row[0].removesuffix("-dev")), (2, 28, 1))
