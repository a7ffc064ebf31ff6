"""The story through the pages: a bearing wears out, and four people deal with what follows.

Nobody here talks to the API; each sees what the pages say, in their own language and on their own screen.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.browser.person import Person
from tests.acceptance.browser.watched import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]

Seat = Callable[..., Person]

ALARM_MS = 60_000
LIVE_MS = 15_000
POSITION = "drive end"
COMPLAINT = "1号给水泵噪音很大，振动明显 <b>请尽快</b>处理"


def test_a_worn_bearing_from_the_alarm_to_the_refused_second_claim(
    site: Site, person: Seat
) -> None:
    failed, fitted = f"BRG-{site.world.tag.upper()}-0001", f"BRG-{site.world.tag.upper()}-0002"
    desk, customer = person("desk"), person("customer", language="zh")
    engineer, dealer = person("engineer", language="zh", phone=True), person("dealer")

    sign_in_as_desk_lead(site, desk)
    alarm_appears_by_itself(site, desk.page)
    order = preventive_order_says_why(site, desk.page)
    complaint = customer_complains(site, customer)
    complaint_stands_with_the_order(desk.page, complaint, order)
    search_finds(desk.page, site.pump_serial, order, complaint)
    engineer_closes_the_order(site, engineer, order, failed, fitted)
    order_closed_by_itself(desk.page, order)
    claim = engineer_claims(site, engineer.page, failed)
    dealer_is_refused(site, dealer, claim, failed)


def sign_in_as_desk_lead(site: Site, desk: Person) -> None:
    desk.sign_in(site.world.logins["desk_lead"])
    expect(desk.page.get_by_role("heading", level=1)).to_contain_text("Chen Jie")
    expect(desk.page).to_have_title("Overview · Forewarn")
    expect(desk.page.get_by_test_id("tile-alarms")).to_contain_text("0")


def alarm_appears_by_itself(site: Site, page: Page) -> None:
    page.get_by_test_id("nav-alarms").click()
    # Other stories of the same plant may have left alarms of other machines.
    empty = page.get_by_text("No alarms here")
    alarms = page.get_by_role("table", name="Alarms")
    expect(empty.or_(alarms)).to_be_visible()
    alarm = alarms.get_by_role("row").filter(has_text="Feed pump")
    expect(alarm).to_have_count(0)
    page.evaluate("window.sameDocument = true")
    site.start_bearing_wear()
    expect(alarm).to_contain_text("Bearing wear", timeout=ALARM_MS)
    expect(alarm).to_contain_text(re.compile("Critical|High|Medium"))
    assert page.evaluate("window.sameDocument") is True

    alarm.get_by_role("link").first.click()
    cause = page.get_by_role("region", name="Cause")
    expect(cause).to_contain_text(re.compile(r"vibration_(de|nde)"))
    expect(cause).to_contain_text("Expected")
    expect(cause).to_contain_text("mm/s")
    expect(cause.locator("canvas").first).to_be_visible()
    page.get_by_test_id("acknowledge").click()
    expect(page.get_by_text("Chen Jie").nth(1)).to_be_visible()
    expect(page.get_by_test_id("acknowledge")).to_have_count(0)


def preventive_order_says_why(site: Site, page: Page) -> str:
    """Follow the alarm's order; return its number."""
    # Not among the similar episodes: those name the orders of other machines' alarms.
    orders = page.get_by_role("region", name="Work orders on this asset")
    link = orders.get_by_role("link", name=re.compile(r"^WO-\d{4}-\d+$"))
    expect(link).to_be_visible(timeout=LIVE_MS)
    number = link.inner_text()
    link.click()
    expect(page).to_have_title(f"{number} · Forewarn")
    expect(page.get_by_text(f"{number} · Preventive")).to_be_visible()
    reason = page.get_by_test_id("order-reason")
    expect(reason).to_contain_text("vibration")
    expect(reason.locator("canvas").first).to_be_visible()
    facts = page.get_by_role("region", name="Facts")
    expect(facts).to_contain_text("Li Na")
    expect(facts).to_contain_text("Chosen by skill and site")
    expect(facts).to_contain_text(site.pump_serial)
    return number


def customer_complains(site: Site, customer: Person) -> str:
    """Send the form as the customer sees it, in Chinese; return the complaint's number."""
    page = customer.sign_in(site.world.logins["customer"])
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.get_by_test_id("nav-complaints").click()
    page.get_by_test_id("new-complaint").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("提交投诉")
    page.get_by_test_id("complaint-submit").click()
    expect(page.get_by_text("必填", exact=False)).to_be_visible()
    customer.find("complaint-asset", site.pump_serial)
    customer.fill("complaint-description", COMPLAINT)
    customer.choose("complaint-urgency", "高")
    page.get_by_test_id("complaint-submit").click()
    number = page.get_by_text(re.compile(r"^CP-\d{4}-\d+"))
    expect(number).to_be_visible()
    # Markup is words like any other.
    expect(page.get_by_role("region", name="客户描述")).to_contain_text(COMPLAINT)
    return number.inner_text().split(" ")[0]


