"""The plant as an OPC UA client sees it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from asyncua import Client, ua

from runtime.embedded.service import free_port
from simulator.plant import PlannedFault, Plant, PlantOptions
from simulator.replay import Replay, ReplayOptions, open_recording
from simulator.server import NAMESPACE_URI, PlantServer


class Counting:
    """A subscriber that keeps what it is sent."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, ua.DataValue]] = []

    def datachange_notification(self, node: Any, _: Any, data: Any) -> None:
        self.seen.append((node.nodeid.Identifier, data.monitored_item.Value))


async def _with_plant(
    runner: Plant | Replay, work: Callable[[Client, PlantServer, int], Awaitable[None]]
) -> None:
    task = asyncio.create_task(runner.run())
    try:
        client = Client(runner.server.url)
        for _ in range(400):
            try:
                await client.connect()
                break
            except OSError:
                assert not task.done(), task.exception()
                await asyncio.sleep(0.05)
        try:
            await work(client, runner.server, await client.get_namespace_index(NAMESPACE_URI))
        finally:
            await client.disconnect()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _until(true: Callable[[], bool], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - asyncua has no event for it
            await asyncio.sleep(0.02)


async def _subscribe(client: Client, server: PlantServer, queue_size: int = 1000) -> Counting:
    counting = Counting()
    subscription = await client.create_subscription(50, counting)
    nodes = [
        client.get_node(node)
        for device in server.devices.values()
        for node in device.nodes.values()
    ]
    await subscription.subscribe_data_change(nodes, queuesize=queue_size)
    return counting


@pytest.mark.long
def test_the_past_reaches_a_subscriber_whole() -> None:
    plant = Plant(
        PlantOptions(port=free_port(), history_seconds=3600, step_seconds=10, interval_seconds=60)
    )

    async def work(client: Client, server: PlantServer, _: int) -> None:
        counting = await _subscribe(client, server)
        points = sum(len(device.nodes) for device in server.devices.values())

        def measured() -> list[tuple[str, ua.DataValue]]:
            return [(node, value) for node, value in counting.seen if value.StatusCode.is_good()]

        await _until(lambda: server.values_emitted > 360 * points)
        await _until(lambda: len(measured()) == server.values_emitted)
        by_point: dict[str, list[Any]] = {}
        for node, value in measured():
            by_point.setdefault(node, []).append(value.SourceTimestamp)
        assert len(by_point) == points
        for times in by_point.values():
            assert times == sorted(set(times))
            assert all(value.ServerTimestamp is not None for _, value in measured()[:5])

    asyncio.run(_with_plant(plant, work))


def test_units_ranges_and_commands() -> None:
    plant = Plant(PlantOptions(port=free_port(), interval_seconds=0.05))

    async def work(client: Client, _: PlantServer, index: int) -> None:
        node = client.get_node(ua.NodeId("pump-1.vibration_de", index))
        by_name = {
            (await p.read_browse_name()).Name: await p.read_value()
            for p in await node.get_properties()
        }
        assert (by_name["EURange"].Low, by_name["EURange"].High) == (0, 25)
        assert by_name["EngineeringUnits"].DisplayName.Text == "mm/s"
        control = client.get_node(ua.NodeId("Plant.Control", index))
        await asyncio.sleep(0.2)
        before = await node.read_value()
        await control.call_method(f"{index}:StartFault", "pump-1", "bearing_wear", 1.0, 0.0)
        await asyncio.sleep(0.3)
        assert await node.read_value() > before + 3
        await control.call_method(f"{index}:ClearFault", "pump-1", "bearing_wear")
        await asyncio.sleep(0.3)
        assert await node.read_value() < before + 3
        for bad in (("pump-9", "bearing_wear", 1.0, 0.0), ("pump-1", "rust", 1.0, 0.0)):
            with pytest.raises(ua.UaStatusCodeError, match="BadInvalidArgument"):
                await control.call_method(f"{index}:StartFault", *bad)

    asyncio.run(_with_plant(plant, work))


def test_lost_communication_is_a_bad_status_and_comes_by_schedule() -> None:
    plant = Plant(
        PlantOptions(
            port=free_port(),
            interval_seconds=0.05,
            faults=[PlannedFault("pump-1", "comms_loss", after_seconds=0.3, ramp_seconds=0)],
        )
    )

    async def work(client: Client, server: PlantServer, _: int) -> None:
        counting = await _subscribe(client, server)

        def statuses(machine: str) -> list[str]:
            return [
                value.StatusCode.name for node, value in counting.seen if node.startswith(machine)
            ]

        await _until(lambda: "BadNoCommunication" in statuses("pump-1"))
        assert "Good" in statuses("pump-1")
        assert "BadNoCommunication" not in statuses("spindle-1")

    asyncio.run(_with_plant(plant, work))


def test_a_recording_is_served_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "loop.csv"
    rows = "".join(
        f"2026-03-09 10:14:{second:02d};{second / 10};{-second}\n" for second in range(60)
    )
    path.write_text(f"datetime;Current;Volume Flow\n{rows}")
    replay = Replay(open_recording(path), ReplayOptions(port=free_port(), speed=0))

    async def work(client: Client, server: PlantServer, _: int) -> None:
        counting = await _subscribe(client, server)

        def current() -> list[float]:
            return [
                value.Value.Value
                for node, value in counting.seen
                if node == "loop.Current" and value.StatusCode.is_good()
            ]

        await _until(lambda: len(current()) == 60)
        assert current() == [second / 10 for second in range(60)]

    asyncio.run(_with_plant(replay, work))
