"""Debian's PostgreSQL, Redis and Mosquitto, started with the very files of `deploy/`.

They are used where they are installed; in CI as root they are installed when missing.
"""

import fcntl
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from runtime.checks import chromium
from runtime.embedded.postgres import _as_unprivileged
from runtime.embedded.service import Service, answers, free_port, running
from tests.support import compose

DEPLOY = compose.ROOT / "deploy"
PACKAGES = ("postgresql", "redis-server", "mosquitto", "openssl")
# Gateways with a login of their own, and their passwords.
GATEWAYS = {f"gw_{name}": secrets.token_hex(16) for name in ("one", "two")}
# Servers are not on everybody's path.
PATH = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"


@dataclass(frozen=True)
class Installation:
    """Where the programs are."""

    postgres_bin: Path
    redis: Path
    mosquitto: Path


@dataclass(frozen=True)
class DebianServers:
    """The three servers, running, and the compose file read for them.

    Attributes:
        services: the compose file's services, with this installation's secrets, hosts and ports.
        ca_file: certificate of the authority that signed the broker's.
    """

    folder: Path
    services: dict[str, Any]
    postgres_port: int
    ca_file: Path

    def environment(self, name: str) -> dict[str, str]:
        """Return what the compose file gives a process, its heartbeat in our folder."""
        given = {key: str(value) for key, value in self.services[name]["environment"].items()}
        return {**given, "FOREWARN_HEARTBEAT_FILE": str(self.folder / f"{name}.alive")}


def find() -> Installation | None:
    """Return where Debian's servers are; None when one is missing."""
    clusters = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    found = [shutil.which(name, path=PATH) for name in ("redis-server", "mosquitto", "openssl")]
    if not clusters or not all(found):
        return None
    return Installation(clusters[-1].parent, Path(str(found[0])), Path(str(found[1])))


