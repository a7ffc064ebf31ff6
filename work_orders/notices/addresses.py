"""Which addresses people may enter as channels. Pure but for the look-up of host names."""

import ipaddress
import re
import socket
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from work_orders.notices.errors import ForbiddenAddress, InvalidChannel

ADDRESS_LENGTH_MAX = 1000

# Parameters by which an address would read files here, or undo what we decide.
_REFUSED: Final = re.compile(
    r"attach|template|pgp|smime|keyfile|certificate|verify|redirect|cto|rto|retry|wait|overflow|store",
    re.IGNORECASE,
)
_SCHEME: Final = re.compile(r"[a-z][a-z0-9]{1,30}")
_EMAIL_PART: Final = r"[^\s@<>(),;:\"\\\[\]/?&#%]+"
_EMAIL: Final = re.compile(rf"{_EMAIL_PART}@{_EMAIL_PART}\.[^\s@<>(),;:\"\\\[\]/?&#%.]+")
_PHONE: Final = re.compile(r"\+?[0-9]{5,20}")

# Their host part is a token of the provider's; it must not be looked up, and leads nowhere else.
FIXED_HOSTS: Final = frozenset({
    "dingtalk", "discord", "feishu", "lark", "line", "msteams", "pushover", "serverchan", "slack",
    "telegram", "tgram", "webex", "wecombot", "wxpusher",
})  # fmt: skip

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(listed: str) -> tuple[Network, ...]:
    """Return the networks of a comma-separated list.

    Raises:
        ValueError: one of them is none.
    """
    return tuple(ipaddress.ip_network(each.strip()) for each in listed.split(",") if each.strip())


def check_email(value: str) -> str:
    """Return an e-mail address.

    Raises:
        InvalidChannel: it is none.
    """
    if len(value) > 254 or not _EMAIL.fullmatch(value):  # noqa: PLR2004 - RFC 5321
        raise InvalidChannel("this is no e-mail address", field="address", reason="not_an_email")
    return value.lower()


def check_phone(value: str) -> str:
    """Return a phone number, digits alone.

    Raises:
        InvalidChannel: it is none.
    """
    number = re.sub(r"[\s().-]", "", value)
    if not _PHONE.fullmatch(number):
        raise InvalidChannel("this is no phone number", field="address", reason="not_a_phone")
    return number


def check_address(value: str, schemes: Iterable[str]) -> str:
    """Return the scheme of a provider's address that may be used. Messages never repeat the address.

    Raises:
        InvalidChannel: malformed, of an unknown scheme, or with parameters that are not for people to set.
    """
    if len(value) > ADDRESS_LENGTH_MAX:
        raise InvalidChannel("the address is too long", field="address", reason="too_long")
    if not value.isprintable() or " " in value:
        raise InvalidChannel("the address is malformed", field="address", reason="malformed")
    scheme, separator, rest = value.partition("://")
    scheme = scheme.lower()
    if not separator or not rest or not _SCHEME.fullmatch(scheme):
        raise InvalidChannel(
            "an address begins with its kind, such as dingtalk://",
            field="address",
            reason="malformed",
        )
    known = sorted(schemes)
    if scheme not in known:
        raise InvalidChannel(
            f"{scheme}:// is not among {', '.join(known)}",
            field="address",
            reason="unknown_scheme",
            schemes=known,
        )
    for name, _ in parse_qsl(rest.partition("?")[2], keep_blank_values=True):
        if _REFUSED.search(name):
            raise InvalidChannel(
                "the address has a parameter that cannot be set here",
                field="address",
                reason="parameter",
                parameter=name[:40],
            )
    return scheme


def host_of(value: str) -> str | None:
    """Return the server an address names, if it is the address that names it."""
    if value.partition("://")[0].lower() in FIXED_HOSTS:
        return None
    try:
        return urlsplit(value).hostname
    except ValueError:
        return None


def check_host(host: str, allowed: Iterable[Network]) -> None:
    """Refuse a host that is, or whose name leads to, an address which is not on the public Internet.

    A name that cannot be looked up leads nowhere, and passes.

    Raises:
        ForbiddenAddress: it does, and no allowed network holds it.
    """
    networks_allowed = tuple(allowed)
    for address in _addresses(host):
        plain = getattr(address, "ipv4_mapped", None) or address
        if plain.is_global and not plain.is_multicast:
            continue
        if not any(plain in network for network in networks_allowed):
            raise ForbiddenAddress(
                "the address is inside a private network; an administrator can allow networks",
                field="address",
                reason="private_network",
            )


def _addresses(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]
