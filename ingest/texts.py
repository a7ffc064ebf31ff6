"""Texts of state series, as the codes they are stored as; remembered, because states repeat."""

import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ingest.mapping import TagMap
from kernel.db import Database
from telemetry.states import service as states

REMEMBERED_MAX: Final = 100_000
# What has no code is asked for again so much later.
REFUSED_SECONDS: Final = 60.0

Text = tuple[int, str]


def texts_of(odd: Mapping[int, Any], numbers: NDArray[np.uint32], tags: TagMap) -> dict[int, Text]:
    """Return row → series and text, of those rows whose text may be a state."""
    if not tags.any_state:
        return {}
    series, is_state = tags.series_of(numbers), tags.states_of(numbers)
    return {
        row: (int(series[row]), item)
        for row, item in odd.items()
        if isinstance(item, str) and is_state[row] and series[row] > 0 and states.is_label(item)
    }


def coded(rows: Mapping[int, Text], codes: Mapping[Text, int]) -> dict[int, int]:
    """Return row → code, of those rows that have one."""
    return {row: codes[text] for row, text in rows.items() if text in codes}


class Texts:
    """Codes of texts that came lately."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: OrderedDict[Text, int] = OrderedDict()
        self._refused: OrderedDict[Text, float] = OrderedDict()

    def codes(
        self, odd: Mapping[int, Any], numbers: NDArray[np.uint32], tags: TagMap
    ) -> dict[int, int]:
        """Return row → code of a frame's texts; new ones are made in a transaction of their own."""
        rows = texts_of(odd, numbers, tags)
        now = time.monotonic()
        missing = {
            text
            for text in rows.values()
            if text not in self._known and now >= self._refused.get(text, 0.0)
        }
        if missing:
            with self._database.transaction() as session:
                found = states.codes_for(session, missing)
            self._known.update(found)
            self._refused.update(dict.fromkeys(missing - found.keys(), now + REFUSED_SECONDS))
        codes = coded(rows, self._known)
        for kept in (self._known, self._refused):
            while len(kept) > REMEMBERED_MAX:
                kept.popitem(last=False)
        return codes
