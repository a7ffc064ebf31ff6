"""What messages of devices that publish plain JSON mean, by a mapping; no I/O and no clock.

The protocol has no sequence and no birth: a message that a broker lost is not even noticed, and one it
delivers twice is read twice.
"""

import json
import math
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from kernel.wire.json_path import MISSING, Path, value_at
from kernel.wire.messages import Tag
from kernel.wire.tag_patterns import JsonPattern
from kernel.wire.topics import wildcards_of

PAYLOAD_BYTES_MAX: Final = 1024 * 1024
# Names in topics cost a stranger nothing; they must not cost memory either.
TOPICS_REMEMBERED_MAX: Final = 10_000

_SCALE: Final = {"s": 1_000_000, "ms": 1000, "us": 1}
# Magnitudes of a present-day time in seconds, ms and µs are a thousand apart.
_MS_MIN: Final = 1e11
_US_MIN: Final = 1e14


@dataclass(frozen=True, slots=True)
class JsonTag:
    """A value at one path, of topics that fit a filter; None: of any topic."""

    tag: Tag
    path: Path
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class JsonPoint:
    """A value of a tag; `value` is whatever JSON has, `ts_us` µs since 1970."""

    tag: Tag
    ts_us: int
    value: Any


@dataclass
class JsonHeard:
    """What one message said.

    Attributes:
        points: values found.
        timed: whether the message told its time, or was given the time of arrival.
        oddities: what was not taken or needs a look, by reason.
        refused: why nothing of the message could be read; empty when something could.
    """

    points: list[JsonPoint] = field(default_factory=list)
    timed: bool = False
    oddities: Counter[str] = field(default_factory=Counter)
    refused: str = ""


class JsonDevices:
    """Reads messages."""

    def __init__(
        self,
        tags: Sequence[JsonTag],
        patterns: Sequence[JsonPattern],
        timestamp: Path | None = None,
        timestamp_unit: str = "auto",
    ) -> None:
        self._tags = tags
        self._patterns = patterns
        self._timestamp = timestamp
        self._unit = timestamp_unit
        self._topics: OrderedDict[str, tuple[list[tuple[Tag, Path]], Counter[str]]] = OrderedDict()

    def read(self, topic: str, payload: bytes, now_us: int, *, retained: bool = False) -> JsonHeard:
        """Read one message; whatever is wrong with it is counted, and nothing is raised."""
        heard = JsonHeard()
        if retained and self._timestamp is None:
            # It comes with every new subscription, and would be taken as new each time.
            heard.oddities["retained_without_time"] += 1
            return heard
        document, heard.refused = parse_document(payload)
        if heard.refused:
            heard.oddities[heard.refused] += 1
            return heard
        ts_us = now_us
        if self._timestamp is not None:
            told = to_us(value_at(document, self._timestamp), self._unit)
            if told is None:
                heard.oddities["bad_time"] += 1
            else:
                ts_us, heard.timed = told, True
        places, oddities = self._places(topic)
        heard.oddities.update(oddities)
        for tag, path in places:
            value = value_at(document, path)
            if value is MISSING:
                heard.oddities["nothing_at_path"] += 1
            else:
                heard.points.append(JsonPoint(tag, ts_us, value))
        return heard

    def _places(self, topic: str) -> tuple[list[tuple[Tag, Path]], Counter[str]]:
        """Return the tags of a topic with their paths, and what is odd about it."""
        known = self._topics.get(topic)
        if known is None:
            known = self._find_places(topic)
            self._topics[topic] = known
            if len(self._topics) > TOPICS_REMEMBERED_MAX:
                self._topics.popitem(last=False)
        return known

    def _find_places(self, topic: str) -> tuple[list[tuple[Tag, Path]], Counter[str]]:
        oddities: Counter[str] = Counter()
        places = {
            (tag.tag.asset_serial, tag.tag.series_name): (tag.tag, tag.path)
            for tag in self._tags
            if tag.topic is None or wildcards_of(tag.topic, topic) is not None
        }
        for pattern in self._patterns:
            found = pattern.of_topic(topic)
            if found is None:
                continue
            try:
                tag = pattern.place(found)
            except ValueError:
                oddities["bad_name"] += 1
                continue
            if tag is None:
                oddities["not_mapped"] += 1
            else:
                # A tag that is written out wins over a pattern that finds it too.
                places.setdefault((tag.asset_serial, tag.series_name), (tag, pattern.steps))
        return list(places.values()), oddities


def parse_document(payload: bytes) -> tuple[Any, str]:
    """Return what a payload says, or why not: too_large, not_json, too_deep, duplicate_key."""
    if len(payload) > PAYLOAD_BYTES_MAX:
        return None, "too_large"
    try:
        return json.loads(payload, object_pairs_hook=_unique), ""
    except _DuplicateKey:
        return None, "duplicate_key"
    except RecursionError:
        return None, "too_deep"
    except ValueError:
        return None, "not_json"


class _DuplicateKey(Exception):
    """A member is there twice, and nobody knows which one was meant."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateKey
    return members


def to_us(value: Any, unit: str) -> int | None:
    """Return a message's time in µs since 1970, or None when it cannot be read.

    Args:
        value: a number, or ISO 8601 text; text without a zone is UTC.
        unit: `s`, `ms`, `us`, `iso`, or `auto`: by magnitude.
    """
    if isinstance(value, str) and unit in {"iso", "auto"}:
        try:
            moment = datetime.fromisoformat(value)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return round(moment.timestamp() * 1_000_000)
        except (ValueError, OverflowError):
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or unit == "iso":
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if unit == "auto":
        unit = "us" if abs(value) >= _US_MIN else "ms" if abs(value) >= _MS_MIN else "s"
    return round(value * _SCALE[unit])
