"""What others are told after a commit: scoring is woken, and open pages get live values.

In a thread of its own, because either may wait for a Redis that is away; ingest never does. Nothing here is
needed for a reading to be stored, scored or shown: the sweep and the next page load find it.
"""

import math
import threading
import time
from collections.abc import Callable, Collection
from typing import Any, Final

from ingest.mapping import TagMap
from kernel import changes
from kernel.log import get_logger
from telemetry.service import ReadingColumns

log = get_logger(__name__)

# A page that shows an asset is sent its values once a second at most.
LIVE_SECONDS: Final = 1.0
_WAIT_SECONDS: Final = 0.2
# So that commits in quick succession are told together.
_PAUSE_SECONDS: Final = 0.02

Wake = Callable[[Collection[str]], None]
_wakes: list[Wake] = []


def on_frames_committed(wake: Wake) -> None:
    """Set what is called with the ids of agents that have new frames; it may be slow but not often called."""
    _wakes[:] = [wake]


class Announcer:
    """Collects what was committed and tells it on, newest only."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._agents: set[str] = set()
        self._values: dict[tuple[str, str], dict[int, tuple[int, float | None, int]]] = {}
        self._sent_at: dict[tuple[str, str], float] = {}

    def committed(
        self, agents: Collection[str], newest: ReadingColumns | None, maps: Collection[TagMap]
    ) -> None:
        """Note what a transaction brought; returns at once."""
        owners = {s: (a, m.organisation_id) for m in maps for s, a in m.assets.items()}
        with self._lock:
            self._agents.update(agents)
            if newest is not None:
                rows = zip(
                    newest.series_id.tolist(),
                    (newest.ts_us // 1000).tolist(),
                    newest.value.tolist(),
                    newest.quality.tolist(),
                    strict=True,
                )
                for series_id, ts_ms, value, quality in rows:
                    owner = owners.get(series_id)
                    if owner is None:
                        continue
                    values = self._values.setdefault(owner, {})
                    # History that is catching up is not the present.
                    if series_id not in values or values[series_id][0] <= ts_ms:
                        # JSON knows no NaN.
                        number = None if math.isnan(value) else value
                        values[series_id] = ts_ms, number, quality
        self._news.set()

    def tell(self) -> None:
        """Wake scoring for every agent with news, and send the values of assets that are due."""
        now = self._monotonic()
        with self._lock:
            agents, self._agents = self._agents, set()
            due = [k for k in self._values if now - self._sent_at.get(k, -1e9) >= LIVE_SECONDS]
            values = {key: self._values.pop(key) for key in due}
            self._sent_at = {k: t for k, t in self._sent_at.items() if now - t < LIVE_SECONDS}
            self._sent_at.update(dict.fromkeys(due, now))
            waiting = bool(self._values)
        if agents:
            for wake in _wakes:
                _guarded(wake, agents)
        for (asset_id, organisation_id), series in values.items():
            changes.send(
                "readings",
                asset_id=asset_id,
                organisation_id=organisation_id,
                values={str(series_id): list(point) for series_id, point in series.items()},
            )
        if waiting:
            self._news.set()

    def run(self, stop: threading.Event) -> None:
        """Tell news until told to stop."""
        while not stop.is_set():
            if self._news.wait(_WAIT_SECONDS):
                self._news.clear()
                self.tell()
                stop.wait(_PAUSE_SECONDS)


def _guarded(call: Callable[[Any], None], argument: Any) -> None:
    try:
        call(argument)
    except Exception:
        # Whoever is woken finds the work itself later; ingest must not end for it.
        log.exception("waking scoring failed")
