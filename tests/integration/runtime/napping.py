"""A worker with one task that takes its time, as a process of its own: `napping.py DONE_FILE POOL`."""

import sys
import time
from pathlib import Path

from celery import shared_task

from runtime.celery_app import SCORING, celery_app

done = Path(sys.argv[1])


@shared_task(name="anomaly.nap", ignore_result=True)  # type: ignore[untyped-decorator]  # no types
def nap(number: int, seconds: float) -> None:
    """Note that it began, sleep, and note that it is done."""
    with done.open("a") as file:
        file.write(f"begin {number}\n")
    time.sleep(seconds)
    with done.open("a") as file:
        file.write(f"end {number}\n")


if __name__ == "__main__":
    worker = celery_app().Worker(
        queues=[SCORING],
        hostname="nap@test",
        pool=sys.argv[2],
        concurrency=1,
        without_gossip=True,
        without_mingle=True,
        quiet=True,
    )
    worker.start()
    sys.exit(worker.exitcode or 0)
