"""Public verbs on states: codes for the texts a series sends, and when a state changed.

A text is stored as a number, the code of its label, so that it is a reading like any other. Codes are
negative: a series that sends numbers of an enumeration as well keeps them apart.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from telemetry.errors import SpanInvalid
from telemetry.states import repository

__all__ = ["LABEL_CHARACTERS_MAX", "Change", "changes", "codes_for", "is_label", "labels_of"]

# What has more of them is no state but a text that tells a story, a serial number or a time.
LABELS_MAX: Final = 1000
LABEL_CHARACTERS_MAX: Final = 200


@dataclass(frozen=True)
class Change:
    """A reading of a series whose state is another than the one before.

    Attributes:
        series_id: whose it is.
        ts: its source time.
        value: the state; None for a Bad reading without one.
        label: the text that the state stands for; None for a number or a switch.
        quality: OPC UA StatusCode.
    """

    series_id: int
    ts: datetime
    value: float | None
    label: str | None
    quality: int


def is_label(text: str) -> bool:
    """Tell whether a text can be the label of a state."""
    return 0 < len(text) <= LABEL_CHARACTERS_MAX and "\0" not in text and text.isprintable()


def codes_for(session: Session, wanted: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Return the codes of texts, each of a series that exists; what is new gets one.

    A text that is no label, or of a series that has a thousand others already, has none.
    """
    asked = {(series_id, text) for series_id, text in wanted if is_label(text)}
    known = _codes(session, {series_id for series_id, _ in asked})
    missing = asked - known.keys()
    if missing:
        there = repository.lock_series(session, sorted({series_id for series_id, _ in missing}))
        known = _codes(session, {series_id for series_id, _ in asked})
        used: dict[int, int] = {}
        for series_id, _ in known:
            used[series_id] = used.get(series_id, 0) + 1
        added = []
        for series_id, text in sorted(missing - known.keys()):
            count = used.get(series_id, 0)
            if series_id in there and count < LABELS_MAX:
                used[series_id] = count + 1
                known[series_id, text] = -count - 1
                added.append((series_id, -count - 1, text))
        if added:
            repository.add_labels(session, added)
    return {pair: known[pair] for pair in asked if pair in known}


def _codes(session: Session, series_ids: Iterable[int]) -> dict[tuple[int, str], int]:
    return {(series, text): code for series, code, text in repository.labels(session, series_ids)}


def labels_of(session: Session, series_ids: Iterable[int]) -> dict[int, dict[int, str]]:
    """Return the labels of series by their codes."""
    found: dict[int, dict[int, str]] = {}
    for series_id, code, label in repository.labels(session, series_ids):
        found.setdefault(series_id, {})[code] = label
    return found


def changes(
    session: Session, series_ids: Sequence[int], start: datetime, end: datetime, limit: int
) -> tuple[list[Change], bool]:
    """Return when states changed in `start <= t < end`, in the order of time, and whether there are more.

    Each series begins with the state that held at `start`, at the time it was read.

    Raises:
        SpanInvalid: a time has no offset from UTC, or the span does not begin before it ends.
    """
    if start.tzinfo is None or end.tzinfo is None:
        raise SpanInvalid("times need an offset from UTC")
    if start >= end:
        raise SpanInvalid("the span must begin before it ends")
    rows = repository.changes(session, series_ids, start, end, limit + 1)
    labels = labels_of(session, series_ids)
    found = [
        Change(
            row.series_id,
            row.ts,
            None if math.isnan(row.value) else row.value,
            labels.get(row.series_id, {}).get(int(row.value)) if row.value < 0 else None,
            row.quality & 0xFFFFFFFF,
        )
        for row in rows[:limit]
    ]
    return found, len(rows) > limit
