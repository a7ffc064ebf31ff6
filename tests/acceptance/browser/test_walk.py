"""Every page in both languages and on both screens, without a mouse, and by itself.

Run after the story, the same platform has lists to show.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.browser.person import Person
from tests.acceptance.browser.watched import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]

Seat = Callable[..., Person]

PAGES = (
    "/", "/work-orders", "/complaints", "/complaints/new", "/alarms", "/alarms/performance",
    "/alarms/detectors", "/alarms/suppressions", "/alarms/rationales", "/assets", "/assets/{pump}",
    "/assets/{pump}/limits", "/assets/{pump}/states", "/claims", "/claims/new", "/parts", "/gateways",
    "/gateways?tab=sites", "/gateways?tab=quarantine", "/gateways?tab=sources", "/gateways/connect",
    "/gateways/{gateway}", "/gateways/{gateway}?tab=tags", "/gateways/{gateway}?tab=configuration",
    "/gateways/{gateway}?tab=security", "/gateways/{gateway}?tab=quarantine",
    "/administration/organisations", "/administration/people", "/administration/roles",
    "/administration/sites", "/administration/models", "/administration/assets",
    "/administration/policies", "/administration/audit",
)  # fmt: skip

LISTS = ("/work-orders?state=any", "/complaints?state=any", "/alarms?side=all", "/claims")

# What somebody who hears the page, or has only the keyboard, is told of each control.
NAMELESS = """() => [...document.querySelectorAll("button, a[href], input, select, textarea")]
    .filter((each) => each.checkVisibility({visibilityProperty: true}) && each.type !== "hidden")
    .filter((each) => !each.closest("[aria-hidden=true]"))
    .filter((each) => !(each.ariaLabel || each.title || each.innerText?.trim() || each.labels?.length
        || each.getAttribute("aria-labelledby") || each.closest("label")))
    .map((each) => each.outerHTML.slice(0, 200))"""
TOO_WIDE = """() => [...document.querySelectorAll("main *, header *")]
    .filter((each) => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .filter((each) => !each.closest("[class*=scroll], [class*=wrap], [class*=Scroll]"))
    .map((each) => each.outerHTML.slice(0, 160)).slice(0, 5)"""


@pytest.mark.parametrize(("language", "phone"), [("zh", True), ("en", False)])
def test_every_page_fits_and_names_its_controls(
    site: Site, person: Seat, *, language: str, phone: bool
) -> None:
    admin = person("admin", language=language, phone=phone)
    page = admin.sign_in(site.world.logins["admin"])
    for path in PAGES:
        page.goto(path.format(pump=site.pump_id, gateway=site.world.gateway_id))
        fits_and_names(page)
    for path in LISTS:
        page.goto(path)
        fits_and_names(page)
        if page.locator("tbody tr").count() > 0:
            title = page.title()
            page.locator("tbody tr a").first.click()
            expect(page).not_to_have_title(title)
            fits_and_names(page)


def fits_and_names(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.locator("[aria-busy=true], .mantine-Skeleton-root")).to_have_count(0)
    expect(page).to_have_title(re.compile(r".+ · Forewarn"))
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], (page.url, page.evaluate(TOO_WIDE))
    assert page.evaluate(NAMELESS) == [], page.url


@pytest.mark.parametrize(
    ("language", "account", "machine"),
    [("en", "readings taken at the machines", "Feed pump"), ("zh", "条读数已采集", "Feed pump")],
)
def test_a_gateway_accounts_for_its_readings(
    site: Site, person: Seat, language: str, account: str, machine: str
) -> None:
    watcher = person("watcher", language=language)
    path = f"/gateways/{site.world.gateway_id}"
    page = watcher.sign_in(site.world.logins["desk_lead"], path)
    expect(page.get_by_test_id("readings-account")).to_contain_text(account)
    parts = page.get_by_test_id("readings-account").locator("dd").all_inner_texts()
    taken, *_ = page.get_by_test_id("readings-account").locator("strong").all_inner_texts()
    assert sum(int(each.replace(",", "")) for each in parts) == int(taken.replace(",", ""))
    expect(page.locator("[data-source=plant] [data-state=connected]")).to_be_visible()
    page.goto(f"{path}?tab=tags&asset={site.pump_id}")
    row = page.get_by_role("row").filter(has_text="motor_current")
    expect(row).to_contain_text(machine)
    value = page.get_by_test_id("tag-value-motor_current")
    first = value.inner_text()
    expect(value).not_to_have_text(first)
    # Nothing that changes a gateway is offered to who may only look.
    page.goto(f"{path}?tab=security")
    expect(page.get_by_test_id("gateway-key-state")).to_be_visible()
    expect(page.get_by_test_id("rotate-key")).to_have_count(0)


def test_the_tree_of_sites_by_keyboard(site: Site, person: Seat) -> None:
    page = person("keyboard").sign_in(site.world.logins["desk_lead"], "/gateways?tab=sites")
    tree = page.get_by_role("tree")
    first = tree.get_by_role("treeitem").first
    expect(first).to_contain_text("Hangzhou Water")
    first.focus()
    page.keyboard.press("ArrowLeft")
    expect(first).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(tree.get_by_role("treeitem").nth(1)).to_be_focused()
    expect(tree.get_by_role("treeitem").nth(1)).to_contain_text("Plant 2")


def test_somebody_with_only_a_keyboard(site: Site, person: Seat) -> None:
    someone = person("keyboard")
    page, login = someone.page, site.world.logins["admin"]
    someone.expect_answer(401, "/api/v1/session")
    page.goto("/assets")
    expect(page.locator("input[type=email]")).to_be_focused()
    page.keyboard.type(login.email)
    page.keyboard.press("Tab")
    page.keyboard.type(login.password)
    page.keyboard.press("Enter")
    # The page that was asked for appears.
    rows = page.get_by_role("table").locator("tbody tr[tabindex='0']")
    expect(rows).to_have_count(5)

    page.keyboard.press("Tab")
    expect(page.locator("a[href='#content']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    rows.first.focus()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    name = rows.nth(1).get_by_role("link").first.inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)

    page.goto("/work-orders")
    button = page.get_by_test_id("new-order")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('[role=dialog]') !== null")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()


def test_readings_move_by_themselves(site: Site, person: Seat) -> None:
    page = person("watcher").sign_in(site.world.logins["desk_lead"], f"/assets/{site.pump_id}")
    panel = page.locator("[data-series=motor_current]")
    panel.scroll_into_view_if_needed()
    expect(panel.locator("canvas").first).to_be_visible()
    value = page.get_by_test_id("value-motor_current")
    seen: set[str] = set()
    for _ in range(3):
        expect(value).not_to_have_text(re.compile("|".join(map(re.escape, seen)) or "^$"))
        seen.add(value.inner_text())
    assert all(each.endswith("A") for each in seen)


def test_a_wrong_password_is_said_and_nothing_else(site: Site, person: Seat) -> None:
    someone = person("stranger", language="zh")
    page = someone.page
    someone.expect_answer(401, "/api/v1/session")
    page.goto("/claims")
    page.locator("input[type=email]").fill(site.world.logins["customer"].email)
    page.locator("input[type=password]").fill("not the password")
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_text("邮箱或密码不正确")).to_be_visible()
    expect(page.get_by_test_id("user-menu")).to_have_count(0)


def test_the_language_is_the_browsers_until_another_is_chosen(site: Site, person: Seat) -> None:
    someone = person("traveller", language="zh")
    page = someone.page
    someone.expect_answer(401, "/api/v1/session")
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    someone.choose_language("en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    # The account is a Chinese one; what was chosen on this device counts.
    someone.sign_in(site.world.logins["storekeeper"], "/parts")
    spoken(page, "en", "Parts")
    someone.choose_language("zh")
    spoken(page, "zh-CN", "备件")
    page.reload()
    spoken(page, "zh-CN", "备件")


def spoken(page: Page, lang: str, parts: str) -> None:
    expect(page.locator("html")).to_have_attribute("lang", lang)
    expect(page.get_by_test_id("nav-parts")).to_have_text(parts)
    expect(page).to_have_title(re.compile(parts))
