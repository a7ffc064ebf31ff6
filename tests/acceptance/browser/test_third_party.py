"""A device that publishes to the platform's broker: seen, adopted, read, mapped anew and released."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.browser.person import Person
from tests.acceptance.browser.watched import Site
from tests.integration.ingest.devices import Device

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Seat = Callable[..., Person]

TOPIC = "devices/press-fan/state"
SOURCES = "/gateways?tab=sources"


@pytest.fixture
def device(site: Site) -> Iterator[Device]:
    made = Device(site.stack.mqtt_url("plant"))
    yield made
    made.close()


def test_a_device_is_adopted_read_mapped_anew_and_released(
    site: Site, person: Seat, device: Device
) -> None:
    admin = person("admin")
    page = admin.sign_in(site.world.logins["admin"], SOURCES)
    device.send(TOPIC, {"temp": 41.5, "load": 3})
    seen = page.get_by_test_id("sources-seen")
    found_by_address(page)
    opener = seen.locator("tbody tr").filter(has_text=TOPIC).get_by_test_id("adopt")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    for _ in range(15):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('[role=dialog]') !== null")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    admin.fill("adopt-name", "Press fan")
    admin.find("adopt-site", "Plant 2")
    row = page.locator("[data-pattern]").filter(has=page.locator("input[value*=temp]")).first
    row.get_by_label("Asset").fill(site.pump_serial)
    page.get_by_role("option").filter(has_text=site.pump_serial).first.click()
    row.get_by_test_id("pattern-series").fill("fan_temp")
    row.get_by_test_id("pattern-unit").fill("°C")
    page.get_by_role("button", name="Adopt", exact=True).last.click()
    expect(dialog).to_have_count(0)
    adopted = page.get_by_test_id("sources-adopted").locator("tbody tr").filter(has_text=TOPIC)
    expect(adopted).to_contain_text("Press fan")
    expect(adopted).to_contain_text("Plant 2")
    adopted.get_by_text("Press fan").click()
    is_mapped_anew(admin, page)
    page.goto(f"{SOURCES}&state=adopted")
    adopted.get_by_role("button", name="Release").click()
    dialog.get_by_role("button", name="Release").click()
    expect(adopted).to_have_count(0)
    page.goto(f"{SOURCES}&state=released&q=press-fan")
    expect(adopted).to_contain_text("Released")


def found_by_address(page: Page) -> None:
    """The device turns up, and is found by what it publishes."""
    row = page.get_by_test_id("sources-seen").locator("tbody tr").filter(has_text=TOPIC)
    for _ in range(20):
        if row.count():
            break
        page.wait_for_timeout(1_000)
        page.reload()
    page.get_by_label("Find by address or name").fill("press-fan")
    expect(row).to_have_count(1)
    expect(page).to_have_url(re.compile("q=press-fan"))


def is_mapped_anew(admin: Person, page: Page) -> None:
    page.get_by_role("tab", name="Configuration").click()
    mapping = page.get_by_test_id("source-mapping")
    mapping.get_by_test_id("pattern-unit").fill("K")
    mapping.get_by_test_id("pattern-high").fill("high")
    changes = page.get_by_test_id("mapping-changes")
    expect(changes).to_contain_text('unit = "K"')
    # What is no number is refused at its field.
    admin.expect_answer(422, f"/api/v1/sources/{page.url.split('?')[0].rpartition('/')[2]}/mapping")
    page.get_by_test_id("mapping-save").click()
    expect(mapping).to_contain_text(re.compile("number", re.IGNORECASE))
    mapping.get_by_test_id("pattern-high").fill("120")
    page.get_by_test_id("mapping-save").click()
    expect(changes).to_have_count(0)
    expect(mapping.get_by_test_id("pattern-high")).to_have_value("120")
