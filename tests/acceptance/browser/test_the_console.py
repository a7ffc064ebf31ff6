"""The alarm console: an alarm is shelved, judged, commented and acknowledged, by mouse, key and thumb."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.acceptance.browser.person import Person
from tests.acceptance.browser.watched import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]

Seat = Callable[..., Person]

ALARM_MS = 90_000
# Not the pump: that is the story's.
MACHINE = "compressor-1"


def test_an_alarm_is_handled_by_key_and_by_thumb(site: Site, person: Seat) -> None:
    desk = person("desk")
    page = desk.sign_in(site.world.logins["desk_lead"], "/alarms")
    expect(page.get_by_role("tab").first).to_contain_text("To handle")
    site.start_bearing_wear(machine=MACHINE)
    row = page.locator("tbody tr[data-row]").filter(has_text="Screw compressor").first
    expect(row).to_be_visible(timeout=ALARM_MS)
    alarm_id = row.get_attribute("data-row")

    # Shelved by key, for a reason that everybody can read.
    row.focus()
    page.keyboard.press("x")
    expect(page.get_by_test_id("bulk")).to_contain_text("1")
    page.keyboard.press("s")
    page.get_by_test_id("shelve-reason").fill("Bearing comes on Monday")
    page.get_by_test_id("form-shelve").locator("button[type=submit]").click()
    expect(page.get_by_test_id("form-shelve")).to_have_count(0)
    expect(page.locator(f"[data-row={alarm_id}]")).to_have_count(0)
    page.get_by_test_id("tab-hidden").click()
    shelved = page.locator(f"[data-row={alarm_id}]")
    expect(shelved).to_contain_text("Shelved")
    expect(shelved).to_contain_text("Bearing comes on Monday")
    page.keyboard.press("?")
    expect(page.get_by_test_id("key-help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("key-help")).to_have_count(0)

    # Judged in two taps, taken back in one.
    judge = page.get_by_test_id(f"judge-{alarm_id}")
    judge.click()
    page.get_by_test_id("verdict-nuisance").click()
    expect(judge).to_have_attribute("data-verdict", "nuisance")
    page.get_by_test_id("undo").click()
    expect(judge).to_have_attribute("data-verdict", "none")

    engineer_deals_with_it(site, person("engineer", language="zh", phone=True), str(alarm_id))

    # What others do is seen without reading the page again.
    expect(judge).to_have_count(0)
    page.get_by_test_id("tab-all").click()
    expect(page.locator(f"[data-row={alarm_id}]")).to_contain_text(
        re.compile("Acknowledged|Normal")
    )
    expect(page.get_by_test_id(f"judge-{alarm_id}")).to_have_attribute("data-verdict", "true")
    page.goto("/alarms/performance")
    expect(page.get_by_test_id("precision")).to_contain_text("100%")


def engineer_deals_with_it(site: Site, engineer: Person, alarm_id: str) -> None:
    page = engineer.sign_in(site.world.logins["engineer"], f"/alarms/{alarm_id}")
    page.get_by_test_id("unshelve").click()
    expect(page.get_by_test_id("unshelve")).to_have_count(0)
    page.get_by_test_id("acknowledge").click()
    expect(page.get_by_test_id("acknowledge")).to_have_count(0)
    page.get_by_test_id("verdict-true").click()
    expect(page.get_by_test_id("verdict-true")).to_have_attribute("aria-pressed", "true")
    engineer.fill("alarm-comment", "轴承已更换")
    page.get_by_role("button", name="添加备注").click()
    expect(page.get_by_test_id("alarm-journal")).to_contain_text("轴承已更换")
