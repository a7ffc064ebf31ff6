"""Forewarn's own processes as `forewarn up` runs them."""

import sys
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from runtime.embedded.service import Service
from runtime.heartbeat import pulse_file

# -P: the working directory is not where modules come from.
FOREWARN = (sys.executable, "-P", "-m", "runtime")

# Started and stopped together; each ends within seconds when told to.
STOP_SECONDS_MAX = 10.0
# By command, how long it may stand still before it hangs. A worker that scores or reads models back, and
# whoever waits for a Redis that hangs, turns no sooner; a gateway may put a damaged buffer in order, and its
# systemd unit gives it as long.
PULSE_SECONDS_MAX = {"worker": 300.0, "beat": 300.0, "edge": 180.0}
PULSE_SECONDS_MAX_OF_OTHERS = 30.0


def forewarn(
    name: str,
    *arguments: str,
    environment: Mapping[str, str],
    heartbeat_dir: Path,
) -> Service:
    """Return a process of Forewarn's command line that shows its readiness by its heartbeat.

    It is killed and started again when its pulse stops.
    """
    heartbeat = heartbeat_dir / f"{name}.alive"
    pulse = pulse_file(heartbeat)

    def clear() -> None:
        heartbeat.unlink(missing_ok=True)
        pulse.unlink(missing_ok=True)

    return Service(
        name,
        [*FOREWARN, *arguments],
        heartbeat.exists,
        {**environment, "FOREWARN_HEARTBEAT_FILE": str(heartbeat)},
        stop_seconds_max=STOP_SECONDS_MAX,
        prepare=clear,
        pulse=pulse,
        pulse_seconds_max=PULSE_SECONDS_MAX.get(
            arguments[0] if arguments else name, PULSE_SECONDS_MAX_OF_OTHERS
        ),
    )


def applications(
    environment: Mapping[str, str], host: str, port: int, heartbeat_dir: Path
) -> list[Service]:
    """Return every process of the platform, served on `host` and `port`."""

    def made(name: str, *arguments: str) -> Service:
        return forewarn(name, *arguments, environment=environment, heartbeat_dir=heartbeat_dir)

    address = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - compared only
    api = made("api", "api", "run", "--host", host, "--port", str(port))
    serves = _answers_ok(f"http://{address}:{port}/readyz")
    return [
        # Its own heartbeat too: what answers on the port might be somebody else.
        replace(api, ready=lambda: api.ready() and serves()),
        made("ingest", "ingest", "run"),
        made("worker", "worker", "run"),
        made("scoring", "worker", "run", "--queue", "scoring"),
        made("beat", "beat", "run"),
    ]


def _answers_ok(url: str) -> Callable[[], bool]:
    def ask() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
                return bool(answer.status == 200)  # noqa: PLR2004
        except OSError:
            return False

    return ask
