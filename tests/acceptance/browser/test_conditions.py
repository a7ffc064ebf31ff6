"""What is wrong with a gateway, found, told in both languages, and put right on the pages."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.browser.conditions import Conditions, conditions
from tests.acceptance.browser.person import Person
from tests.acceptance.browser.test_walk import fits_and_names
from tests.acceptance.browser.watched import Site

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(420)]

Seat = Callable[..., Person]

# What is told of each, and what is quoted below in the words of the program that said it.
TOLD = {
    "Does not take it": (
        "configuration",
        "The gateway did not take its configuration",
        "网关未采用下发的配置",
        "is not TOML",
    ),
    "Gone back": (
        "configuration",
        "The gateway did not take its configuration",
        "网关未采用下发的配置",
        "mixer is lost",
    ),
    "Stranger's certificate": (
        "certificate_refused",
        "Its certificate is not trusted yet",
        "服务器证书尚未受信任",
        "forewarn edge trust accept",
    ),
    "Expired certificate": (
        "certificate_refused",
        "Its certificate has expired",
        "服务器证书已过期",
        "expired on",
    ),
    "Some nodes are wrong": (
        "bad_nodes",
        "nodes that cannot be read: 2",
        "2 个节点无法读取",
        "",
    ),
    "Full buffer": (
        "buffer",
        "The buffer on the gateway is in trouble",
        "网关缓存异常",
        "disk is full",
    ),
    "Wrong clock": ("clock", "The clock of the gateway is wrong", "网关时钟不准", ""),
    "Changed by hand": ("drift", "changed at the site", "配置在现场被改动", ""),
}  # fmt: skip
TABS = ("overview", "tags", "configuration", "security", "quarantine")


@pytest.fixture(scope="module")
def made(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conditions]:
    with conditions(site.stack, site.world, tmp_path_factory.mktemp("gateways")) as found:
        yield found


def test_each_condition_is_told_in_both_languages(
    site: Site, made: Conditions, person: Seat
) -> None:
    for language, phone in (("en", False), ("zh", True)):
        page = person(f"desk-{language}", language=language, phone=phone).sign_in(
            site.world.logins["admin"]
        )
        for name, (code, english, chinese, quoted) in TOLD.items():
            page.goto(f"/gateways/{made.ids[name]}")
            trouble = page.locator(f"[data-code={code}]")
            expect(trouble).to_contain_text(english if language == "en" else chinese)
            if quoted:
                expect(trouble.locator("q")).to_contain_text(quoted)
            for tab in TABS:
                page.goto(f"/gateways/{made.ids[name]}?tab={tab}")
                fits_and_names(page)


def test_gateways_are_found_by_the_server_and_the_address(
    site: Site, made: Conditions, person: Seat
) -> None:
    page = person("desk").sign_in(site.world.logins["admin"], "/gateways?show=offline")
    rows = page.locator("tbody tr[data-row]")
    expect(page.locator(f"[data-row={made.ids['Silent']}]")).to_be_visible()
    expect(page.locator("[data-state=online]")).to_have_count(0)
    page.goto("/gateways?show=revoked&q=revoked")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("Revoked")
    page.goto("/gateways")
    page.get_by_role("button", name=re.compile("^Changed on site")).click()
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile("show=drift"))
    page.get_by_test_id("filter-site").click()
    page.keyboard.type("Plant 2")
    page.get_by_role("option").filter(has_text="Plant 2").first.click()
    expect(page).to_have_url(re.compile("site=site_"))
    expect(rows).to_have_count(1)
    page.get_by_label("Find by name, customer or site").fill("no such gateway")
    expect(rows).to_have_count(0)
    nothing = page.get_by_text("Nothing matches").locator("..")
    expect(nothing).to_contain_text("Search: no such gateway")
    expect(nothing).to_contain_text("Site: Plant 2")
    page.get_by_test_id("clear-filters").click()
    expect(rows).not_to_have_count(0)
    expect(page.get_by_label("Find by name, customer or site")).to_have_value("")
    expect(page).to_have_url(re.compile("/gateways$"))


def test_a_group_of_quarantine_is_opened_replayed_and_dropped_by_keyboard(
    site: Site, made: Conditions, person: Seat
) -> None:
    page = person("desk").sign_in(
        site.world.logins["admin"], f"/gateways?tab=quarantine&gateway={made.ids['Quarantined']}"
    )
    groups = page.get_by_test_id("quarantine-groups").locator("tbody tr")
    expect(groups).to_have_count(3)
    row = groups.filter(has_text="Not a finite number")
    expect(row).to_contain_text("9")
    row.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("reason=not_finite.*source=gw_"))
    expect(page.get_by_test_id("quarantine-entries").locator("tbody tr")).to_have_count(9)
    decide(page, "replay")
    outcome = page.get_by_test_id("decide-outcome")
    expect(outcome).to_contain_text("0 readings are stored now")
    expect(outcome).to_contain_text("9 stay: Not a finite number")
    page.get_by_test_id("decide-close").click()
    expect(page.get_by_test_id("replay-group")).to_be_focused()
    decide(page, "drop", "the sensor is broken")
    expect(outcome).to_contain_text("Entries settled: 9")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("quarantine-entries")).to_contain_text("Nothing is in quarantine")
    page.get_by_test_id("all-groups").click()
    expect(groups).to_have_count(2)
    page.get_by_text("Dropped", exact=True).click()
    expect(groups).to_have_count(1)


def decide(page: Page, verb: str, note: str = "") -> None:
    page.get_by_test_id(f"{verb}-group").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    if note:
        page.get_by_test_id("decide-note").fill(note)
    page.get_by_test_id("decide-confirm").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("decide-outcome")).to_have_attribute("data-phase", "done")


def test_tags_are_edited_as_a_draft_given_and_undone(
    site: Site, made: Conditions, person: Seat
) -> None:
    name = "Some nodes are wrong"
    page = person("desk").sign_in(
        site.world.logins["admin"], f"/gateways/{made.ids[name]}?tab=configuration"
    )
    page.get_by_test_id("edit-tags").click()
    rows = page.locator("fieldset[data-tag]")
    expect(rows).to_have_count(4)
    low, unit = (rows.first.get_by_test_id(f"tag-{field}") for field in ("low", "unit"))
    low.fill("9")
    rows.first.get_by_test_id("tag-high").fill("3")
    expect(rows.first).to_contain_text("9 is not below 3")
    expect(page.get_by_test_id("review-draft")).to_be_disabled()
    low.fill("0")
    unit.fill("MPa")
    # What cannot be read is taken out, and one of it kept after all.
    remove = page.get_by_role("button", name=re.compile("^Take out"))
    remove.nth(3).click()
    remove.nth(2).click()
    page.get_by_role("button", name="Keep it").first.click()
    page.get_by_test_id("review-draft").click()
    review = page.get_by_test_id("draft-review")
    expect(review).to_contain_text('unit = "MPa"')
    expect(review).to_contain_text("taken out")
    page.get_by_test_id("draft-note").fill("In MPa")
    page.get_by_test_id("draft-give").click()
    versions = page.get_by_test_id("configuration-versions")
    expect(versions).to_contain_text("In MPa")
    made.configured(name, "applied")
    expect(page.get_by_test_id("configuration-state")).to_contain_text("Applied")
    page.get_by_test_id("undo-configuration").click()
    page.get_by_role("dialog").get_by_role("button", name="Go back to this").click()
    expect(versions).to_contain_text("As version 1")
    made.configured(name, "applied")
    shown = made.api.get(f"/gateways/{made.ids[name]}/configurations/3")
    assert len(shown["document"]["opcua"][0]["tags"]) == 4
    assert shown["document"]["opcua"][0]["tags"][0]["unit"] == "bar"
