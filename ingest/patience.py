"""Trying again for as long as the database is away; nothing is acknowledged meanwhile."""

import random
import threading
from collections.abc import Callable
from typing import Final, TypeVar

import psycopg
from sqlalchemy import exc

from ingest import metrics
from kernel.errors import Unavailable
from kernel.log import get_logger

log = get_logger(__name__)
Result = TypeVar("Result")

FIRST_PAUSE_SECONDS: Final = 0.05
PAUSE_SECONDS_MAX: Final = 2.0
# SQLSTATE class 54, as of a text too long for its index: psycopg counts it with what passes by itself.
_LIMIT_EXCEEDED: Final = "54"


class Stopped(Exception):
    """The process is to end; what was not committed will come again."""


def is_of_the_data(error: BaseException) -> bool:
    """Tell whether trying the same again cannot help: the database refused the data, or our code failed."""
    if isinstance(error, exc.DBAPIError):
        error = error.orig or error
    if isinstance(error, psycopg.Error | exc.SQLAlchemyError):
        if isinstance(error, psycopg.Error) and (error.sqlstate or "").startswith(_LIMIT_EXCEEDED):
            return True
        return isinstance(error, psycopg.DataError | psycopg.IntegrityError)
    return not isinstance(error, OSError | Unavailable)


def is_missing_partition(error: BaseException) -> bool:
    """Tell whether an insert found no partition for its row."""
    if isinstance(error, exc.DBAPIError):
        error = error.orig or error
    return isinstance(error, psycopg.errors.CheckViolation) and error.diag.constraint_name is None


class Patience:
    """Repeats calls until the database lets them succeed; says once that it is away, once that it is back."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._away = False

    @property
    def away(self) -> bool:
        """Whether the database did not answer the last time."""
        return self._away

    def until_done(self, call: Callable[[], Result]) -> Result:
        """Return what `call` returns.

        Raises:
            Stopped: the process is to end.
            Exception: the error of a call that trying again cannot help (`is_of_the_data`).
        """
        pause_seconds = FIRST_PAUSE_SECONDS
        while True:
            try:
                result = call()
            except Exception as error:
                if is_of_the_data(error):
                    raise
                self._wait(error, pause_seconds)
                pause_seconds = min(pause_seconds * 2, PAUSE_SECONDS_MAX)
            else:
                if self._away:
                    log.info("the database answers again")
                    self._away = False
                return result

    def _wait(self, error: Exception, pause_seconds: float) -> None:
        metrics.RETRIES.inc()
        if not self._away:
            log.warning("the database is away; trying again", error=str(error).strip()[:500])
            self._away = True
        # Replicas that lost the same database come back one after another.
        if self._stop.wait(pause_seconds * random.uniform(0.5, 1)):  # noqa: S311 - no secret
            raise Stopped
