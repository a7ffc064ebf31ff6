"""The demo's plant and gateway: two more processes under the platform's supervisor, commanded over OPC UA."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asyncua import Client, ua

from kernel.errors import Unavailable
from runtime.demo.world import World
from runtime.embedded.service import Service, answers, free_port
from runtime.supervisor.applications import FOREWARN
from runtime.supervisor.stack import Stack
from simulator.edge_config import GatewayLink, plant_config
from simulator.server import NAMESPACE_URI

HISTORY = "2d"
STEP = "30s"
INTERVAL = "0.5s"
COMMAND_SECONDS_MAX = 20.0


@dataclass(frozen=True)
class PlantProgress:
    """How far the plant is.

    Attributes:
        history_done: whether the past has been played.
        values_emitted: values written to OPC UA points since it started.
    """

    history_done: bool
    values_emitted: int


class DemoPlant:
    """The simulated plant and the gateway that reads it."""

    def __init__(self, stack: Stack, world: World) -> None:
        self._stack = stack
        self._world = world
        self._port = free_port()
        self.url = f"opc.tcp://127.0.0.1:{self._port}/forewarn/plant/"

    def start(self, *, with_history: bool) -> None:
        """Start plant and gateway.

        Raises:
            Unavailable: one of them did not start.
        """
        history = HISTORY if with_history else "0"
        state = self._stack.data_dir / "plant.json"
        # A plant of an earlier start is not remembered, only this one if it has to be restarted.
        state.unlink(missing_ok=True)
        self._stack.add(
            Service(
                "plant",
                [
                    *FOREWARN, "simulate", "plant", "--port", str(self._port), "--history", history,
                    "--step", STEP, "--interval", INTERVAL, "--state", str(state),
                ],
                lambda: answers(self._port),
                {"FOREWARN_PLANT_MQTT_URL": self._stack.mqtt_url("plant")},
            )
        )  # fmt: skip
        self._stack.add_forewarn(
            "edge",
            "edge",
            "run",
            "--config",
            str(self._write_config()),
            env={"FOREWARN_EDGE_KEY": self._world.gateway_key},
        )

    def _write_config(self) -> Path:
        folder = self._stack.data_dir / "edge"
        folder.mkdir(mode=0o700, exist_ok=True)
        link = GatewayLink(
            agent=self._world.gateway_id,
            key_file="",
            mqtt_url=self._stack.mqtt_url("edge"),
            buffer=str(folder / f"{self._world.gateway_id}.sqlite"),
            opcua_url=self.url,
            devices_url=self._stack.mqtt_url("plant"),
        )
        path = folder / "edge.toml"
        # Broker passwords stand in the file, as they do on a gateway.
        path.touch(mode=0o600)
        path.write_text(plant_config(link, self._world.serials))
        return path

    def progress(self) -> PlantProgress:
        """Read how far the plant is.

        Raises:
            Unavailable: the plant does not answer.
        """

        async def read(client: Client) -> PlantProgress:
            nodes = [await _control(client, name) for name in ("HistoryDone", "ValuesEmitted")]
            done, emitted = await client.read_values(nodes)
            return PlantProgress(bool(done), int(emitted))

        progress: PlantProgress = self._call(read)
        return progress

    def start_fault(self, machine: str, fault: str, severity: float, ramp_seconds: float) -> None:
        """Let a fault develop on a machine; tried again while the plant is being restarted.

        Raises:
            Unavailable: the plant does not answer or does not know it.
        """
        numbers = [ua.Variant(value, ua.VariantType.Double) for value in (severity, ramp_seconds)]
        self._command("StartFault", machine, fault, *numbers)

    def end_fault(self, machine: str, fault: str) -> None:
        """Let a machine be repaired; tried again while the plant is being restarted.

        Raises:
            Unavailable: the plant does not answer or does not know it.
        """
        self._command("ClearFault", machine, fault)

    def _command(self, method: str, *arguments: Any) -> None:
        async def command(client: Client) -> None:
            control = await _control(client, "")
            await control.call_method(await _control(client, method), *arguments)

        deadline = time.monotonic() + COMMAND_SECONDS_MAX
        while True:
            try:
                self._call(command)
            except Unavailable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)
            else:
                return

    def _call(self, work: Callable[[Client], Coroutine[Any, Any, Any]]) -> Any:
        async def connected() -> Any:
            async with Client(self.url, timeout=5) as client:
                return await work(client)

        logging.getLogger("asyncua").setLevel(logging.ERROR)
        try:
            return asyncio.run(connected())
        except (OSError, ua.UaError, TimeoutError) as error:
            raise Unavailable(
                f"the plant at {self.url} does not answer: {type(error).__name__}: {error}"
            ) from None


async def _control(client: Client, name: str) -> Any:
    index = await client.get_namespace_index(NAMESPACE_URI)
    path = f"Plant.Control.{name}" if name else "Plant.Control"
    return client.get_node(ua.NodeId(path, index))
