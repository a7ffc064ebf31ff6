"""Somebody at a browser of their own, and everything their pages complained about."""

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    expect,
)

from runtime.demo.world import Login

if TYPE_CHECKING:
    from playwright.sync_api import ViewportSize

# Chromium has no sandbox for root, and containers give /dev/shm little room.
LAUNCH_ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]

WIDE: "ViewportSize" = {"width": 1440, "height": 900}
PHONE: "ViewportSize" = {"width": 390, "height": 844}

LOCALES = {"en": "en-GB", "zh": "zh-CN"}
LANGUAGES = {"en": "English", "zh": "中文"}
SUBMIT = {"en": "Sign in", "zh": "登录"}

# Generous: a machine that also builds, tests and serves answers late, and a page that waits is not broken.
_PATIENCE_MS = 15_000
expect.set_options(timeout=_PATIENCE_MS)
# Chromium writes a line of its own for every answer from 400 on; the answers are judged here instead.
_ANSWER_LINE = "Failed to load resource: the server responded with a status of"
# A page left, and a stream that changes what it follows, give up what they asked for.
_GIVEN_UP = "net::ERR_ABORTED"


class Person:
    """One browser context: own cookies, language, window and time zone.

    Attributes:
        complaints: what a page must never do: errors in the console, exceptions, failed requests, and
            answers from 400 on that nobody expected.
    """

    def __init__(
        self,
        browser: Browser,
        address: str,
        name: str,
        *,
        language: str = "en",
        phone: bool = False,
        scheme: str = "light",
        scale: int = 1,
    ) -> None:
        self.name = name
        self.language = language
        self.complaints: list[str] = []
        self._expected: list[tuple[int, str]] = []
        self._context = browser.new_context(
            base_url=address,
            locale=LOCALES[language],
            timezone_id="Asia/Shanghai",
            viewport=PHONE if phone else WIDE,
            is_mobile=phone,
            has_touch=phone,
            color_scheme="dark" if scheme == "dark" else "light",
            device_scale_factor=scale,
        )
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(_PATIENCE_MS)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    def record(self) -> None:
        """Keep a trace of everything done from now on, for `keep_evidence`."""
        self._context.tracing.start(snapshots=True)

    def expect_answer(self, status: int, path: str) -> None:
        """Take answers of this status from this path as what should happen."""
        self._expected.append((status, path))

    def sign_in(self, login: Login, path: str = "/") -> Page:
        """Open a page, sign in with the form, and return the page once its frame stands."""
        # Asking who is signed in is how a page finds out that nobody is.
        self.expect_answer(401, "/api/v1/session")
        self.page.goto(path)
        form = self.page.get_by_test_id("sign-in-form")
        form.locator("input[type=email]").fill(login.email)
        form.locator("input[type=password]").fill(login.password)
        form.get_by_role("button", name=SUBMIT[self.language], exact=True).click()
        expect(self.page.get_by_test_id("user-menu")).to_be_visible()
        self._expected.clear()
        return self.page

    def choose_language(self, language: str) -> None:
        """Switch with the menu, as everybody can, signed in or not."""
        self.page.get_by_test_id("language-switch").click()
        self.page.get_by_role("menuitem", name=LANGUAGES[language]).click()
        expect(self.page.locator("html")).to_have_attribute("lang", re.compile(f"^{language}"))
        self.language = language

    def fill(self, test_id: str, text: str) -> Locator:
        """Type into the field that carries a test id, whichever element of it does."""
        field = self.page.get_by_test_id(test_id)
        field.fill(text)
        return field

    def choose(self, test_id: str, option: str) -> None:
        """Open a list of choices and take one."""
        self.page.get_by_test_id(test_id).click()
        self.page.get_by_role("option", name=option, exact=True).click()

    def find(self, test_id: str, typed: str) -> None:
        """Type into a field that searches, and take what it finds."""
        self.fill(test_id, typed)
        self.page.get_by_role("option").filter(has_text=typed).first.click()

    def keep_evidence(self, folder: Path) -> list[Path]:
        """Write a picture and a trace of what this person saw; return the files."""
        picture, trace = folder / f"{self.name}.png", folder / f"{self.name}.trace.zip"
        self.page.screenshot(path=picture, full_page=True)
        self._context.tracing.stop(path=trace)
        return [picture, trace]

    def leave(self) -> None:
        """Close the browser's window and forget its cookies."""
        self._context.close()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_ANSWER_LINE):
            self.complaints.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != _GIVEN_UP:
            self.complaints.append(f"{request.method} {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        bad = 400
        if response.status < bad:
            return
        if (response.status, urlsplit(response.url).path) not in self._expected:
            self.complaints.append(
                f"{response.request.method} {response.url}: HTTP {response.status}"
            )
