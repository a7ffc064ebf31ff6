"""A running platform that watches a plant whose normal life it has learnt."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runtime.commands.web import WEB
from runtime.demo.client import ApiClient
from runtime.demo.plant import DemoPlant
from runtime.demo.run import make_world
from runtime.demo.world import PUMP, World
from runtime.embedded.service import free_port
from runtime.supervisor.stack import Stack

_WARM_SECONDS_MAX = 180.0


@dataclass(frozen=True)
class Site:
    """A running platform and what it watches."""

    stack: Stack
    world: World
    plant: DemoPlant

    @property
    def pump_id(self) -> str:
        return self.world.assets[PUMP]

    @property
    def pump_serial(self) -> str:
        return self.world.serials[PUMP]

    def start_bearing_wear(self, ramp_seconds: float = 15.0, machine: str = PUMP) -> None:
        """Let a machine's bearing wear out within seconds."""
        # Playwright's loop runs in this thread; the plant's client brings its own.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(
                self.plant.start_fault, machine, "bearing_wear", 1.0, ramp_seconds
            ).result()


@contextmanager
def watched_site(data_dir: Path) -> Iterator[Site]:
    """Run a platform whose detectors have learnt two days of a healthy plant."""
    assert (WEB / "dist" / "index.html").is_file(), "the pages are not built: forewarn web build"
    with Stack(data_dir, free_port()) as stack:
        world = make_world(stack)
        plant = DemoPlant(stack, world)
        plant.start(with_history=True)
        site = Site(stack, world, plant)
        _wait_until_warm(site)
        yield site


def _wait_until_warm(site: Site) -> None:
    login = site.world.logins["desk_lead"]
    desk = ApiClient(site.stack.address, login.email, login.password)
    try:
        desk.wait_for(
            "the past was played",
            lambda: site.plant.progress().history_done,
            timeout_seconds=_WARM_SECONDS_MAX,
        )
        series = desk.wait_for(
            "the pump has series",
            lambda: desk.get(f"/assets/{site.pump_id}/series")["items"],
            timeout_seconds=_WARM_SECONDS_MAX,
        )
        desk.wait_for(
            "every detector of the pump is warm",
            lambda: all(desk.get(f"/series/{each['id']}/expected")["warm"] for each in series),
            timeout_seconds=_WARM_SECONDS_MAX,
            every_seconds=1.0,
        )
    finally:
        desk.close()
