"""Decisions about backtests: their states, and the spans they may be of. No I/O, no clock."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from anomaly.history.errors import BacktestEnded, BacktestSpan, BacktestUnderWay

# An average month, for rates.
MONTH_S: Final = 365.25 * 86_400 / 12
# No detector has learnt anything in less.
_SPAN_MIN: Final = timedelta(minutes=10)


class State(StrEnum):
    """Where a backtest is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_under_way(self) -> bool:
        """Whether there is work left to do."""
        return self in (self.QUEUED, self.RUNNING)


UNDER_WAY = tuple(state.value for state in State if state.is_under_way)


def check_span(begins_at: datetime, ends_at: datetime, days_max: int, now: datetime) -> None:
    """Refuse a span that cannot be replayed.

    Raises:
        BacktestSpan: it is none, too short, too long, or not over yet.
    """
    if begins_at.tzinfo is None or ends_at.tzinfo is None:
        raise BacktestSpan("times need an offset from UTC")
    if ends_at - begins_at < _SPAN_MIN:
        raise BacktestSpan(f"the span must end at least {_SPAN_MIN} after it begins")
    if ends_at - begins_at > timedelta(days=days_max):
        raise BacktestSpan(f"the span may be of {days_max} days at most", days_max=days_max)
    if ends_at > now:
        raise BacktestSpan("the span must be over: only what is stored can be replayed")


def require_under_way(state: State) -> None:
    """Refuse what only makes sense before the end.

    Raises:
        BacktestEnded: it is over.
    """
    if not state.is_under_way:
        raise BacktestEnded(f"the backtest is {state.value}", state=state.value)


def require_ended(state: State) -> None:
    """Refuse what only makes sense after the end.

    Raises:
        BacktestUnderWay: it is not over.
    """
    if state.is_under_way:
        raise BacktestUnderWay("cancel the backtest first", state=state.value)


def per_month(alarms: int, judged_s: float) -> float | None:
    """Return alarms per device and month of judged time, None where nothing was judged."""
    return alarms * MONTH_S / judged_s if judged_s > 0 else None