def require() -> Installation:
    """Return where Debian's servers are, installing them in CI; otherwise skip the test, saying so."""
    with (Path(tempfile.gettempdir()) / f"forewarn-debian-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = find()
        if found is None and os.environ.get("CI") == "true" and os.geteuid() == 0:
            assert chromium.install(*PACKAGES), f"apt-get could not install {PACKAGES}"
            found = find()
    if found is None:
        assert os.environ.get("CI") != "true", f"in CI this needs Debian's {PACKAGES}"
        pytest.skip(f"NOT RUN: needs Debian's {', '.join(PACKAGES)}, which CI installs")
    return found


@contextmanager
def started() -> Iterator[DebianServers]:
    """Run the three servers for the length of a `with` block."""
    installation = require()
    names = compose.variables(compose.FILE.read_text())
    filled = {name: secrets.token_hex(24) for name, kind in names.items() if kind == ":?"}
    ports = {name: free_port() for name in ("database", "redis", "mqtt")}
    with ExitStack() as stack:
        # Not pytest's folder: the servers' own users must be able to reach it.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forewarn-debian-")))
        folder.chmod(0o755)
        certs = folder / "certs"
        subprocess.run(
            [DEPLOY / "mosquitto" / "make-certs.sh", certs, "localhost", "127.0.0.1"],
            check=True,
            capture_output=True,
        )
        filled |= {"FOREWARN_CERTS_DIR": str(certs), "FOREWARN_PUBLIC_URL": "http://127.0.0.1"}
        services = _with_our_addresses(compose.read(filled)["services"], ports, certs)
        stack.enter_context(_postgres(installation, folder, ports["database"], services))
        stack.enter_context(_redis(installation, folder, ports["redis"], services))
        stack.enter_context(_mosquitto(installation, folder, ports["mqtt"], services))
        yield DebianServers(folder, services, ports["database"], certs / "ca.crt")


def _with_our_addresses(value: Any, ports: dict[str, int], certs: Path) -> Any:
    if isinstance(value, dict):
        return {key: _with_our_addresses(item, ports, certs) for key, item in value.items()}
    if not isinstance(value, str):
        return value
    inside = {"database": 5432, "redis": 6379, "mqtt": 8883}
    for host, port in inside.items():
        value = value.replace(f"@{host}:{port}", f"@127.0.0.1:{ports[host]}")
    return value.replace("/certs/", f"{certs}/") if value.startswith("/certs/") else value


@contextmanager
def _postgres(
    installation: Installation, folder: Path, port: int, services: dict[str, Any]
) -> Iterator[None]:
    service = services["database"]
    environment = service["environment"]
    data = folder / "postgres"
    data.mkdir(mode=0o700)
    password_file = folder / "superuser"
    password_file.write_text(environment["POSTGRES_PASSWORD"])
    prefix = _as_unprivileged(data)
    if prefix:
        user = next(part.partition("=")[2] for part in prefix if part.startswith("--reuid="))
        shutil.chown(data, user)
        shutil.chown(password_file, user)
    subprocess.run(
        [
            *prefix,
            installation.postgres_bin / "initdb",
            f"--pgdata={data}",
            "--username=postgres",
            f"--pwfile={password_file}",
            *environment["POSTGRES_INITDB_ARGS"].split(),
        ],
        check=True,
        capture_output=True,
    )
    # The container's own command; only TimescaleDB is not there to be loaded.
    _, *options = service["command"]
    options[options.index("shared_preload_libraries=timescaledb")] = "shared_preload_libraries="
    argv = [
        *prefix,
        str(installation.postgres_bin / "postgres"),
        *("-D", str(data), "-p", str(port), "-c", "listen_addresses=127.0.0.1"),
        *("-c", "unix_socket_directories="),
        *options,
    ]
    address = f"postgresql://postgres:{environment['POSTGRES_PASSWORD']}@127.0.0.1:{port}/postgres"

    def ready() -> bool:
        try:
            psycopg.connect(address, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    with running(Service("debian-postgres", argv, ready), folder / "logs"):
        subprocess.run(
            [
                *(installation.postgres_bin / "psql", "-X", "-q", address),
                *("-f", DEPLOY / "postgres" / "init.sql"),
            ],
            env={**os.environ, **environment},
            check=True,
            capture_output=True,
        )
        yield


@contextmanager
def _redis(
    installation: Installation, folder: Path, port: int, services: dict[str, Any]
) -> Iterator[None]:
    password = services["redis"]["environment"]["FOREWARN_REDIS_PASSWORD"]
    data = folder / "redis"
    data.mkdir()
    argv = [
        *("/bin/sh", str(DEPLOY / "redis" / "start.sh"), str(DEPLOY / "redis" / "redis.conf")),
        *(f"port {port}", "bind 127.0.0.1", f"dir {data}"),
    ]

    def ready() -> bool:
        try:
            with redis.Redis(port=port, password=password, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    env = {**services["redis"]["environment"], "PATH": f"{installation.redis.parent}:{PATH}"}
    with running(Service("debian-redis", argv, ready, env), folder / "logs"):
        yield


@dataclass(frozen=True)
class Broker:
    """Mosquitto alone, as the compose file starts it.

    Attributes:
        health_check: the compose file's, with this installation's paths, host and port.
        secrets: its logins' passwords.
    """

    folder: Path
    health_check: str
    secrets: list[str]


@contextmanager
def broker(programs: Path) -> Iterator[Broker]:
    """Run Mosquitto with TLS; what it starts is looked for in `programs` first."""
    installation = require()
    names = compose.variables(compose.FILE.read_text())
    filled = {name: secrets.token_hex(24) for name, kind in names.items() if kind == ":?"}
    services = compose.read(filled)["services"]
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="forewarn-broker-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        certs = folder / "certs"
        subprocess.run(
            [DEPLOY / "mosquitto" / "make-certs.sh", certs, "localhost", "127.0.0.1"],
            check=True,
            capture_output=True,
        )
        _, check = services["mqtt"]["healthcheck"]["test"]
        for inside, here in (
            ("-h mqtt -p 8883", f"-h localhost -p {port}"),
            ("/certs/", f"{certs}/"),
            ("/mosquitto/data", f"{folder}/mosquitto"),
        ):
            assert inside in check
            check = check.replace(inside, here)
        passwords = list(services["mqtt"]["environment"].values())
        with _mosquitto(installation, folder, port, services, programs):
            yield Broker(folder, check, passwords)


@contextmanager
def _mosquitto(
    installation: Installation,
    folder: Path,
    port: int,
    services: dict[str, Any],
    programs: Path = Path("/usr/bin"),
) -> Iterator[None]:
    data = folder / "mosquitto"
    data.mkdir()
    shutil.copy(DEPLOY / "mosquitto" / "acl", data / "acl")
    config = data / "mosquitto.conf"
    config.write_text(
        (DEPLOY / "mosquitto" / "mosquitto.conf")
        .read_text()
        .replace("listener 8883", f"listener {port} 127.0.0.1")
        .replace("/certs/", f"{folder / 'certs'}/")
        .replace("/etc/forewarn/acl", str(data / "acl"))
        .replace("/mosquitto/data", str(data))
    )
    gateways = data / "gateways"
    gateways.write_text("".join(f"{name}:{password}\n" for name, password in GATEWAYS.items()))
    subprocess.run(
        [shutil.which("mosquitto_passwd", path=PATH) or "mosquitto_passwd", "-U", gateways],
        check=True,
    )
    start = DEPLOY / "mosquitto" / "start.sh"
    argv = ["/bin/sh", *map(str, (start, config, data, gateways, folder / "certs"))]
    path = f"{programs}:{installation.mosquitto.parent}:{PATH}"
    env = {**services["mqtt"]["environment"], "PATH": path}
    with running(Service("debian-mosquitto", argv, lambda: answers(port), env), folder / "logs"):
        yield


@contextmanager
def plain_mosquitto() -> Iterator[str]:
    """Run Debian's Mosquitto with one login and no ACL, as somebody may have it already; yields its URL."""
    installation = require()
    port, password = free_port(), secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="forewarn-mosquitto-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        passwords = folder / "passwords"
        passwords.write_text(f"forewarn:{password}\n")
        subprocess.run(
            [shutil.which("mosquitto_passwd", path=PATH) or "mosquitto_passwd", "-U", passwords],
            check=True,
        )
        passwords.chmod(0o644)
        config = folder / "mosquitto.conf"
        config.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\n"
            "max_queued_messages 100000\n"
        )
        argv = [str(installation.mosquitto), "-c", str(config)]
        with running(Service("plain-mosquitto", argv, lambda: answers(port)), folder / "logs"):
            yield f"mqtt://forewarn:{password}@127.0.0.1:{port}"
