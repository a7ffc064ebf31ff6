"""MQTT topic filters: what they are, what fits them, how two of them lie to each other."""

from collections.abc import Iterable


def topic_filter(value: str) -> str:
    """Return an MQTT topic filter, or raise ValueError."""
    levels = value.split("/")
    if not value or any("#" in level and level != "#" for level in levels) or "#" in levels[:-1]:
        raise ValueError("no MQTT topic filter")
    if any("+" in level and level != "+" for level in levels):
        raise ValueError("no MQTT topic filter: + stands for a whole level")
    return value


def wildcards_of(topic_filter: str, topic: str) -> list[str] | None:
    """Return what stood for each wildcard of a filter, or None when the topic does not fit it."""
    found: list[str] = []
    levels = topic.split("/")
    if topic.startswith("$") and topic_filter[:1] in {"+", "#"}:
        return None
    wanted = topic_filter.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return [*found, "/".join(levels[index:])]
        if index >= len(levels):
            return None
        if level == "+":
            found.append(levels[index])
        elif level != levels[index]:
            return None
    return found if len(levels) == len(wanted) else None


def covers(outer: str, inner: str) -> bool:
    """Tell whether every topic of the filter `inner` is one of the filter `outer`, too."""
    wide, narrow = outer.split("/"), inner.split("/")
    for index, level in enumerate(wide):
        if level == "#":
            return True
        if index >= len(narrow) or narrow[index] == "#":
            return False
        if level not in {"+", narrow[index]}:
            return False
    return len(wide) == len(narrow)


def overlap(one: str, other: str) -> bool:
    """Tell whether a topic may be of both filters."""
    first, second = one.split("/"), other.split("/")
    for left, right in zip(first, second, strict=False):
        if "#" in {left, right}:
            return True
        if left != right and "+" not in {left, right}:
            return False
    longer = max(first, second, key=len)
    shorter = min(len(first), len(second))
    # `a/#` is also the topic `a`.
    return len(first) == len(second) or longer[shorter:] == ["#"]


def fewest(filters: Iterable[str]) -> list[str]:
    """Return filters that bring what all of these bring, without one that another covers.

    A broker may deliver a message once for each filter that it fits.
    """
    kept: list[str] = []
    for candidate in sorted(set(filters), key=len):
        if not any(covers(other, candidate) for other in kept):
            kept = [other for other in kept if not covers(candidate, other)]
            kept.append(candidate)
    return kept
