"""A machine's charts: from a year down to single readings by brush, key and finger, and out as a file."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.acceptance.browser.person import Person
from tests.acceptance.browser.watched import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]

Seat = Callable[..., Person]

SERIES = "bearing_temperature"
ZOOMED = re.compile("from=.+&to=")


def charts_of(site: Site, one: Person, login: str, span: str) -> tuple[Page, Locator]:
    page = one.sign_in(site.world.logins[login], f"/assets/{site.pump_id}?span={span}")
    panel = page.locator(f"[data-series={SERIES}]")
    expect(panel.locator(".u-over")).to_be_visible()
    return page, panel


def edges(panel: Locator) -> tuple[float, float, float]:
    box = panel.locator(".u-over").bounding_box()
    assert box is not None
    return box["x"], box["width"], box["y"] + box["height"] / 2


def step(panel: Locator) -> Locator:
    return panel.locator("[data-step]")


def test_from_a_week_to_every_reading_and_into_a_file(
    site: Site, person: Seat, tmp_path: Path
) -> None:
    page, panel = charts_of(site, person("analyst"), "desk_lead", "7d")
    expect(step(panel)).not_to_have_attribute("data-step", "raw")
    left, width, y = edges(panel)
    page.mouse.move(left + width * 0.94, y)
    page.mouse.down()
    page.mouse.move(left + width * 0.97, y, steps=5)
    page.mouse.up()
    expect(page).to_have_url(ZOOMED)
    expect(step(panel)).to_have_attribute("data-step", "raw")
    shown = int(re.sub(r"\D", "", step(panel).inner_text()))

    page.get_by_test_id("export").click()
    with page.expect_download() as download:
        page.get_by_test_id("export-csv").click()
    path = tmp_path / "readings.csv"
    download.value.save_as(path)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert sum(row["series"] == SERIES for row in rows) == shown
    assert len({row["series"] for row in rows}) > 1

    # What was seen can be sent to a colleague, and the way back is in the browser.
    page.reload()
    expect(step(panel)).to_have_attribute("data-step", "raw")
    page.go_back()
    expect(page).not_to_have_url(ZOOMED)


def test_what_was_expected_is_drawn_as_it_changed(site: Site, person: Seat) -> None:
    page, panel = charts_of(site, person("watcher"), "desk_lead", "7d")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.split("?")[0].rsplit("/", 1)[-1]))
    page.reload()
    # Two days were learnt: the band has several steps, and more than the one of today.
    expect(panel).to_have_attribute("data-bands", re.compile(r"^([3-9]|\d\d+)$"))
    page.goto(page.url.replace("span=7d", "span=15m"))
    expect(panel).to_have_attribute("data-bands", re.compile(r"^[1-9]"))
    expect(panel.locator(".u-over")).to_be_visible()
    # Readings and bands were asked for once for all of the machine's series.
    assert asked.count("expected") == asked.count("readings") == 2


def test_charts_by_keyboard(site: Site, person: Seat) -> None:
    page, _ = charts_of(site, person("keyboard"), "desk_lead", "24h")
    page.get_by_test_id("chart-stack").focus()
    for key in ("+", "+", "ArrowLeft", "-"):
        before = page.url
        page.keyboard.press(key)
        expect(page).not_to_have_url(before)
        expect(page).to_have_url(ZOOMED)
    page.keyboard.press("0")
    expect(page).not_to_have_url(ZOOMED)


def test_charts_by_finger(site: Site, person: Seat) -> None:
    page, panel = charts_of(site, person("finger", language="zh", phone=True), "engineer", "24h")
    expect(step(panel)).to_be_visible()
    touch = page.context.new_cdp_session(page)
    left, width, y = edges(panel)

    def fingers(kind: str, *shares: float) -> None:
        points = [{"x": left + width * at, "y": y, "id": n} for n, at in enumerate(shares)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", 0.3)
    for at in (0.4, 0.5, 0.6):
        fingers("touchMove", at)
    fingers("touchEnd")
    expect(page).to_have_url(ZOOMED)
    brushed = page.url
    left, width, y = edges(panel)
    fingers("touchStart", 0.4, 0.6)
    for by in (0.05, 0.1, 0.15):
        fingers("touchMove", 0.4 - by, 0.6 + by)
    fingers("touchEnd")
    expect(page).not_to_have_url(brushed)
    expect(page).to_have_url(ZOOMED)
    page.get_by_test_id("zoom-reset").click()
    expect(page).not_to_have_url(ZOOMED)


def test_maintenance_is_planned_and_marked(site: Site, person: Seat) -> None:
    page, _ = charts_of(site, person("planner"), "desk_lead", "6h")
    page.get_by_test_id("plan-maintenance").click()
    page.get_by_test_id("maintenance-reason").fill("Yearly overhaul")
    page.get_by_test_id("form-maintenance").locator("button[type=submit]").click()
    expect(page.get_by_test_id("suppressions")).to_contain_text("Yearly overhaul")
    expect(page.get_by_test_id("maintenance")).to_contain_text("Maintenance")
    # Ended at once, or the others' alarms would be hidden.
    page.get_by_test_id("suppressions").get_by_role("button", name="End now").click()
    page.get_by_role("dialog").get_by_role("button", name="End now").click()
    expect(page.get_by_test_id("suppressions")).not_to_contain_text("Yearly overhaul")
