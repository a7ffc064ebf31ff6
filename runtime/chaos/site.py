"""What chaos is done to: platform, embedded servers, a plant, a gateway, and a proxy on every link."""

import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

import psutil
import psycopg
from psycopg.rows import dict_row

from kernel.errors import ConfigurationError, Unavailable
from kernel.settings import Platform
from runtime.chaos import plant, signals
from runtime.chaos.disk import EdgeDisk
from runtime.chaos.journal import Recorder
from runtime.chaos.proxy import Proxies
from runtime.chaos.tap import Tap
from runtime.chaos.wall_clock import ClockOffset
from runtime.demo.run import make_world
from runtime.demo.world import World
from runtime.embedded.service import Service, answers, free_port
from runtime.supervisor.applications import forewarn
from runtime.supervisor.keeper import Report, State
from runtime.supervisor.stack import Stack

LINKS: Final = (
    "plc-agent",
    "agent-broker",
    "broker-ingest",
    "ingest-database",
    "worker-database",
    "worker-valkey",
)
# Detectors warm within the first cycles, and every episode of the plant is an alarm of its own.
ENVIRONMENT: Final = {
    "FOREWARN_ANOMALY_WARMUP_READINGS": "150",
    "FOREWARN_ANOMALY_WARMUP_SPAN_S": "10",
    "FOREWARN_ANOMALY_LEARN_EVERY_S": "1",
    "FOREWARN_ANOMALY_REJOIN_S": "0",
}
BUFFER: Final = "buffer.sqlite"
READY_SECONDS_MAX: Final = 60.0


