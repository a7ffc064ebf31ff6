"""Which series have fallen silent, in plain Python: what `anomaly.bank.hearing` is held equal to."""

from collections.abc import Iterator
from typing import Any

from anomaly.settings import AnomalySettings

# A series must have been heard so often before its silence means anything.
_HEARD_MIN = 100
# Per reading, the longest silence known is forgotten by this part.
_FORGET = 1e-4


class SilenceWatch:
    """The silences of one gateway's live lane."""

    def __init__(self, section: AnomalySettings) -> None:
        self._gap_us = round(section.gap_s * 1_000_000)
        self._factor = section.gap_factor
        self._pause_us_max = self._gap_us // 12
        self._talked_us = 0
        self._received_us = 0
        self._newest_us = 0
        self._resumed_us = 0
        self._checked_us = 0
        # Per series: times heard, last source time, talking time then, longest silence so far.
        self._series: dict[int, list[float]] = {}

    def receive(self, received_us: int, oldest_us: int, newest_us: int) -> None:
        """Take note of a frame: when it was received, its oldest and newest source time."""
        if self._received_us:
            pause = max(received_us - self._received_us, 0)
            self._talked_us += min(pause, self._pause_us_max)
        self._received_us = received_us
        if oldest_us - self._newest_us > self._pause_us_max:
            self._resumed_us = oldest_us
        self._newest_us = newest_us

    def hear(
        self, series_id: int, first_us: int, last_us: int, longest_us: int, count: int
    ) -> None:
        """Take note of a series' readings in that frame and the longest silence between them."""
        known = self._series.get(series_id)
        if known is None:
            self._series[series_id] = [count, last_us, self._talked_us, longest_us]
            return
        heard, before_us, talked_us, longest = known
        silence = max(
            longest_us,
            self._talked_us - talked_us,
            # An outage of the whole gateway is none of the series' own.
            first_us - max(before_us, self._resumed_us),
        )
        longest = max(longest * (1.0 - _FORGET * count), silence)
        self._series[series_id] = [heard + count, last_us, self._talked_us, longest]

    def silent(self) -> Iterator[tuple[int, int, int]]:
        """Yield `(series_id, last_us, now_us)` of each silent series; looks once in a while only."""
        if self._talked_us - self._checked_us < self._gap_us // 10:
            return
        self._checked_us = self._talked_us
        for series_id, (heard, last_us, talked_us, longest_us) in self._series.items():
            limit_us = max(self._gap_us, self._factor * longest_us)
            if (
                heard >= _HEARD_MIN
                and self._talked_us - talked_us > limit_us
                and self._newest_us - last_us > limit_us
            ):
                yield series_id, int(last_us), self._newest_us

    def last_heard(self, series_id: int) -> int | None:
        """Return the source time of a series' last reading, None where there was none."""
        known = self._series.get(series_id)
        return None if known is None else int(known[1])

    def forget(self, series_id: int) -> None:
        """Know nothing of a series any more."""
        self._series.pop(series_id, None)

    def resume(self) -> None:
        """Let every silence count from now on only."""
        for known in self._series.values():
            known[2] = self._talked_us

    def state(self) -> dict[str, Any]:
        """Return what is known as MessagePack-ready values."""
        return {
            "clocks": [
                self._talked_us, self._received_us, self._newest_us, self._resumed_us,
                self._checked_us,
            ],
            "series": self._series,
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` returned."""
        (
            self._talked_us, self._received_us, self._newest_us, self._resumed_us, self._checked_us,
        ) = state["clocks"]  # fmt: skip
        self._series = {int(key): list(value) for key, value in state["series"].items()}
