"""A platform with its plant, and Chromium, for the tests that look at the pages."""

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from runtime.checks import chromium
from runtime.commands.web import WEB
from runtime.demo.client import ApiClient
from runtime.demo.plant import DemoPlant
from runtime.demo.run import make_world
from runtime.demo.world import PUMP, World
from runtime.embedded.service import free_port
from runtime.supervisor.stack import Stack
from tests.acceptance.browser.person import Person

WARM_SECONDS_MAX = 180.0

FAILED = pytest.StashKey[bool]()


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

    def start_bearing_wear(self) -> None:
        """Let the pump's bearing wear out within seconds."""
        # Playwright's loop runs in this thread; the plant's client brings its own.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(self.plant.start_fault, PUMP, "bearing_wear", 1.0, 15.0).result()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    path = chromium.find()
    if path is None:
        pytest.skip(f"no Chromium here; install it, or name one in {chromium.VARIABLE}")
    return path


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, chromium_path: str) -> Iterator[Site]:
    """A platform whose detectors have learnt two days of a healthy plant."""
    assert chromium_path
    assert (WEB / "dist" / "index.html").is_file(), "the pages are not built: forewarn web build"
    with Stack(tmp_path_factory.mktemp("platform") / "data", free_port()) as stack:
        world = make_world(stack)
        plant = DemoPlant(stack, world)
        plant.start(with_history=True)
        running = Site(stack, world, plant)
        _wait_until_warm(running)
        yield running


def _wait_until_warm(site: Site) -> None:
    login = site.world.logins["desk_lead"]
    desk = ApiClient(site.stack.address, login.email, login.password)
    try:
        desk.wait_for(
            "the past was played",
            lambda: site.plant.progress().history_done,
            timeout_seconds=WARM_SECONDS_MAX,
        )
        series = desk.wait_for(
            "the pump has series",
            lambda: desk.get(f"/assets/{site.pump_id}/series")["items"],
            timeout_seconds=WARM_SECONDS_MAX,
        )
        desk.wait_for(
            "every detector of the pump is warm",
            lambda: all(desk.get(f"/series/{each['id']}/expected")["warm"] for each in series),
            timeout_seconds=WARM_SECONDS_MAX,
            every_seconds=1.0,
        )
    finally:
        desk.close()


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Debian's Chromium has no sandbox for root, and containers give /dev/shm little room.
        started = playwright.chromium.launch(
            executable_path=chromium_path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        started.close()


@pytest.fixture
def person(
    request: pytest.FixtureRequest, site: Site, browser: Browser, tmp_path: Path
) -> Iterator[Callable[..., Person]]:
    """Seat somebody at a browser; none of their pages may have complained when the test ends."""
    seated: list[Person] = []

    def seat(name: str, *, language: str = "en", phone: bool = False) -> Person:
        seated.append(
            Person(browser, site.stack.address, name, language=language, phone=phone)
        )
        return seated[-1]

    yield seat
    complaints = [f"{one.name}: {said}" for one in seated for said in one.complaints]
    if complaints or request.node.stash.get(FAILED, False):
        for one in seated:
            for path in one.keep_evidence(tmp_path):
                print(f"kept {path}")  # noqa: T201 - pytest shows it with the failure
    for one in seated:
        one.leave()
    assert complaints == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report
