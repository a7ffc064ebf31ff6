"""Handing a message to a provider: the only module that touches Apprise.

Nothing of an address may be logged. Apprise writes addresses that it cannot read to its log, and urllib3
writes paths, which are tokens with chat providers; so neither of them logs here. What is said of a failure
is made of our own words.
"""

import logging
import threading
import time
import warnings
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal
from urllib.parse import quote

import apprise

from kernel.log import get_logger

log = get_logger(__name__)

Outcome = Literal["sent", "failed", "timeout", "refused"]

KEY_HEADER: Final = "X-Forewarn-Delivery"
IDEMPOTENCY_HEADER: Final = "Idempotency-Key"
# Of these, requests can be given headers of ours.
_WITH_HEADERS: Final = frozenset({"json", "jsons", "form", "forms"})
_MAIL: Final = frozenset({"mailto", "mailtos"})

# A provider that neither answers nor hangs up keeps its thread; of so many, no more are begun.
ABANDONED_MAX = 64
_SOCKET_SECONDS_MAX = 30


@dataclass(frozen=True)
class Message:
    """What is handed over; `key` is the same in every attempt."""

    key: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Result:
    """What became of an attempt; `detail` is a code."""

    outcome: Outcome
    detail: str | None
    duration_ms: int


_making = threading.Lock()


@cache
def _asset() -> "apprise.AppriseAsset":
    for name in ("apprise", "urllib3", "requests"):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.handlers[:] = [logging.NullHandler()]
        logger.setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings():
        # Its plug-ins are imported with the first address, one of them with a module Python is to lose.
        warnings.simplefilter("ignore", DeprecationWarning)
        apprise.Apprise.instantiate("json://localhost")
    return apprise.AppriseAsset(
        app_id="Forewarn",
        app_desc="Forewarn",
        app_url="",
        async_mode=False,
        secure_logging=True,
        # What a redirect leads to was not judged.
        http_redirects=False,
        storage_mode="memory",
    )


def is_readable(address: str) -> bool:
    """Tell whether Apprise can make a provider of an address; nothing is sent."""
    return _provider(address) is not None


def _provider(address: str) -> "apprise.NotifyBase | None":
    with _making:
        asset = _asset()
    try:
        found: apprise.NotifyBase | None = apprise.Apprise.instantiate(
            address, asset=asset, suppress_exceptions=True
        )
    except Exception as error:  # noqa: BLE001 - plug-ins raise whatever they like, with the address in it
        log.warning("an address could not be read", error=type(error).__name__)
        return None
    return found


def mail_address(server: str, recipient: str) -> str:
    """Return the address that mails to a recipient by a server's address without one."""
    return f"{server}{'&' if '?' in server else '?'}to={quote(recipient, safe='@')}"


def sms_address(gateway: str, number: str) -> str:
    """Return the address of a text message gateway with the number put in."""
    return gateway.replace("{to}", quote(number, safe=""))


def _with_key(address: str, key: str) -> str:
    scheme = address.partition("://")[0].lower()
    joined = "&" if "?" in address else "?"
    if scheme in _WITH_HEADERS:
        return f"{address}{joined}+{IDEMPOTENCY_HEADER}={key}&+{KEY_HEADER}={key}"
    return f"{address}{joined}%2B{KEY_HEADER}={key}" if scheme in _MAIL else address


class _Abandoned:
    """Counts the threads that were not waited for any longer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    def change(self, by: int) -> None:
        with self._lock:
            self._count += by

    @property
    def too_many(self) -> bool:
        return self._count >= ABANDONED_MAX


_abandoned = _Abandoned()


class _Attempt:
    """One call of a provider in a thread of its own, waited for no longer than allowed."""

    def __init__(self, provider: "apprise.NotifyBase", message: Message, *, as_html: bool) -> None:
        self._provider = provider
        self._message = message
        self._as_html = as_html
        self._lock = threading.Lock()
        self._left = False
        self._over = False
        self.sent = False
        self.detail: str | None = None
        self.thread = threading.Thread(target=self._run, daemon=True, name="notice")

    def _run(self) -> None:
        try:
            self.sent = bool(
                self._provider.notify(
                    body=self._message.html if self._as_html else self._message.text,
                    title=self._message.subject,
                    body_format=(
                        apprise.NotifyFormat.HTML if self._as_html else apprise.NotifyFormat.TEXT
                    ),
                )
            )
            self.detail = None if self.sent else "not_accepted"
        except Exception as error:  # noqa: BLE001 - its words may hold the address; its name does not
            self.detail = type(error).__name__
        with self._lock:
            self._over = True
            if self._left:
                _abandoned.change(-1)

    def leave(self) -> bool:
        """Wait no longer; False when it is over after all."""
        with self._lock:
            if self._over:
                return False
            self._left = True
        _abandoned.change(1)
        return True


def send(address: str, message: Message, timeout_s: float) -> Result:
    """Hand a message over, once; never raises for what a provider does, never takes longer than allowed."""
    began = time.monotonic()

    def result(outcome: Outcome, detail: str | None = None) -> Result:
        return Result(outcome, detail, int((time.monotonic() - began) * 1000))

    if _abandoned.too_many:
        return result("failed", "too_many_hanging")
    provider = _provider(_with_key(address, message.key))
    if provider is None:
        return result("refused", "unreadable_address")
    provider.socket_connect_timeout = provider.socket_read_timeout = min(
        timeout_s, _SOCKET_SECONDS_MAX
    )
    is_mail = address.partition("://")[0].lower() in _MAIL
    attempt = _Attempt(provider, message, as_html=is_mail)
    attempt.thread.start()
    attempt.thread.join(timeout_s)
    if attempt.thread.is_alive() and attempt.leave():
        return result("timeout", "no_answer")
    attempt.thread.join()
    return result("sent") if attempt.sent else result("failed", attempt.detail)
