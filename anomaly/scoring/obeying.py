"""Carrying out operators' commands on the models of a gateway, between two frames."""

from datetime import datetime

from sqlalchemy.orm import Session

from anomaly import repository
from anomaly.commands.models import Command
from anomaly.incidents import Incidents
from anomaly.scoring.gateway import GatewayModels
from anomaly.sources import LIVE
from kernel.log import get_logger

log = get_logger(__name__)


def obey(
    session: Session,
    models: GatewayModels,
    incidents: Incidents,
    command: Command,
    now: datetime,
) -> None:
    """Do what a command says and note that it is done; a snapshot must be saved with it.

    Kinds of commands are few and told apart here; an unknown one is refused by the database.
    """
    assert command.kind == "new_normal", command.kind
    _begin_anew(session, models, incidents, command)
    models.must_save = True
    command.applied_at = now
    live = [(seq, epoch) for (epoch, lane), seq in models.positions.items() if lane == LIVE]
    if live:
        command.next_seq, command.epoch = max(live)
    session.flush()
    log.info("command carried out", number=command.number, kind=command.kind)


def _begin_anew(
    session: Session, models: GatewayModels, incidents: Incidents, command: Command
) -> None:
    """Forget series and end their deviations: what they do from now on is what is learnt."""
    series_ids = set(command.payload["series_ids"])
    for lane in (models.live, models.backlog):
        if lane is not None:
            for series_id in sorted(series_ids):
                lane.forget(series_id)
    rows = [
        row
        for row in repository.open_deviations(session, command.agent_id)
        if row.series_id in series_ids
    ]
    incidents.forget(rows, reason="new_normal")
