"""A machine's modes and redundant sensors, and what a detector would have told of its stored past."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.browser.person import Person
from tests.acceptance.browser.watched import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]

Seat = Callable[..., Person]

# Two days of readings through the models, on a machine that also scores what comes.
REPLAY_MS = 120_000


def save(page: Page, form: str) -> None:
    page.get_by_test_id(form).locator("button[type=submit]").click()
    expect(page.get_by_test_id(form)).to_have_count(0)


def test_r04_modes_are_shown_and_a_tag_can_say_them(site: Site, person: Seat) -> None:
    admin = person("admin")
    page = admin.sign_in(site.world.logins["admin"], f"/assets/{site.pump_id}")
    modes = page.get_by_test_id("modes")
    expect(modes.get_by_test_id("mode-now")).to_have_text(re.compile("Running|Idling|Loaded"))
    expect(modes.get_by_role("img", name="The last 24 hours")).to_be_visible()
    expect(modes).to_contain_text("%")

    modes.get_by_role("button", name="Mode tag").click()
    form = page.get_by_test_id("form-mode-tag")
    form.get_by_label("Series").select_option("speed")
    form.get_by_label("Value or text").fill("-1")
    form.get_by_label("Mode", exact=True).select_option("stopped")
    form.get_by_role("button", name="Add a value").click()
    form.get_by_label("Value or text").nth(1).fill("-2")
    save(page, "form-mode-tag")

    # It is known when it is opened again, and taken back.
    page.reload()
    page.get_by_test_id("modes").get_by_role("button", name="Mode tag").click()
    expect(form.get_by_label("Series")).to_have_value("speed")
    expect(form.get_by_label("Value or text")).to_have_count(2)
    form.get_by_label("Series").select_option("")
    save(page, "form-mode-tag")


def test_r04_modes_on_a_phone_in_chinese_are_read_only_for_the_desk(
    site: Site, person: Seat
) -> None:
    desk = person("desk", language="zh", phone=True)
    page = desk.sign_in(site.world.logins["desk_lead"], f"/assets/{site.pump_id}")
    expect(page.get_by_test_id("mode-now")).to_have_text(re.compile("运行|空载|带载|怠速|负载"))
    expect(page.get_by_test_id("redundancy")).to_be_visible()


def test_sensors_are_compared_and_not_any_more(site: Site, person: Seat) -> None:
    admin = person("admin")
    page = admin.sign_in(site.world.logins["admin"], f"/assets/{site.pump_id}")
    compared = page.get_by_test_id("redundancy")
    expect(compared).to_contain_text("No sensors are compared")
    compared.get_by_role("button", name="Compare sensors").click()
    form = page.get_by_test_id("form-redundancy")
    submit = form.locator("button[type=submit]")
    expect(submit).to_be_disabled()
    series = form.get_by_role("combobox", name="Two or three series of one kind and unit")
    series.click()
    page.get_by_role("option", name="vibration_de (mm/s)").click()
    # What is left are those that can be compared with it.
    expect(page.get_by_role("option", name="flow (m³/h)")).to_have_count(0)
    expect(submit).to_be_disabled()
    page.get_by_role("option", name="vibration_nde (mm/s)").click()
    form.get_by_label("Tolerance").fill("nothing")
    expect(submit).to_be_disabled()
    form.get_by_label("Tolerance").fill("0.5")
    save(page, "form-redundancy")
    expect(compared).to_contain_text("vibration_de · vibration_nde")
    expect(compared).to_contain_text("being learnt")
    compared.get_by_role("button", name="Stop comparing").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop comparing").click()
    expect(compared).to_contain_text("No sensors are compared")


def test_a_detector_is_tried_on_the_stored_past_run_again_and_removed(
    site: Site, person: Seat
) -> None:
    admin = person("admin")
    page = admin.sign_in(
        site.world.logins["admin"], f"/alarms/backtests?asset={site.pump_id}&begin=true"
    )
    form = page.get_by_test_id("form-backtest")
    expect(form).to_contain_text(site.pump_serial, timeout=REPLAY_MS)
    form.get_by_role("button", name="Last month").click()
    form.locator("button[type=submit]").click()
    expect(page).to_have_url(re.compile("/alarms/backtests/bt_"))
    first = page.url
    # Nobody reloads: the page follows the worker.
    expect(page.locator("main")).to_contain_text("Finished", timeout=REPLAY_MS)
    expect(page.get_by_test_id("backtest-progress")).to_have_count(0)
    figures = page.get_by_test_id("backtest-figures")
    expect(figures).to_contain_text("Readings replayed")
    expect(figures).to_contain_text("a second")
    chart = page.get_by_test_id("backtest-chart")
    expect(chart.locator(".u-over")).to_be_visible()
    expect(chart).to_contain_text("it only learnt")
    expect(page.get_by_test_id("backtest-comparison")).to_be_visible()
    admin.choose("field-series", "flow")
    expect(chart.locator(".u-over")).to_be_visible()

    page.get_by_test_id("repeat-backtest").click()
    expect(page).not_to_have_url(first)
    expect(page.locator("main")).to_contain_text("Finished", timeout=REPLAY_MS)
    page.get_by_role("link", name="Backtests").first.click()
    rows = page.locator("tbody tr[data-row]")
    expect(rows).to_have_count(2)

    # Removed while others look at it: the list says what is left, and nothing breaks.
    watcher = person("watcher", language="zh")
    seen = watcher.sign_in(site.world.logins["desk_lead"], "/alarms/backtests")
    expect(seen.locator("tbody tr[data-row]")).to_have_count(2)
    for left in (1, 0):
        rows.first.click()
        expect(page).to_have_url(re.compile("/alarms/backtests/bt_"))
        gone = f"/api/v1/backtests/{page.url.rsplit('/', 1)[-1]}"
        for path in (gone, f"{gone}/alarms", f"{gone}/comparison"):
            # The page may hear of it before it has left.
            admin.expect_answer(404, path)
        page.get_by_test_id("delete-backtest").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page).to_have_url(re.compile("/alarms/backtests$"))
        expect(rows).to_have_count(left)
        expect(seen.locator("tbody tr[data-row]")).to_have_count(left)