class Site:
    """Everything, running for the length of a `with` block; kept in a folder, so that it can go on later.

    Attributes:
        stack: the platform; also supervises `plant` and `edge`.
        world: organisations, assets and the gateway.
        proxies: by the name of the link.
        recorder: what the edge takes.
        clock: of the agent.
        disk: of the agent.
        tap: at the broker.
    """

    stack: Stack
    world: World
    tap: Tap

    def __init__(self, folder: Path, report: Report = lambda *_: None) -> None:
        self.folder = folder
        self._report = report
        self._held = contextlib.ExitStack()
        self.proxies = Proxies()
        self.disk = EdgeDisk(folder / "disk")
        self.clock = ClockOffset(folder / "clock")
        self.pause_file = folder / "pause"
        self.ticks_file = folder / "ticks"
        self.journal_file = folder / "journal"

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as held:
            self._start(held)
            self._held = held.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def _start(self, held: contextlib.ExitStack) -> None:
        platform = Platform.load()
        servers = ("database_url", "redis_url", "mqtt_url")
        if theirs := [Platform.name_of(name) for name in servers if getattr(platform, name)]:
            raise ConfigurationError(
                f"chaos kills its servers, so it takes embedded ones: unset {', '.join(theirs)}"
            )
        self.clock.set(0)
        self.pause_file.unlink(missing_ok=True)
        self.disk.open()
        held.callback(self.disk.close)
        # A short path: an address of a Unix socket has room for a hundred bytes.
        sockets = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="fw-chaos-")))
        self.recorder = Recorder(self.journal_file, sockets / "witness")
        held.callback(self.recorder.close)
        self.stack = held.enter_context(
            Stack(
                self.folder / "stack",
                free_port(),
                settings=platform,
                extra_environment=ENVIRONMENT,
                report=self._report,
            )
        )
        self.world = World.load(self.stack.data_dir) or make_world(self.stack)
        held.enter_context(self.proxies)
        self._put_proxies_between()
        self._start_plant(held)
        self.start_agent()
        self.tap = held.enter_context(
            Tap(self.stack.mqtt_url("edge"), self.agent, bytes.fromhex(self.world.gateway_key))
        )
        self.tap.wait_connected(READY_SECONDS_MAX)

    @property
    def agent(self) -> str:
        """Id of the gateway."""
        return self.world.gateway_id

    @property
    def buffer(self) -> Path:
        """File of the agent's buffer."""
        return self.disk.folder / BUFFER

    def pid(self, name: str) -> int:
        """Return the process id of a supervised process, waiting while it is being started.

        Raises:
            Unavailable: it does not start.
        """
        deadline = time.monotonic() + READY_SECONDS_MAX
        while (pid := self.stack.processes[name].pid) is None:
            if time.monotonic() > deadline:
                raise Unavailable(f"{name} does not start")
            time.sleep(0.01)
        return pid

    def wait_ready(self) -> None:
        """Wait until every process serves.

        Raises:
            Unavailable: one does not.
        """
        deadline = time.monotonic() + READY_SECONDS_MAX
        while waiting := [
            name for name, facts in self.stack.processes.items() if facts.state is not State.READY
        ]:
            if time.monotonic() > deadline:
                raise Unavailable(f"not running: {', '.join(waiting)}")
            time.sleep(0.05)

    def connect(self) -> "psycopg.Connection[dict[str, Any]]":
        """Return a connection to the database that no fault stands in the way of."""
        return psycopg.connect(
            self.stack.environment["FOREWARN_DATABASE_URL"],
            autocommit=True,
            row_factory=dict_row,
            connect_timeout=5,
            options="-c statement_timeout=120000 -c timezone=UTC",
        )

    def memory_mb(self) -> dict[str, float]:
        """Return the private memory of each process of the platform and of the gateway, in MB.

        What processes share, PostgreSQL's buffers above all, fills up once and says nothing.
        """
        pids = {name: facts.pid for name, facts in self.stack.processes.items() if name != "plant"}
        return {name: _private_mb(pid) for name, pid in pids.items() if pid is not None}

    def pause_plant(self) -> None:
        """Let the plant emit nothing more."""
        self.pause_file.touch()

    def resume_plant(self) -> None:
        """Let the plant go on."""
        self.pause_file.unlink(missing_ok=True)

    def start_agent(self) -> None:
        """Start the gateway, supervised."""
        config = self.folder / "edge.toml"
        config.touch(mode=0o600)
        config.write_text(self._edge_config())
        service = forewarn(
            "edge",
            environment={**self.stack.environment, "FOREWARN_EDGE_KEY": self.world.gateway_key},
            heartbeat_dir=self.stack.data_dir / "run",
        )
        arguments = (config, self.recorder.socket_path, self.folder / "clock")
        argv = [sys.executable, "-P", "-m", "runtime.chaos.gateway", *map(str, arguments)]
        self.stack.add(replace(service, argv=argv))

    def stop_agent(self) -> None:
        """Stop the gateway for good, as far as the supervisor is concerned."""
        self.stack.remove("edge")

    def _put_proxies_between(self) -> None:
        """Start ingest and the workers anew, each behind the proxies of its links."""
        addresses = self.stack.environment
        database, valkey, broker = (
            addresses[f"FOREWARN_{name}_URL"] for name in ("DATABASE", "REDIS", "MQTT")
        )
        for link, url in (
            ("broker-ingest", broker),
            ("ingest-database", database),
            ("worker-database", database),
            ("worker-valkey", valkey),
            ("agent-broker", broker),
        ):
            self.proxies.add(link, urlsplit(url).port or 0)
        ingest = {
            "FOREWARN_DATABASE_URL": self._by("ingest-database", database),
            "FOREWARN_MQTT_URL": self._by("broker-ingest", broker),
        }
        worker = {
            "FOREWARN_DATABASE_URL": self._by("worker-database", database),
            "FOREWARN_REDIS_URL": self._by("worker-valkey", valkey),
        }
        for name, arguments, variables in (
            ("ingest", ("ingest", "run"), ingest),
            ("worker", ("worker", "run"), worker),
            ("scoring", ("worker", "run", "--queue", "scoring"), worker),
        ):
            self.stack.remove(name)
            self.stack.add_forewarn(name, *arguments, env=variables)

    def _by(self, link: str, url: str) -> str:
        """Return an address with the link's proxy in it instead of the server."""
        parts = urlsplit(url)
        login, _, _ = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{login}@127.0.0.1:{self.proxies[link].port}").geturl()

    def _start_plant(self, held: contextlib.ExitStack) -> None:
        port = free_port()
        held.callback(self.resume_plant)
        arguments = (port, self.ticks_file, self.pause_file)
        argv = [sys.executable, "-P", "-m", "runtime.chaos.plant", *map(str, arguments)]
        self.stack.add(Service("plant", argv, lambda: answers(port)))
        self.proxies.add("plc-agent", port)

    def _edge_config(self) -> str:
        broker = self._by("agent-broker", self.stack.mqtt_url("edge"))
        head = (
            f"agent = {json.dumps(self.agent)}\n[mqtt]\nurl = {json.dumps(broker)}\n"
            f"[buffer]\npath = {json.dumps(str(self.buffer))}\n"
            # Short outages too are to leave a backlog behind.
            "[frames]\noutage_seconds = 2\nbacklog_age_ms = 1000\n"
        )
        url = plant.url_of(self.proxies["plc-agent"].port)
        source = _table("opcua", name="plc", url=url, publishing_interval_ms=100, queue_size=1000)
        return (
            head
            + source
            + "".join(
                _table(
                    "opcua.tags",
                    node=plant.node_of(series),
                    asset=self.world.serials[series.machine],
                    series=series.name,
                    kind="state" if series.clockless else "vibration",
                    name=f"{series.machine}/{series.name}",
                )
                for series in signals.all_series()
            )
        )


def _private_mb(pid: int) -> float:
    total = 0
    try:
        top = psutil.Process(pid)
        for process in (top, *top.children(recursive=True)):
            memory = process.memory_info()
            total += memory.rss - getattr(memory, "shared", 0)
    except psutil.NoSuchProcess:
        return 0.0
    return round(total / 1e6, 1)


def _table(name: str, /, **values: object) -> str:
    # A JSON string or number is valid TOML as it is.
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
    return f"[[{name}]]\n{lines}"


def wait_until(
    what: str, is_so: Callable[[], Any], seconds_max: float, every_seconds: float = 0.05
) -> Any:
    """Ask until the answer is truthy and return it.

    Raises:
        Unavailable: it did not come in time; `what` names it.
    """
    deadline = time.monotonic() + seconds_max
    while not (answer := is_so()):
        if time.monotonic() > deadline:
            raise Unavailable(f"{what}: not within {seconds_max:.0f} s")
        time.sleep(every_seconds)
    return answer
