"""How a backtest ends, whoever ends it."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from anomaly.history import repository
from anomaly.history.models import Backtest
from anomaly.history.rules import State
from kernel.changes import announce

KIND: Final = "backtest"


def end(
    session: Session, row: Backtest, state: State, now: datetime, problem: str | None = None
) -> None:
    """End a backtest: whoever still works on it saves nothing."""
    row.state, row.ended_at, row.problem = state.value, now, problem
    row.generation += 1
    row.leased_until = None
    repository.remove_checkpoint(session, row.id)
    announce(session, KIND, row.id, row.organisation_id)
