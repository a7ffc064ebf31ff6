"""`forewarn simulate`: a plant to try Forewarn on."""

import asyncio
import contextlib
import re
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kernel.errors import InvalidInput

if TYPE_CHECKING:
    from simulator.plant import PlannedFault

app = typer.Typer(no_args_is_help=True, help="A simulated plant: OPC UA machines and MQTT devices.")

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_FAULT = re.compile(r"(?P<machine>[^:@]+):(?P<kind>[^:@]+)(?::(?P<severity>[^@]+))?@(?P<after>.+)")

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="TCP port of the OPC UA server.", min=1, max=65_535)]


def seconds(text: str) -> float:
    """Return the seconds of a span such as `30s`, `5m`, `2d`; a bare number is seconds.

    Raises:
        InvalidInput: it is no span.
    """
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise InvalidInput(f"{text!r} is no span of time; write 30s, 5m, 12h or 2d")
    return float(found[1]) * _SECONDS[found[2]]


@app.command()
def plant(
    host: Host = "127.0.0.1",
    port: Port = 4840,
    interval: Annotated[str, typer.Option(help="Between live steps.")] = "0.5s",
    history: Annotated[str, typer.Option(help="How much of the past to play first.")] = "0",
    step: Annotated[str, typer.Option(help="Between steps of the past.")] = "30s",
    wait: Annotated[
        bool, typer.Option(help="Play the past only once a client has subscribed.")
    ] = True,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="MACHINE:FAULT[:SEVERITY]@AFTER, such as pump-1:bearing_wear@30s."),
    ] = None,
    ramp: Annotated[str, typer.Option(help="How long such a fault grows.")] = "20s",
    mqtt: Annotated[
        str,
        typer.Option(
            help="Broker for the JSON device and the Sparkplug B node; none without it.",
            envvar="FOREWARN_PLANT_MQTT_URL",
        ),
    ] = "",
    seed: Annotated[int, typer.Option(help="Same seed, same signals.")] = 1,
    redundant: Annotated[
        bool, typer.Option("--redundant", help="The pump has three sensors of one temperature.")
    ] = False,
    idling: Annotated[
        bool, typer.Option("--idling", help="The machines idle for a part of each load cycle.")
    ] = False,
    state: Annotated[
        Path | None,
        typer.Option(help="Remember here what was played and what is broken, for a restart."),
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(help="Serve this recorded CSV instead of the machines.")
    ] = None,
    speed: Annotated[
        float, typer.Option(help="Of a replay: recorded seconds per second; 0: as fast as read.")
    ] = 1.0,
    time_column: Annotated[
        str | None, typer.Option("--time", help="Of a replay: the column that holds the time.")
    ] = None,
    now: Annotated[
        bool, typer.Option("--now", help="Of a replay: move its times so that it ends now.")
    ] = False,
) -> None:
    """Run the plant until it is stopped."""
    from kernel.wire.mqtt_address import MqttAddress
    from simulator.devices import run_devices
    from simulator.plant import Plant, PlantOptions
    from simulator.replay import Replay, ReplayOptions, open_recording

    _quiet()
    runner: Plant | Replay
    if replay is not None:
        recording = open_recording(replay, time_column)
        runner = Replay(recording, ReplayOptions(host, port, speed, now))
    else:
        runner = Plant(
            PlantOptions(
                host=host,
                port=port,
                interval_seconds=_above_zero("interval", interval),
                history_seconds=seconds(history),
                step_seconds=_above_zero("step", step),
                wait_for_subscriber=wait,
                faults=[_planned(text, seconds(ramp)) for text in fault or []],
                seed=seed,
                redundant=redundant,
                idling=idling,
                state=state,
            )
        )

    async def everything() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(runner.run())
            if mqtt and replay is None:
                tasks.create_task(run_devices(MqttAddress.parse(mqtt), seconds(interval), seed))

    _run_until_stopped(everything())


@app.command("edge-config")
def edge_config(
    agent: Annotated[str, typer.Option(help="Id of the gateway.")],
    key_file: Annotated[str, typer.Option(help="File that holds its signing key.")],
    mqtt: Annotated[str, typer.Option(help="The platform's broker.")],
    opcua: Annotated[str, typer.Option(help="The plant's OPC UA server.")] = (
        "opc.tcp://127.0.0.1:4840/forewarn/plant/"
    ),
    devices: Annotated[
        str, typer.Option(help="Broker of the MQTT devices; left out without it.")
    ] = "",
    buffer: Annotated[str, typer.Option(help="Path of the buffer.")] = "edge-buffer.sqlite",
    serial: Annotated[
        list[str] | None, typer.Option(help="MACHINE=SERIAL; default: the machine's name.")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(help="For this recording, with --serial NAME=SERIAL.")
    ] = None,
    time_column: Annotated[str | None, typer.Option("--time", help="Its time column.")] = None,
    redundant: Annotated[
        bool, typer.Option("--redundant", help="The plant runs with --redundant.")
    ] = False,
) -> None:
    """Print an edge.toml that reads the whole plant."""
    from simulator.edge_config import MACHINES, GatewayLink, plant_config, replay_config
    from simulator.replay import open_recording

    link = GatewayLink(agent, key_file, mqtt, buffer, opcua, devices)
    pairs = dict(_pair(text) for text in serial or [])
    if replay is not None:
        recording = open_recording(replay, time_column)
        number = pairs.get(recording.name, recording.name)
        typer.echo(replay_config(link, recording, number))
        return
    unknown = set(pairs) - set(MACHINES)
    if unknown:
        raise InvalidInput(f"no machine {', '.join(unknown)}; there are {', '.join(MACHINES)}")
    typer.echo(plant_config(link, pairs, redundant=redundant))


def _pair(text: str) -> tuple[str, str]:
    name, found, serial = text.partition("=")
    if not found or not name or not serial:
        raise InvalidInput(f"{text!r} is not MACHINE=SERIAL")
    return name, serial


def _planned(text: str, ramp_seconds: float) -> "PlannedFault":
    from simulator.plant import PlannedFault

    found = _FAULT.fullmatch(text)
    if found is None:
        raise InvalidInput(f"{text!r} is not MACHINE:FAULT[:SEVERITY]@AFTER")
    try:
        severity = float(found["severity"] or 1)
    except ValueError:
        raise InvalidInput(f"{found['severity']!r} is no severity") from None
    return PlannedFault(
        found["machine"], found["kind"], seconds(found["after"]), severity, ramp_seconds
    )


def _above_zero(name: str, text: str) -> float:
    value = seconds(text)
    if value <= 0:
        raise InvalidInput(f"--{name} must be above zero")
    return value


def _quiet() -> None:
    import logging

    from kernel.log import configure_logging

    configure_logging()
    # The server warns on every start that it has no certificates, which a simulated plant does not need.
    logging.getLogger("asyncua").setLevel(logging.ERROR)


def _run_until_stopped(work: Coroutine[Any, Any, None]) -> None:
    async def main() -> None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(main())
