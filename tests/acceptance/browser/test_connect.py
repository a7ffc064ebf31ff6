"""A new customer's site, connected on the pages with a gateway that really runs, to its first live value."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from runtime.demo.client import ApiClient
from runtime.supervisor.applications import FOREWARN
from tests.acceptance.browser.person import Person
from tests.acceptance.browser.watched import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Seat = Callable[..., Person]

GATEWAY_MS = 60_000
CUSTOMER = "Ningbo Paper"
GATEWAY = "Press hall gateway"
SERIAL = "PRESS-0001"
OWNER = "pump-1"


def test_a_site_is_connected_from_its_customer_to_the_first_value(
    site: Site, person: Seat, tmp_path: Path
) -> None:
    admin = person("admin")
    page = admin.sign_in(site.world.logins["admin"], "/gateways")
    page.get_by_test_id("connect-site").click()
    make(admin, "New customer", CUSTOMER)
    make(admin, "New site", "Press hall")
    # The step before has a field of this name too, and is left with a name in it.
    expect(page.get_by_test_id("connect-name")).to_have_value("")
    admin.fill("connect-name", GATEWAY)
    page.get_by_test_id("connect-next").click()
    token = token_of_command(page)
    with a_machine_of(site) as machine:
        enrol(site, token, tmp_path)
        goes_on_where_it_was_left(page)
        with a_gateway_that_runs(tmp_path):
            browse(site, admin)
            map_to_the_machine(admin)
            first_values(page)
            live_tags_of_the_gateway(page, machine["name"])
            rolled_back(admin)
            key_changes_by_itself(page)


def make(admin: Person, tab: str, name: str) -> None:
    """Make a new one where others could be chosen."""
    admin.page.get_by_text(tab, exact=True).click()
    admin.fill("connect-name", name)
    admin.page.get_by_test_id("connect-next").click()


def token_of_command(page: Page) -> str:
    page.get_by_test_id("make-command").click()
    command = page.get_by_test_id("enrolment-command").locator("code").first.inner_text()
    assert re.fullmatch(r"forewarn edge enrol --url \S+( --allow-http)?", command), command
    return page.get_by_test_id("enrolment-token").inner_text()


@contextmanager
def a_machine_of(site: Site) -> Iterator[dict[str, Any]]:
    """Register a machine of the new customer, and put it away afterwards."""
    login = site.world.logins["admin"]
    api = ApiClient(site.stack.address, login.email, login.password)
    try:
        (gateway,) = (g for g in api.get("/gateways")["items"] if g["name"] == GATEWAY)
        pump = api.get(f"/assets/{site.pump_id}")
        made: dict[str, Any] = api.post(
            "/assets",
            {
                "serial_number": SERIAL,
                "name": "Press pump",
                "model_id": pump["model_id"],
                "organisation_id": gateway["organisation_id"],
                "site_id": gateway["site_id"],
            },
        )
        yield made
        api.post(f"/assets/{made['id']}/archive", {})
        api.post(f"/gateways/{gateway['id']}/revoke", {})
    finally:
        api.close()


def edge(*arguments: str) -> list[str]:
    return [*FOREWARN, "edge", *arguments]


def enrol(site: Site, token: str, folder: Path) -> None:
    done = subprocess.run(
        edge("enrol", "--url", site.stack.address, "--token-file", "-", "--allow-http"),
        input=token, cwd=folder, capture_output=True, text=True, timeout=60, check=False, env=environment(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[3])
    return {**os.environ, "PYTHONPATH": root}


@contextmanager
def a_gateway_that_runs(folder: Path) -> Iterator[None]:
    log = folder / "edge.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            edge("run"), cwd=folder, stdout=out, stderr=out, env=environment()
        )
        try:
            yield
            assert process.poll() is None, log.read_text()
        finally:
            process.terminate()
            process.wait(30)


def goes_on_where_it_was_left(page: Page) -> None:
    """What was begun is on the platform, not in the browser."""
    page.evaluate("sessionStorage.clear()")
    page.goto("/gateways/connect")
    row = page.get_by_test_id("unfinished").get_by_role("row").filter(has_text=GATEWAY)
    expect(row).to_contain_text("Enrol the machine")
    row.click()
    expect(page.get_by_test_id("enrol-step")).to_contain_text("Enrolled. Waiting for it to start")


def browse(site: Site, admin: Person) -> None:
    page = admin.page
    expect(page.get_by_test_id("browse-step")).to_be_visible(timeout=GATEWAY_MS)
    admin.fill("browse-url", site.plant.url)
    admin.fill("browse-source", "press")
    page.get_by_test_id("browse-start").click()
    expect(page.get_by_test_id("browse-found")).to_contain_text(
        re.compile(r"\d+ variables at press"), timeout=GATEWAY_MS
    )
    page.get_by_role("textbox", name="Find a variable").fill("vibration_de")
    expect(page.get_by_test_id("node-chooser").locator("fieldset")).to_have_count(1)
    page.get_by_test_id(f"node-{OWNER}-vibration_de").check()
    page.get_by_test_id("connect-next").click()


def map_to_the_machine(admin: Person) -> None:
    page = admin.page
    page.get_by_test_id("connect-save").click()
    expect(page.get_by_text("Choose the machine")).to_be_visible()
    expect(page.get_by_role("textbox", name="Unit")).to_have_value("mm/s")
    expect(page.get_by_role("textbox", name="Series")).to_have_value("vibration_de")
    admin.find(f"machine-{OWNER}", SERIAL)
    page.get_by_test_id("connect-save").click()


def first_values(page: Page) -> None:
    expect(page.get_by_test_id("first-value-vibration_de")).to_contain_text(
        re.compile(r"\d mm/s"), timeout=GATEWAY_MS
    )
    expect(page.get_by_test_id("values-step")).to_contain_text("The site is connected.")
    page.get_by_test_id("open-gateway").click()
    expect(page).to_have_title(f"{GATEWAY} · Forewarn")


def live_tags_of_the_gateway(page: Page, machine: str) -> None:
    row = page.get_by_role("row").filter(has_text="vibration_de")
    expect(row).to_contain_text("Good")
    expect(row.get_by_role("link", name=machine)).to_be_visible()
    value = page.get_by_test_id("tag-value-vibration_de")
    seen: set[str] = set()
    for _ in range(3):
        expect(value).not_to_have_text(re.compile("|".join(map(re.escape, seen)) or "^$"))
        seen.add(value.inner_text())


def rolled_back(admin: Person) -> None:
    """Write a version with a mistake shown at its line, then a good one, and go back."""
    page = admin.page
    page.get_by_test_id("tab-configuration").click()
    state = page.get_by_test_id("configuration-state")
    expect(state).to_contain_text("Applied", timeout=GATEWAY_MS)
    page.get_by_test_id("edit-configuration").click()
    text = page.get_by_test_id("configuration-text")
    whole = text.input_value()
    text.fill(whole.replace("opc.tcp://", "http://"))
    line = 1 + next(n for n, each in enumerate(whole.split("\n")) if "opc.tcp://" in each)
    problems = page.get_by_test_id("configuration-problems")
    expect(problems).to_contain_text(f"Line {line}")
    expect(problems).to_contain_text("opcua[1].url")
    expect(page.get_by_test_id("configuration-save")).to_be_disabled()
    text.fill(whole.replace('"high": 25', '"high": 30'))
    admin.fill("configuration-note", "A wider range")
    page.get_by_test_id("configuration-save").click()
    expect(state).to_contain_text("v2")
    page.get_by_role("button", name="v2").click()
    changed = page.get_by_test_id("configuration-version")
    expect(changed).to_contain_text("high = 25")
    expect(changed).to_contain_text("high = 30")
    page.get_by_role("button", name="v1", exact=True).click()
    page.get_by_test_id("roll-back").click()
    page.get_by_test_id("roll-back-form").locator("button[type=submit]").click()
    expect(state).to_contain_text(re.compile(r"In force\s*v3"), timeout=GATEWAY_MS)


def key_changes_by_itself(page: Page) -> None:
    page.get_by_test_id("tab-security").click()
    key = page.get_by_test_id("gateway-key-state")
    expect(key).to_contain_text(re.compile(r"Key\s*2"))
    page.get_by_test_id("rotate-key").click()
    page.get_by_test_id("rotate-form").locator("button[type=submit]").click()
    expect(key).to_contain_text(re.compile(r"Key\s*3"), timeout=GATEWAY_MS)
    expect(key).to_contain_text("In order", timeout=GATEWAY_MS)
