"""What a desk sets beside the console: rates, limits, suppressions, rationales; and states to look at.

Each thing that is set here is taken back, so that other tests find the platform as they left it.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.browser.person import Person
from tests.acceptance.browser.watched import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]

Seat = Callable[..., Person]

ALARM_MS = 90_000
MACHINE = "spindle-1"


def submit(page: Page, form: str) -> None:
    page.get_by_test_id(form).locator("button[type=submit]").click()
    expect(page.get_by_test_id(form)).to_have_count(0)


def test_false_alarms_are_asked_by_type_and_shown_with_what_they_rest_on(
    site: Site, person: Seat
) -> None:
    admin = person("admin")
    page = admin.sign_in(site.world.logins["admin"], f"/assets/{site.pump_id}")
    calibration = page.get_by_test_id("calibration")
    expect(calibration).to_contain_text("at most 1")
    expect(calibration).to_contain_text("blocks of normal running")
    page.goto("/alarms/performance")
    expect(page.get_by_test_id("fleet-calibration")).to_contain_text("Machines together")
    page.goto("/alarms/detectors")
    page.get_by_test_id("choose-detector").click()
    admin.choose("field-class", "Compressor")
    admin.choose("field-detector", "ew_chart")
    admin.fill("field-rate", "3")
    submit(page, "form-detector")
    row = page.get_by_role("row").filter(has_text="Compressor")
    expect(row).to_contain_text("3")
    row.get_by_role("button", name="Withdraw").click()
    page.get_by_role("dialog").locator("button[type=submit]").click()
    expect(row).to_have_count(0)


def test_limits_are_set_for_a_machine_seen_on_record_and_given_back(
    site: Site, person: Seat
) -> None:
    desk = person("desk")
    page = desk.sign_in(site.world.logins["desk_lead"], f"/assets/{site.pump_id}/limits")
    rows = page.get_by_test_id("limits").locator("tbody tr")
    expect(rows.first).to_contain_text("none are set")
    series = rows.first.locator("td").first.inner_text()
    page.get_by_test_id(f"limits-of-{series}").click()
    expect(page.get_by_test_id("recent-values")).to_contain_text("No point of the last 24 hours")
    page.get_by_text("this machine", exact=True).click()
    desk.fill("limit-hh", "100000")
    expect(page.get_by_test_id("recent-values")).to_contain_text("No point of the last 24 hours")
    desk.fill("limit-ll", "99999")
    expect(page.get_by_test_id("recent-values")).to_contain_text("lie beyond")
    desk.fill("limit-ll", "-100000")
    submit(page, "form-limits")
    row = rows.filter(has_text=series).first
    expect(row).to_contain_text("this machine's own")
    expect(row).to_contain_text("HH")
    page.get_by_test_id(f"limits-of-{series}").click()
    expect(page.get_by_test_id("limits-history")).to_contain_text("set limits")
    page.keyboard.press("Escape")
    row.get_by_role("button", name="Back to the model's").click()
    page.get_by_role("dialog").locator("button[type=submit]").click()
    expect(row).to_contain_text("none are set")

    # For the whole model, and inherited.
    page.get_by_test_id(f"limits-of-{series}").click()
    page.get_by_text(re.compile("^every ")).click()
    desk.fill("limit-hh", "100000")
    submit(page, "form-limits")
    expect(row).to_contain_text("the product model's")
    page.get_by_test_id(f"limits-of-{series}").click()
    desk.fill("limit-hh", "")
    submit(page, "form-limits")
    expect(row).to_contain_text("none are set")


def test_what_hides_alarms_is_set_seen_and_ended(site: Site, person: Seat) -> None:
    desk = person("desk", language="zh", phone=True)
    page = desk.sign_in(site.world.logins["desk_lead"], "/alarms/suppressions")
    page.get_by_test_id("suppress").click()
    desk.choose("suppress-kind", "停用")
    page.get_by_test_id("suppress-asset").click()
    page.get_by_test_id("suppress-asset").fill(site.pump_serial)
    page.get_by_role("option").first.click()
    desk.fill("suppress-reason", "等待备件")
    submit(page, "form-suppress")
    listed = page.get_by_test_id("all-suppressions")
    expect(listed).to_contain_text("停用")
    expect(listed).to_contain_text("等待备件")
    expect(listed).to_contain_text("直到有人结束")
    page.get_by_test_id("end-out_of_service").first.click()
    page.get_by_role("dialog").locator("button[type=submit]").click()
    expect(listed).not_to_contain_text("等待备件")


def test_a_rationale_is_written_and_taken_back(site: Site, person: Seat) -> None:
    desk = person("desk")
    page = desk.sign_in(site.world.logins["desk_lead"], "/alarms/rationales")
    rows = page.get_by_test_id("rationales").locator("tbody tr")
    page.get_by_test_id("edit-cavitation").click()
    desk.fill("response-en", "Open the suction valve")
    desk.fill("rationale-minutes", "45")
    submit(page, "form-rationale")
    row = rows.filter(has_text="Cavitation").first
    expect(row).to_contain_text("Open the suction valve")
    expect(row).to_contain_text("45 min")
    row.get_by_role("button", name="Take back").click()
    page.get_by_role("dialog").locator("button[type=submit]").click()
    expect(row).to_contain_text("as shipped")


def test_a_machine_without_states_says_so(site: Site, person: Seat) -> None:
    page = person("desk").sign_in(site.world.logins["desk_lead"], f"/assets/{site.pump_id}")
    page.get_by_role("link", name="States").click()
    expect(page.get_by_test_id("states")).to_contain_text("No state changed in this span")
    page.get_by_text("30 d", exact=False).first.click()
    expect(page).to_have_url(re.compile("span=30d"))


def test_a_change_that_stays_is_declared_the_new_normal(site: Site, person: Seat) -> None:
    engineer = person("engineer")
    page = engineer.sign_in(site.world.logins["engineer"], "/alarms")
    site.start_bearing_wear(machine=MACHINE)
    row = page.locator("tbody tr[data-row]").filter(has_text="pindle").first
    expect(row).to_be_visible(timeout=ALARM_MS)
    page.goto(f"/alarms/{row.get_attribute('data-row')}")
    page.get_by_test_id("new-normal").click()
    engineer.fill("new-normal-reason", "Heavier tool")
    submit(page, "form-new-normal")
    journal = page.get_by_test_id("alarm-journal")
    expect(journal).to_contain_text("Heavier tool")
    # Whoever scores carries it out, and the deviation ends.
    expect(page.get_by_test_id("new-normal")).to_have_count(0, timeout=ALARM_MS)
