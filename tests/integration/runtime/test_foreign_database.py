"""A PostgreSQL that is not ours and may lose what it confirms: refused, unless that is accepted in words."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from api.health import _database_checks
from kernel.db import Database, engine_for
from kernel.durability import NotDurable, require_durable
from kernel.errors import ConfigurationError
from kernel.settings import Platform, forget_settings, settings
from migrations import run as migrations
from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres, new_password
from runtime.embedded.service import free_port, running
from runtime.embedded.valkey import EmbeddedValkey
from runtime.supervisor.applications import FOREWARN
from runtime.supervisor.servers import Servers
from runtime.supervisor.state import StackState
from tests.support.databases import DatabaseUrls

VARIABLE = "FOREWARN_DATABASE_RISKS_ACCEPTED"
RISKS = ("fsync", "full_page_writes")


class Foreign:
    """A server whose settings a test may change; they are put back afterwards."""

    def __init__(self, server: EmbeddedPostgres, urls: DatabaseUrls) -> None:
        self.server = server
        self.urls = urls

    def set(self, name: str, value: str | None) -> None:
        change = sql.SQL("ALTER SYSTEM RESET {}").format(sql.Identifier(name))
        if value is not None:
            change = sql.SQL("ALTER SYSTEM SET {} = {}").format(
                sql.Identifier(name), sql.Literal(value)
            )
        with psycopg.connect(self.server.superuser_url, autocommit=True) as connection:
            connection.execute(change)
            connection.execute("SELECT pg_reload_conf()")
        # New sessions get the postmaster's settings, which reads them in its own time.
        while value is not None and self.shown(name) != value:
            pass

    def shown(self, name: str) -> str:
        with psycopg.connect(self.urls.app) as connection:
            found = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
        assert found is not None
        return str(found[0])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foreign]:
    folder = tmp_path_factory.mktemp("foreign")
    server = EmbeddedPostgres(folder / "postgres", free_port(), new_password())
    server.initialise()
    with running(server.service(), folder / "logs"):
        owner, app = new_password(), new_password()
        server.provision(owner, app)
        urls = DatabaseUrls(server.url(OWNER_ROLE, owner), server.url(APP_ROLE, app))
        migrations.upgrade(urls.owner, urls.app)
        yield Foreign(server, urls)


@pytest.fixture
def foreign(server: Foreign) -> Iterator[Foreign]:
    yield server
    for name in (*RISKS, "synchronous_commit"):
        server.set(name, None)
    for name in (*RISKS, "synchronous_commit"):
        while server.shown(name) != "on":
            pass


@pytest.fixture
def accept(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def accepting(names: str) -> None:
        monkeypatch.setenv(VARIABLE, names)
        forget_settings()

    accepting("")
    yield accepting
    monkeypatch.undo()
    forget_settings()


@pytest.mark.parametrize("name", RISKS)
def test_a_server_that_may_lose_commits_is_refused_until_that_is_accepted(
    foreign: Foreign, accept: Callable[[str], None], name: str
) -> None:
    foreign.set(name, "off")
    engine = engine_for(foreign.urls.app)
    with pytest.raises(NotDurable, match=f"^{name} is off on .* set {VARIABLE}={name}$") as refused:
        engine.connect()
    assert (refused.value.code, refused.value.facts) == ("database_not_durable", {"setting": name})
    with pytest.raises(NotDurable):
        require_durable(engine)
    (other,) = set(RISKS) - {name}
    accept(other)
    with pytest.raises(NotDurable, match=f"^{name} is off"):
        require_durable(engine)
    accept(f" {name} ,{other}")
    require_durable(engine)
    accept("")
    foreign.set(name, "on")
    require_durable(engine)
    engine.dispose()


@pytest.mark.parametrize("value", ["off", "local", "remote_write", "on", "remote_apply"])
def test_commits_are_waited_for_whatever_the_server_would_do(
    foreign: Foreign, accept: Callable[[str], None], value: str
) -> None:
    expected = "remote_apply" if value == "remote_apply" else "on"
    foreign.set("synchronous_commit", value)
    engine = engine_for(foreign.urls.app, pool_size=1, overflow=0)
    show = text("SHOW synchronous_commit")
    with engine.connect() as connection:
        assert connection.execute(show).scalar() == expected
        connection.rollback()
        # A session stays as it began, whatever the server is told later.
        foreign.set("synchronous_commit", "off")
        assert connection.execute(show).scalar() == expected
    engine.dispose()
    accept("synchronous_commit")
    with engine.connect() as connection:
        assert connection.execute(show).scalar() == "off"
    engine.dispose()


def test_a_roles_own_setting_counts_too(foreign: Foreign) -> None:
    with psycopg.connect(foreign.server.superuser_url, autocommit=True) as connection:
        connection.execute(f"ALTER ROLE {APP_ROLE} SET synchronous_commit = off")
    assert foreign.shown("synchronous_commit") == "off"
    engine = engine_for(foreign.urls.app)
    with engine.connect() as session:
        assert session.execute(text("SHOW synchronous_commit")).scalar() == "on"
    engine.dispose()
    with psycopg.connect(foreign.server.superuser_url, autocommit=True) as connection:
        connection.execute(f"ALTER ROLE {APP_ROLE} RESET synchronous_commit")


@pytest.mark.usefixtures("accept")
def test_no_process_starts_on_it(
    foreign: Foreign, valkey: EmbeddedValkey, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    foreign.set("full_page_writes", "off")
    environment = {
        "PATH": "/usr/bin:/bin",
        "FOREWARN_DATABASE_URL": foreign.urls.app,
        "FOREWARN_MIGRATOR_DATABASE_URL": foreign.urls.owner,
        "FOREWARN_REDIS_URL": valkey.url,
        "FOREWARN_MQTT_URL": mqtt.url("platform"),
        "FOREWARN_SECRET_KEY": "0123456789" * 4,
    }
    for arguments in (
        ("db", "upgrade"),
        ("ingest", "run"),
        ("worker", "run"),
        ("worker", "run", "--queue", "scoring"),
        ("up", "--data-dir", str(tmp_path / "data"), "--port", str(free_port())),
    ):
        done = subprocess.run(
            [*FOREWARN, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 1, (arguments, done.stderr)
        said = done.stderr.splitlines()[-1]
        assert said.startswith(
            "forewarn: The database may lose what it has confirmed: full_page_writes is off"
        )
        assert len(done.stderr.splitlines()) == (2 if arguments[0] == "up" else 1)
    assert not (tmp_path / "data" / "valkey").exists()


@pytest.mark.usefixtures("accept")
def test_the_stack_and_readiness_say_so(foreign: Foreign, tmp_path: Path) -> None:
    foreign.set("fsync", "off")
    platform = Platform(database_url=foreign.urls.app)
    servers = Servers.choose(platform, StackState.load(tmp_path), tmp_path)
    with pytest.raises(NotDurable, match=r"^fsync is off on"):
        servers.check_external()
    database = Database(engine_for(foreign.urls.app))
    assert _database_checks(database)["database"].startswith("fsync is off on the PostgreSQL")
    foreign.set("fsync", "on")
    servers.check_external()
    assert _database_checks(database) == {"database": "ok", "migrations": "ok"}
    database.dispose()


def test_a_server_that_is_away_is_looked_at_later() -> None:
    engine = engine_for(f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    require_durable(engine)
    engine.dispose()


def test_a_risk_that_is_none_is_refused(accept: Callable[[str], None]) -> None:
    accept("fsync, everything")
    with pytest.raises(
        ConfigurationError, match=f"{VARIABLE}: .*everything is none of fsync, full"
    ):
        settings(Platform)