def complaint_stands_with_the_order(page: Page, complaint: str, order: str) -> None:
    linked = page.get_by_test_id("linked-tickets")
    expect(linked.get_by_role("link", name=complaint)).to_be_visible(timeout=LIVE_MS)
    page.get_by_test_id("nav-complaints").click()
    row = page.get_by_role("row").filter(has_text=complaint)
    row.get_by_role("link", name=complaint).click()
    expect(linked.get_by_role("link", name=order)).to_be_visible()
    expect(linked).to_contain_text("linked by the platform")
    expect(page.get_by_role("region", name="In the customer's words")).to_contain_text(COMPLAINT)


def search_finds(page: Page, serial: str, order: str, complaint: str) -> None:
    """One search, opened and used from the keyboard."""
    for typed in (serial, complaint, order):
        page.keyboard.press("Control+k")
        field = page.get_by_role("textbox", name="Search everything")
        expect(field).to_be_focused()
        field.fill(typed)
        expect(page.get_by_role("button").filter(has_text=typed).first).to_be_visible()
        if typed == order:
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")
        else:
            page.keyboard.press("Escape")
        expect(field).to_have_count(0)
    expect(page).to_have_title(f"{order} · Forewarn")


def engineer_closes_the_order(
    site: Site, engineer: Person, order: str, failed: str, fitted: str
) -> None:
    page = engineer.sign_in(site.world.logins["engineer"])
    mine = page.get_by_role("region", name="我的工单")
    mine.get_by_role("link", name=order).click()
    page.get_by_test_id("action-start").click()
    expect(page.get_by_test_id("action-close")).to_contain_text("关闭")
    page.get_by_test_id("action-close").click()
    form = page.get_by_test_id("form-close")
    engineer.fill("findings", "驱动端轴承外圈点蚀，已更换。")
    engineer.choose("cause", "磨损")
    engineer.choose("remedy", "更换")
    engineer.fill("labour-minutes", "90")
    page.get_by_test_id("add-part").click()
    engineer.fill("part-0-number", site.world.bearing)
    engineer.fill("part-0-position", POSITION)
    engineer.fill("part-0-failed", failed)
    engineer.fill("part-0-replacement", fitted)
    form.locator("button[type=submit]").click()
    expect(form).to_have_count(0)
    expect(page.locator("[data-state=closed]").first).to_have_text("已关闭")
    done = page.get_by_test_id("work-done")
    for text in (site.world.bearing, POSITION, failed, fitted, "点蚀"):
        expect(done).to_contain_text(text)


def order_closed_by_itself(page: Page, order: str) -> None:
    expect(page).to_have_title(f"{order} · Forewarn")
    expect(page.locator("[data-state=closed]").first).to_have_text("Closed", timeout=LIVE_MS)


def engineer_claims(site: Site, page: Page, failed: str) -> str:
    """Claim from the order, whose facts are in the form already; return the claim's number."""
    page.get_by_test_id("claim-for-order").click()
    expect(page.get_by_test_id("claim-line-0-part")).to_have_value(site.world.bearing)
    expect(page.get_by_test_id("claim-line-0-position")).to_have_value(POSITION)
    expect(page.get_by_test_id("claim-line-0-failed")).to_have_value(failed)
    expect(page.get_by_test_id("coverage-answer").first).to_contain_text("在保")
    page.get_by_test_id("claim-invoice").fill(f"INV-{site.world.tag}-1")
    page.get_by_test_id("claim-submit").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(re.compile(r"^C-\d+$"))
    expect(page.locator("[data-state=accepted]").first).to_have_text("已接受")
    until = bearing_covered_until()
    expect(page.get_by_test_id("claim-lines")).to_contain_text(
        f"至 {until.year}年{until.month}月{until.day}日"
    )
    return heading.inner_text()


def bearing_covered_until() -> date:
    """Two years from the commissioning that the demo's world dates."""
    commissioned = date.today() - timedelta(days=180)  # noqa: DTZ011 - as the world dates it
    try:
        return commissioned.replace(year=commissioned.year + 2)
    except ValueError:
        return date(commissioned.year + 2, 2, 28)


def dealer_is_refused(site: Site, dealer: Person, claim: str, failed: str) -> None:
    page = dealer.sign_in(site.world.logins["dealer"])
    page.get_by_test_id("nav-claims").click()
    page.get_by_test_id("new-claim").click()
    dealer.find("claim-asset", site.pump_serial)
    dealer.fill("claim-line-0-part", site.world.bearing)
    dealer.fill("claim-line-0-position", POSITION)
    dealer.fill("claim-line-0-failed", failed)
    dealer.fill("claim-line-0-labour", "90")
    dealer.fill("claim-invoice", f"INV-{site.world.tag}-2")
    page.get_by_test_id("claim-submit").click()
    refusal = page.get_by_test_id("claim-refusal").first
    expect(refusal).to_have_attribute("data-rule", "a")
    expect(refusal.get_by_test_id("refusal-rule")).to_contain_text("(a)")
    prior = refusal.get_by_test_id("refusal-prior").get_by_role("link")
    expect(prior).to_have_text(claim)
    expect(refusal.get_by_test_id("refusal-explanation")).to_contain_text(claim)
    dealer.choose_language("zh")
    expect(refusal.get_by_test_id("refusal-rule")).to_contain_text("规则")
    expect(refusal.get_by_test_id("refusal-explanation")).to_contain_text(claim)
    prior.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(claim)
