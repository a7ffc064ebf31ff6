"""The plant as it runs: past first when asked, then live; faults by command or by schedule."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kernel.errors import InvalidInput
from kernel.log import get_logger
from simulator.faults import fault_kind
from simulator.machines import Machine, standard_machines
from simulator.memory import PlantMemory
from simulator.server import GOOD, NO_COMMUNICATION, Device, PlantServer, Variable

# While the past is played, yield to the network this often, and note how far it is.
_STEPS_PER_TURN = 4
_STEPS_PER_NOTE = 40

_log = get_logger(__name__)


@dataclass(frozen=True)
class PlannedFault:
    """A fault that starts by itself, `after_seconds` of live running."""

    machine: str
    kind: str
    after_seconds: float
    severity: float = 1.0
    ramp_seconds: float = 20.0


@dataclass(frozen=True)
class PlantOptions:
    """How a plant runs.

    Attributes:
        interval_seconds: between live steps.
        history_seconds: how much of the past is played first; 0 is none.
        step_seconds: between steps of the past.
        wait_for_subscriber: play the past only while somebody listens.
        faults: what develops by itself.
        seed: same seed, same signals.
        redundant, idling: what its machines have and do besides, see `standard_machines`.
        state: file that remembers, across restarts, what was played and which faults there are.
    """

    host: str = "127.0.0.1"
    port: int = 4840
    interval_seconds: float = 0.5
    history_seconds: float = 0.0
    step_seconds: float = 30.0
    wait_for_subscriber: bool = True
    faults: Sequence[PlannedFault] = ()
    seed: int = 1
    redundant: bool = False
    idling: bool = False
    state: Path | None = None


class Plant:
    """The machines and their server.

    Raises:
        InvalidInput: a planned fault is of no machine or kind that there is.
        ConfigurationError: the remembered state cannot be read.
    """

    def __init__(self, options: PlantOptions) -> None:
        self.options = options
        machines = standard_machines(
            options.seed, redundant=options.redundant, idling=options.idling
        )
        self.machines = {machine.name: machine for machine in machines}
        for planned in options.faults:
            self._machine(planned.machine)
            fault_kind(planned.kind)
        self._faults = {name: machine.faults for name, machine in self.machines.items()}
        self._memory = PlantMemory.recall(options.state, self._faults)
        self.server = PlantServer(
            options.host, options.port, [_device(machine) for machine in self.machines.values()]
        )
        self._now = time.time()

    async def run(self) -> None:
        """Serve until cancelled."""
        methods: dict[str, Callable[..., None]] = {
            "StartFault": self.start_fault,
            "ClearFault": self.clear_fault,
        }
        async with self.server.running(methods):
            _log.info("plant is running", url=self.server.url, machines=sorted(self.machines))
            if self.options.history_seconds > 0 and not self._memory.past_played:
                await self._play_past()
            await self._run_live()

    def start_fault(self, machine: str, kind: str, severity: float, ramp_seconds: float) -> None:
        """Let a fault develop from now on.

        Raises:
            InvalidInput: no such machine or fault, or a number that makes no sense.
        """
        self._machine(machine).faults.start(kind, severity, self._now, ramp_seconds)
        self._memory.keep(self._faults)
        _log.info("fault started", machine=machine, fault=kind, severity=severity)

    def clear_fault(self, machine: str, kind: str) -> None:
        """End a fault.

        Raises:
            InvalidInput: no such machine or fault.
        """
        self._machine(machine).faults.clear(kind)
        self._memory.keep(self._faults)
        _log.info("fault cleared", machine=machine, fault=kind)

    def _machine(self, name: str) -> Machine:
        machine = self.machines.get(name)
        if machine is None:
            raise InvalidInput(f"no machine {name!r}; there are {', '.join(self.machines)}")
        return machine

    async def _play_past(self) -> None:
        at = self._memory.past_until
        if at is None:
            at = time.time() - self.options.history_seconds
        started = time.monotonic()
        steps = 0
        # Until the present has been caught up with, which moves on meanwhile.
        while at < time.time():
            if steps % _STEPS_PER_TURN == 0:
                await self._wait_for_readers()
            if steps % _STEPS_PER_NOTE == 0:
                # Noted before they are played: killed in between, some are left out and none comes twice.
                self._memory.past_until = at + _STEPS_PER_NOTE * self.options.step_seconds
                self._memory.keep(self._faults)
            await self._step(at)
            at += self.options.step_seconds
            steps += 1
        self._memory.past_played = True
        self._memory.keep(self._faults)
        seconds = time.monotonic() - started
        _log.info("past played", steps=steps, values=self.server.values_emitted, seconds=seconds)

    async def _wait_for_readers(self) -> None:
        await asyncio.sleep(0)
        # Also while a reader that was there is away: what is played to nobody is lost.
        while self.options.wait_for_subscriber and not self.server.subscribed:  # noqa: ASYNC110 - asyncua has no event for it
            await asyncio.sleep(0.05)
        await self.server.wait_for_readers()

    async def _run_live(self) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        due = started
        planned = sorted(self.options.faults, key=lambda fault: fault.after_seconds)
        while True:
            now = time.time()
            while planned and loop.time() - started >= planned[0].after_seconds:
                fault = planned.pop(0)
                if not self._has(fault):
                    self.start_fault(fault.machine, fault.kind, fault.severity, fault.ramp_seconds)
            await self._step(now)
            await self.server.note_progress(_aware(now), history_done=True)
            # A late step is not made up for: a controller samples now, not then.
            due = max(due + self.options.interval_seconds, loop.time())
            await asyncio.sleep(due - loop.time())

    def _has(self, planned: PlannedFault) -> bool:
        # Begun before a restart.
        active = self._machine(planned.machine).faults.active
        return any(fault.kind == planned.kind for fault in active)

    async def _step(self, at: float) -> None:
        self._now = at
        for machine in self.machines.values():
            values = machine.step(at)
            status = NO_COMMUNICATION if machine.is_silent(at) else GOOD
            await self.server.write(machine.name, values, _aware(at), status=status)


def _aware(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _device(machine: Machine) -> Device:
    return Device(
        machine.name,
        [Variable(point.name, point.unit, point.low, point.high) for point in machine.points],
    )
