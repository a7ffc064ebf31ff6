"""A file that a process touches while it works: its readiness at first, its health from then on.

`forewarn up` and the containers' health checks read it; nothing listens on a port for that.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kernel.settings import settings
from runtime.settings import Runtime

BEAT_SECONDS = 5.0


def beat() -> None:
    """Touch the file, if one is set: this process works."""
    path = settings(Runtime).heartbeat_file
    if path is not None:
        path.touch()


@contextmanager
def beating(works: Callable[[], bool]) -> Iterator[None]:
    """Touch the file every few seconds inside the `with` block, as long as `works()` says so."""
    over = threading.Event()

    def keep_on() -> None:
        while True:
            if works():
                beat()
                pause_seconds = BEAT_SECONDS
            else:
                pause_seconds = 0.1
            if over.wait(pause_seconds):
                return

    thread = threading.Thread(target=keep_on, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
