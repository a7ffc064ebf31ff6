"""Waking a task sooner than its sweep: at most one message waiting for each thing to do.

A flag in Redis says that a wake-up is under way; a worker takes it down *before* the task looks for work,
so that whatever comes later wakes it again. Nothing depends on a wake-up: when Redis is away the caller goes
on at once, and the sweep finds the work in the database.
"""

import threading
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

import redis
from celery import signals
from kombu.exceptions import OperationalError

from kernel.log import get_logger
from kernel.settings import Platform, settings
from runtime.celery_app import celery_app

log = get_logger(__name__)

# A message lost with its worker holds up the next wake-up for so long at most.
FLAG_SECONDS = 5
# A wake-up that waited longer for a worker is worth nothing: the sweep has sent others.
EXPIRES_SECONDS = 60
# After a failure nobody waits for Redis again for so long.
PAUSE_SECONDS = 2.0


class _Outage:
    """Remembers that Redis is away, so that it is said once and not waited for every time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._away = False

    @property
    def pausing(self) -> bool:
        return time.monotonic() < self._until

    def failed(self, error: Exception) -> None:
        with self._lock:
            if not self._away:
                log.warning("wake-ups wait for Redis; the sweep goes on", error=str(error))
            self._away = True
            self._until = time.monotonic() + PAUSE_SECONDS

    def worked(self) -> None:
        with self._lock:
            if self._away:
                log.info("wake-ups are sent again")
            self._away = False


_outage = _Outage()


@cache
def _redis() -> "redis.Redis":
    return redis.Redis.from_url(
        settings(Platform).redis_url, socket_timeout=1, socket_connect_timeout=1
    )


def wake(task: str, *arguments: int | str) -> bool:
    """Enqueue a task unless it is on its way already; return whether it was. Never raises for Redis."""
    if _outage.pausing:
        return False
    try:
        if not _redis().set(_flag(task, arguments), 1, nx=True, ex=FLAG_SECONDS):
            return False
        celery_app().send_task(task, args=arguments, expires=EXPIRES_SECONDS)
    except (redis.RedisError, OperationalError, OSError) as error:
        _outage.failed(error)
        return False
    _outage.worked()
    return True


def awake(task: str, *arguments: int | str) -> None:
    """Take the flag down: the task has begun, and what comes from now on wakes it again."""
    try:
        _redis().delete(_flag(task, arguments))
    except redis.RedisError as error:
        _outage.failed(error)


@signals.task_prerun.connect(weak=False)
def _task_begins(task: Any, args: Sequence[int | str], **_: Any) -> None:
    awake(task.name, *args)


def _flag(task: str, arguments: tuple[int | str, ...]) -> str:
    return ":".join(("forewarn:wake", task, *map(str, arguments)))
