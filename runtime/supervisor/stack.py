"""The whole platform on one machine: servers, migrations, processes, kept running in one data folder."""

import contextlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from kernel.errors import ConfigurationError, Unavailable
from kernel.settings import Platform
from runtime.embedded.service import Service, free_port
from runtime.supervisor.applications import FOREWARN, applications, forewarn
from runtime.supervisor.beside import holder_facts, stack_variables
from runtime.supervisor.keeper import ProcessFacts, Report, State
from runtime.supervisor.memory import tree_rss_mb
from runtime.supervisor.servers import Servers
from runtime.supervisor.state import (
    StackState,
    claimed_port,
    locked,
    note_holder,
    open_data_dir,
)
from runtime.supervisor.supervisor import Supervisor

PORT = 8080
# Stopped from the highest to the lowest.
TIER_SERVERS, TIER_PLATFORM, TIER_ADDED = 0, 1, 2


class Stack:
    """A running platform. Thread-safe once started.

    Attributes:
        data_dir: everything it keeps; one stack at a time.
        port: where the API and the pages are; known once started.
        address: the same as people open it.
        environment: the `FOREWARN_…` variables its processes run with, secrets included.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int | None = None,
        *,
        host: str = "127.0.0.1",
        mqtt_v4_port: int = 0,
        settings: Platform | None = None,
        extra_environment: Mapping[str, str] | None = None,
        report: Report = lambda *_: None,
    ) -> None:
        self.data_dir = data_dir.expanduser().absolute()
        self.port = port or 0
        self.host = host
        self.environment: dict[str, str] = dict(extra_environment or {})
        self._asked_for_port = port
        self._mqtt_v4_port = mqtt_v4_port
        self._platform = settings or Platform.load()
        self._report = report
        self._held = contextlib.ExitStack()
        self._supervisor: Supervisor | None = None
        self._servers: Servers | None = None

    @property
    def address(self) -> str:
        """Where people open it."""
        return self.environment.get("FOREWARN_PUBLIC_URL", f"http://127.0.0.1:{self.port}")

    @property
    def processes(self) -> dict[str, ProcessFacts]:
        """What each process is doing, by name."""
        return self._running.processes

    @property
    def guardian_pid(self) -> int:
        """Process id of the guardian, which ends everything should this process be killed."""
        return self._running.guardian_pid

    @property
    def _running(self) -> Supervisor:
        if self._supervisor is None:
            raise Unavailable("the stack is not running")
        return self._supervisor

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything and wait until it serves.

        Raises:
            Conflict: another stack holds the data folder.
            ConfigurationError: the folder or the port cannot be used.
            Unavailable: a server or process did not start; the end of its log is quoted.
        """
        with contextlib.ExitStack() as held:
            open_data_dir(self.data_dir)
            held.enter_context(locked(self.data_dir))
            held.callback(self._close)
            self._start(held)
            self._held = held.pop_all()

    def stop(self) -> None:
        """Stop everything, in reverse, within a bounded time; nothing is left running."""
        self._held.close()

    def kill(self) -> None:
        """End every process at once, by force; `stop` has still to be called."""
        if self._supervisor is not None:
            self._supervisor.kill()

    def add(self, service: Service) -> None:
        """Supervise one more process, stopped before the platform's own; returns once it is ready.

        Raises:
            Unavailable: it did not become ready.
        """
        self._running.start([service], TIER_ADDED)

    def add_forewarn(
        self, name: str, *arguments: str, env: Mapping[str, str] | None = None
    ) -> None:
        """Supervise `forewarn ARGUMENTS…`, ready at its first heartbeat, with this stack's variables."""
        self.add(
            forewarn(
                name,
                *arguments,
                environment={**self.environment, **(env or {})},
                heartbeat_dir=self._heartbeat_dir,
            )
        )

    def remove(self, name: str) -> None:
        """Stop one process for good."""
        self._running.stop(name)

    def mqtt_url(self, user: str) -> str:
        """Return the broker's address as `edge` or `plant` signs in to it."""
        if self._servers is None:
            raise Unavailable("the stack is not running")
        return self._servers.mqtt_urls[user]

    def rss_mb(self) -> dict[str, float]:
        """Return each process's resident memory in MB, its children included, shared pages once."""
        facts = {**self.processes, "guardian": ProcessFacts(self.guardian_pid, State.READY, 0)}
        return {
            **{name: tree_rss_mb(fact.pid) for name, fact in facts.items() if fact.pid},
            "supervisor": tree_rss_mb(os.getpid(), with_children=False),
        }

    @property
    def _public_url(self) -> str:
        if "public_url" in self._platform.model_fields_set:
            return self._platform.public_url
        return f"http://127.0.0.1:{self.port}"

    @property
    def _heartbeat_dir(self) -> Path:
        return self.data_dir / "run"

    def _start(self, held: contextlib.ExitStack) -> None:
        self._supervisor = Supervisor(self.data_dir, self._report)
        self._heartbeat_dir.mkdir(exist_ok=True)
        state = StackState.load(self.data_dir)
        self.port = self._choose_port(state, held)
        noted = {"pid": os.getpid(), "address": f"http://127.0.0.1:{self.port}"}
        note_holder(self.data_dir, noted)
        self._servers = self._choose_servers(state)
        state.save()
        self._servers.check_external()
        if self._servers.postgres is not None:
            self._servers.postgres.initialise()
        self._supervisor.start(self._servers.services, TIER_SERVERS)
        if self._servers.postgres is not None:
            self._servers.postgres.provision(
                state.secrets["postgres_owner"], state.secrets["postgres_app"]
            )
        self.environment |= stack_variables(
            self._platform, self._servers, state, self.data_dir, self._public_url
        )
        self._migrate(self._servers)
        self._supervisor.start(
            applications(self.environment, self.host, self.port, self._heartbeat_dir),
            TIER_PLATFORM,
        )
        note_holder(self.data_dir, {**noted, **holder_facts(self._platform, self.environment)})

    def _choose_servers(self, state: StackState) -> Servers:
        asked = self._mqtt_v4_port
        if asked and free_port(asked) != asked:
            raise ConfigurationError(f"port {asked}, for MQTT 3.1.1, is taken by another program")
        return Servers.choose(self._platform, state, self.data_dir, mqtt_v4_port=asked)

    def _choose_port(self, state: StackState, held: contextlib.ExitStack) -> int:
        asked = self._asked_for_port
        if asked is None:
            port = state.port("http", PORT)
            if not held.enter_context(claimed_port(port)):
                port = state.ports["http"] = free_port()
            return port
        if free_port(asked) != asked:
            raise ConfigurationError(
                f"port {asked} is taken by another program; choose another with --port"
            )
        state.ports["http"] = asked
        return asked

    def _migrate(self, servers: Servers) -> None:
        self._report("database", State.STARTING, "")
        done = subprocess.run(
            [*FOREWARN, "db", "upgrade"],
            env={
                **os.environ,
                **self.environment,
                "FOREWARN_MIGRATOR_DATABASE_URL": servers.migrator_database_url,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Unavailable(f"the database could not be migrated: {done.stderr.strip()[-1000:]}")
        self._report("database", State.READY, "")

    def _close(self) -> None:
        if self._supervisor is not None:
            self._supervisor.close()
            self._supervisor = None
