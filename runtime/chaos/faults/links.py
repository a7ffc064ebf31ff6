"""The network between two processes: stalled, reset, half-open, slow, narrow."""

from collections.abc import Callable
from random import Random
from typing import Final, Literal

from runtime.chaos.faults.fault import Span, lasting, require
from runtime.chaos.proxy import Proxy, Traffic
from runtime.chaos.site import Site

DELAY_SECONDS: Final = 0.3
BYTES_PER_SECOND: Final = 8192.0
_SECONDS: Final = (1.5, 5.0)


def stall(site: Site, target: str, chance: Random) -> Span:
    """Pass nothing on for a while."""
    return _disturb(site, target, chance, Proxy.stall, ("held", "{:.0f} pieces had to wait"))


def reset(site: Site, target: str, chance: Random) -> Span:
    """Cut every connection, and every new one, for a while."""
    return _disturb(site, target, chance, Proxy.reset, ("reset", "{:.0f} connections were cut"))


def half_open(site: Site, target: str, chance: Random) -> Span:
    """Let one end vanish without the other being told, and come back without its memory."""
    sides: tuple[Literal["client", "server"], ...] = ("client", "server")
    gone = chance.choice(sides)
    return _disturb(
        site,
        target,
        chance,
        lambda proxy: proxy.half_open(gone),
        ("reset", f"the {gone} vanished from {{:.0f}} connections"),
    )


def delay(site: Site, target: str, chance: Random) -> Span:
    """Let everything come 300 ms late, in each direction."""
    return _disturb(
        site,
        target,
        chance,
        lambda proxy: proxy.slow(delay_seconds=DELAY_SECONDS),
        ("slowed_seconds", "{:.1f} s of waiting in all"),
    )


def narrow(site: Site, target: str, chance: Random) -> Span:
    """Let 8 KiB a second through."""
    return _disturb(
        site,
        target,
        chance,
        lambda proxy: proxy.slow(bytes_per_second=BYTES_PER_SECOND),
        ("slowed_seconds", "{:.1f} s of waiting in all"),
    )


def _disturb(
    site: Site,
    target: str,
    chance: Random,
    begin: Callable[[Proxy], None],
    seen: tuple[str, str],
) -> Span:
    """Do something to a link for a while; `seen` is the count that shows it, and how to say so."""
    counter, told = seen
    proxy = site.proxies[target]
    before = _count(proxy.traffic, counter)
    with lasting(chance.uniform(*_SECONDS), proxy.heal) as span:
        begin(proxy)
    count = _count(proxy.traffic, counter) - before
    require(count > 0, f"nothing on {target} noticed")
    span.seen = told.format(count)
    return span


def _count(traffic: Traffic, counter: str) -> float:
    return float(getattr(traffic, counter))
