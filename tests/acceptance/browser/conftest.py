"""A platform with its plant, and Chromium, for the tests that look at the pages."""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from runtime.checks import chromium
from tests.acceptance.browser.person import LAUNCH_ARGUMENTS, Person
from tests.acceptance.browser.watched import Site, watched_site

FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    path = chromium.find()
    if path is None:
        pytest.skip(f"NOT RUN: no Chromium here; install it, or name one in {chromium.VARIABLE}")
    return path


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, chromium_path: str) -> Iterator[Site]:
    assert chromium_path  # without a browser nothing is worth starting
    with watched_site(tmp_path_factory.mktemp("platform") / "data") as running:
        yield running


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium_path, args=LAUNCH_ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def person(
    request: pytest.FixtureRequest, site: Site, browser: Browser, tmp_path: Path
) -> Iterator[Callable[..., Person]]:
    """Seat somebody at a browser; none of their pages may have complained when the test ends."""
    seated: list[Person] = []

    def seat(name: str, *, language: str = "en", phone: bool = False) -> Person:
        one = Person(browser, site.stack.address, name, language=language, phone=phone)
        one.record()
        seated.append(one)
        return one

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
