"""Takes the pictures of README and docs from the running product.

Run by `.venv/bin/python -m tests.acceptance.browser.pictures`, with Chromium and built pages at hand.

They show the demo's pump a few minutes after its bearing began to wear, at the desk and on an engineer's
phone. It takes about six minutes, most of them waiting for the charts to have something to show.
"""

import argparse
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from runtime.checks import chromium
from tests.acceptance.browser.person import LAUNCH_ARGUMENTS, Person
from tests.acceptance.browser.watched import Site, watched_site

IMAGES = Path(__file__).resolve().parents[3] / "docs" / "images"
BYTES_MAX = 400_000

_RAMP_SECONDS = 90.0
_GROWING_SECONDS = 240.0


def take(site: Site, browser: Browser, into: Path) -> list[Path]:
    """Let the bearing wear out and take every picture; return the files."""
    address, logins = site.stack.address, site.world.logins
    desk = Person(browser, address, "desk")
    engineer = Person(browser, address, "engineer", language="zh", phone=True, scale=2)
    page = desk.sign_in(logins["desk_lead"], f"/assets/{site.pump_id}?span=15m")
    site.start_bearing_wear(_RAMP_SECONDS)
    time.sleep(_GROWING_SECONDS)
    page.reload()
    number = page.get_by_role("link", name="WO-")
    expect(number.first).to_be_visible()
    expect(page.locator("[data-series=vibration_de] canvas").first).to_be_visible()
    # A second's readings arrive by themselves and the toasts, if any, are gone.
    page.wait_for_timeout(3_000)
    asset = into / "asset.png"
    page.screenshot(path=asset)

    phone = engineer.sign_in(logins["engineer"])
    phone.get_by_role("link", name=number.first.inner_text()).first.click()
    expect(phone.get_by_test_id("order-reason").locator("canvas").first).to_be_visible()
    phone.wait_for_timeout(1_500)
    order = into / "work-order-zh-phone.png"
    phone.screenshot(path=order)

    for one in (desk, engineer):
        assert one.complaints == [], one.complaints
        one.leave()
    return [asset, order]


def main() -> None:
    """Take the pictures into `docs/images`, or elsewhere."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, default=IMAGES)
    into = parser.parse_args().into
    path = chromium.find()
    if path is None:
        parser.error(f"no Chromium here; install it, or name one in {chromium.VARIABLE}")
    into.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data_dir,
        watched_site(Path(data_dir) / "data") as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=path,
            args=LAUNCH_ARGUMENTS,
            # A desk's browser shows them, and the page leaves them their room.
            ignore_default_args=["--hide-scrollbars"],
        )
        for picture in take(site, browser, into):
            size = picture.stat().st_size
            print(f"{picture}: {size // 1000} kB")  # noqa: T201 - a script's answer
            assert size < BYTES_MAX, "too large for a README"
        browser.close()


if __name__ == "__main__":
    main()
