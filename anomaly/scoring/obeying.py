"""Carrying out operators' commands on the models of a gateway, between two frames."""

from sqlalchemy.orm import Session

from anomaly import repository
from anomaly.commands.models import Command
from anomaly.deviations import Record
from anomaly.incidents import Incidents
from anomaly.scoring.gateway import GatewayModels
from anomaly.scoring.relearning import Relearning
from anomaly.sources import LIVE
from kernel.clock import utc_now
from kernel.log import get_logger

log = get_logger(__name__)


def obey(
    session: Session,
    models: GatewayModels,
    incidents: Incidents,
    relearning: Relearning,
    command: Command,
) -> None:
    """Do what a command says and note that it is done; a snapshot must be saved with it.

    Kinds of commands are few and told apart here; an unknown one is refused by the database.
    """
    if command.kind == "verdict":
        models.verdicts.hear(models.live, command.payload)
    else:
        assert command.kind == "new_normal", command.kind
        _begin_anew(session, models, incidents, relearning, command)
    models.must_save = True
    command.applied_at = utc_now()
    live = [(seq, epoch) for (epoch, lane), seq in models.positions.items() if lane == LIVE]
    if live:
        command.next_seq, command.epoch = max(live)
    session.flush()
    log.info("command carried out", number=command.number, kind=command.kind)


def _begin_anew(
    session: Session,
    models: GatewayModels,
    incidents: Incidents,
    relearning: Relearning,
    command: Command,
) -> None:
    """End the deviations of series and learn anew what they have done since these began."""
    series_ids = set(command.payload["series_ids"])
    rows = [
        row
        for row in repository.open_deviations(session, command.agent_id)
        if row.series_id in series_ids
    ]
    since_us = {
        row.series_id: round(row.onset_at.timestamp() * 1_000_000)
        for row in sorted(rows, key=lambda row: row.onset_at, reverse=True)
    }
    # What redundant sensors differ by is kept whatever else is learnt anew, but for where that is meant.
    compared = {row.series_id for row in rows if Record(row.record).is_comparison}
    models.live.redundancy.forget(compared)
    relearning.anew(models, command.agent_id, series_ids, since_us)
    incidents.forget(rows, reason="new_normal")
