"""Files that a process touches while it works.

The *heartbeat* is its readiness at first, its health from then on: `forewarn up` and the containers' health
checks read it. The *pulse* beside it says less: that the process itself turns, whether or not others let it
do its work; where it stops, `forewarn up` kills the process and starts it again. Nothing listens on a port
for either.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kernel.settings import settings
from runtime.settings import Runtime

BEAT_SECONDS = 5.0
_POLL_SECONDS = 0.1


def pulse_file(heartbeat: Path) -> Path:
    """Return the file beside a heartbeat that shows the pulse."""
    return heartbeat.with_suffix(".pulse")


def pulse() -> None:
    """Touch the pulse, if there is to be one: this process turns."""
    path = settings(Runtime).heartbeat_file
    if path is not None:
        pulse_file(path).touch()


def beat() -> None:
    """Touch heartbeat and pulse, if they are set: this process works."""
    path = settings(Runtime).heartbeat_file
    if path is not None:
        pulse_file(path).touch()
        path.touch()


@contextmanager
def beating(works: Callable[[], bool], turns: Callable[[], bool] = lambda: True) -> Iterator[None]:
    """Touch the files every few seconds inside the `with` block.

    Args:
        works: whether the process does its work; without, it has no heartbeat.
        turns: whether its loop goes round; without, it has no pulse.
    """
    over = threading.Event()

    def keep_on() -> None:
        pulse_due = 0.0
        while True:
            turning = turns()
            working = turning and works()
            if working:
                beat()
            elif turning and time.monotonic() >= pulse_due:
                pulse()
                pulse_due = time.monotonic() + BEAT_SECONDS
            if over.wait(BEAT_SECONDS if working else _POLL_SECONDS):
                return

    thread = threading.Thread(target=keep_on, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
