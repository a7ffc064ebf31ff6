"""A plant that is started again goes on where it was."""

import asyncio
import json
from pathlib import Path

import pytest

from kernel.errors import ConfigurationError
from runtime.embedded.service import free_port
from simulator.faults import Fault, FaultKind, Faults
from simulator.memory import PlantMemory
from simulator.plant import Plant, PlantOptions


def test_what_is_kept_is_recalled(tmp_path: Path) -> None:
    path = tmp_path / "plant.json"
    faults = {"pump-1": Faults(), "spindle-1": Faults()}
    faults["pump-1"].start("bearing_wear", 0.8, at=100, ramp_seconds=10)
    memory = PlantMemory.recall(path, faults)
    assert memory == PlantMemory(path, None, past_played=False)
    memory.past_until, memory.past_played = 1234.5, True
    memory.keep(faults)

    others = {"pump-1": Faults(), "spindle-1": Faults()}
    assert PlantMemory.recall(path, others) == memory
    assert others["pump-1"].active == [Fault(FaultKind.BEARING_WEAR, 0.8, 100, 10)]
    assert others["spindle-1"].active == []
    assert others["pump-1"].level(FaultKind.BEARING_WEAR, 105) == pytest.approx(0.4)


def test_without_a_file_nothing_is_kept(tmp_path: Path) -> None:
    memory = PlantMemory.recall(None, {})
    memory.keep({})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"past_until": "x", "past_played": true, "faults": {}}',
        '{"past_until": 1, "past_played": true, "faults": {"no-machine": [{"kind": "seal_leak"}]}}',
        '{"past_until": 1, "past_played": true, "faults": {"pump-1": [{"kind": "rust"}]}}',
        '{"past_until": 1, "past_played": true, "faults": {"pump-1": [{"kind": "seal_leak"}]}}',
    ],
)
def test_an_unreadable_file_is_said_to_be(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plant.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="cannot be read as a plant's state"):
        PlantMemory.recall(path, {"pump-1": Faults()})


@pytest.mark.long
def test_the_past_goes_on_after_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "plant.json"
    options = PlantOptions(
        port=free_port(),
        history_seconds=3000,
        step_seconds=1,
        wait_for_subscriber=False,
        state=state,
    )

    def known() -> dict[str, object]:
        return dict(json.loads(state.read_text())) if state.exists() else {}

    async def run_until(done: str, plant: Plant) -> None:
        task = asyncio.create_task(plant.run())
        async with asyncio.timeout(60):
            while not known().get(done):
                assert not task.done(), task.exception()
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    first = Plant(options)
    asyncio.run(run_until("past_until", first))
    assert known()["past_played"] is False
    noted = known()["past_until"]
    assert isinstance(noted, float)
    points = sum(len(machine.points) for machine in first.machines.values())

    second = Plant(options)
    asyncio.run(run_until("past_played", second))
    assert known()["past_until"] > noted  # type: ignore[operator]  # a number, as above
    # Together they have played no moment twice.
    steps = (first.server.values_emitted + second.server.values_emitted) / points
    assert 2500 < steps < 3000 + 120


def test_faults_go_on_after_a_restart(tmp_path: Path) -> None:
    options = PlantOptions(state=tmp_path / "plant.json")
    first = Plant(options)
    first.start_fault("pump-1", "bearing_wear", 1.0, 0)
    first.start_fault("pump-1", "seal_leak", 1.0, 0)
    first.clear_fault("pump-1", "seal_leak")
    again = Plant(options).machines["pump-1"].faults.active
    assert again == first.machines["pump-1"].faults.active
    assert [fault.kind for fault in again] == [FaultKind.BEARING_WEAR]
