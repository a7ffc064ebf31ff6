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


class StackNotRunning(ConfigurationError):
    """No running Forewarn was found."""

    code = "stack_not_running"


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
        state = cls.read(data_dir) if path.exists() else cls(path)
        for name in SECRETS:
            state.secrets.setdefault(name, new_password())
        state.save()
        return state

    @classmethod
    def read(cls, data_dir: Path) -> "StackState":
        """Read a folder's state as it is, changing nothing.

        Raises:
            ConfigurationError: the file cannot be read.
        """
        state = cls(data_dir / FILE)
        try:
            known = json.loads(state.path.read_text())
            state.secrets = {str(k): str(v) for k, v in known["secrets"].items()}
            state.ports = {str(k): int(v) for k, v in known["ports"].items()}
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            raise ConfigurationError(
                f"{state.path} cannot be read ({error!r}); put it back from a copy, or start with "
                "another data folder: without its secrets this one's database stays closed"
            ) from None
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


def holder(data_dir: Path) -> dict[str, object]:
    """Return what the process that holds a data folder has noted about itself.

    Raises:
        StackNotRunning: no process holds it; what a dead one noted counts for nothing.
        ConfigurationError: it is somebody else's.
    """
    nobody = StackNotRunning(
        f"no Forewarn runs on {data_dir}; start it with `forewarn up`, or name the folder of the one "
        "that runs with --data-dir"
    )
    try:
        with (data_dir / LOCK).open() as file:
            facts = _noted(file.read())
            if not (_runs(facts.get("pid")) and _is_locked(file.fileno())):
                raise nobody
    except (FileNotFoundError, NotADirectoryError):
        raise nobody from None
    except OSError as error:
        raise ConfigurationError(
            f"{data_dir / LOCK} cannot be read ({error.strerror}); a data folder is its owner's alone"
        ) from None
    return facts


def _noted(said: str) -> dict[str, object]:
    """Return what a lock file says; nothing when its holder is just writing it."""
    try:
        facts = json.loads(said)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def _is_locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _runs(pid: object) -> bool:
    # Asked before the lock is tried: for the moment of trying, a starting stack could not take it.
    if not isinstance(pid, int):
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _held_by(data_dir: Path, said: str) -> str:
    facts = _noted(said)
    who = f"process {facts['pid']}, {facts['address']}" if facts else "it is just starting"
    return f"Forewarn already runs on {data_dir} ({who}); stop it first or use another --data-dir"
