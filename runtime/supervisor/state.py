"""What a data folder remembers between two runs: its secrets, and the ports it used last."""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kernel.errors import ConfigurationError, Conflict
from runtime.embedded.postgres import new_password
from runtime.embedded.service import free_port

FILE = "stack.json"
LOCK = "lock"
SECRETS = (
    "postgres_superuser",
    "postgres_owner",
    "postgres_app",
    "valkey",
    "mqtt_platform",
    "mqtt_edge",
    "mqtt_plant",
    "secret_key",
)


@dataclass
class StackState:
    """The remembered facts; the file is readable by its owner alone.

    Attributes:
        secrets: by name, made once and kept: the databases' files depend on them.
        ports: TCP ports by service, kept while they are free so that addresses stay the same.
    """

    path: Path
    secrets: dict[str, str] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, data_dir: Path) -> "StackState":
        """Read a folder's state, adding the secrets it lacks.

        Raises:
            ConfigurationError: the file is there and cannot be read.
        """
        path = data_dir / FILE
        state = cls(path)
        if path.exists():
            try:
                known = json.loads(path.read_text())
                state.secrets = {str(k): str(v) for k, v in known["secrets"].items()}
                state.ports = {str(k): int(v) for k, v in known["ports"].items()}
            except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
                raise ConfigurationError(
                    f"{path} cannot be read ({error!r}); put it back from a copy, or start with "
                    "another data folder: without its secrets this one's database stays closed"
                ) from None
        for name in SECRETS:
            state.secrets.setdefault(name, new_password())
        state.save()
        return state

    def port(self, name: str, preferred: int = 0) -> int:
        """Return the port of a service: the one of the last run or `preferred` if free, else another."""
        port = free_port(self.ports.get(name) or preferred)
        if port in [used for other, used in self.ports.items() if other != name]:
            port = free_port()
        self.ports[name] = port
        return port

    def save(self) -> None:
        """Write the file anew, never half."""
        fresh = self.path.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump({"secrets": self.secrets, "ports": self.ports}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)


@contextmanager
def claimed_port(port: int) -> Iterator[bool]:
    """Claim a well-known port among stacks that are starting; yields whether it was still unclaimed.

    Between choosing a port and listening on it lies a second or two, in which another stack would choose
    the same.
    """
    path = Path(tempfile.gettempdir()) / f"forewarn-port-{port}.lock"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError:
        # Another user's stack made it.
        yield False
        return
    with os.fdopen(handle, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            unclaimed = True
        except BlockingIOError:
            unclaimed = False
        yield unclaimed


def open_data_dir(data_dir: Path) -> None:
    """Make the folder, closed to everybody else.

    Raises:
        ConfigurationError: it cannot be made or written to.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        data_dir.chmod(0o700)
    except OSError as error:
        raise ConfigurationError(
            f"the data folder {data_dir} cannot be used ({error.strerror}); "
            "choose another with --data-dir"
        ) from None


@contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Hold the data folder: the lock is gone when its process is, however it ends.

    Raises:
        Conflict: another process holds it.
    """
    handle = os.open(data_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict(_held_by(data_dir, file.read())) from None
        yield


def note_holder(data_dir: Path, facts: Mapping[str, object]) -> None:
    """Write into the lock file who holds it, for whoever comes second."""
    (data_dir / LOCK).write_text(json.dumps(dict(facts)))


def _held_by(data_dir: Path, said: str) -> str:
    try:
        facts = json.loads(said)
        who = f"process {facts['pid']}, {facts['address']}"
    except (ValueError, KeyError, TypeError):
        who = "it is just starting"
    return f"Forewarn already runs on {data_dir} ({who}); stop it first or use another --data-dir"
