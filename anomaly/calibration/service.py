"""Public verbs: what is asked of judging devices as a whole, and what is expected of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from anomaly.calibration import repository
from anomaly.calibration.models import DeviceCalibration
from registry.assets import service as assets
from registry.permissions import Principal

# Ten minutes each: with fewer than a day of them, a rate once a year is a guess from afar.
BLOCKS_ENOUGH = 144
_LISTED = 20


@dataclass(frozen=True)
class CalibrationFacts:
    """False alarms per year of judging a device's series together.

    Attributes:
        asked: that it may raise, at most.
        mean: expected of the limits it has; None while it is still being learnt.
        low: lower end of the central 90 % of what its peaks leave possible.
        high: upper end.
        blocks: of ten minutes of normal running (of sixteen rows while young) that this rests on.
        said: alarms that people found to be none, which count as normal.
        rough: whether that is too little for the mean to be more than a guess.
    """

    asset_id: str
    asked: float
    mean: float | None
    low: float | None
    high: float | None
    blocks: int
    said: int
    learnt: int
    updated_at: datetime

    @property
    def rough(self) -> bool:
        """Whether so little was seen that the expectation is a guess."""
        return self.blocks < BLOCKS_ENOUGH


def _facts(row: DeviceCalibration) -> CalibrationFacts:
    return CalibrationFacts(
        **{name: getattr(row, name) for name in CalibrationFacts.__dataclass_fields__}
    )


def calibration_of_asset(
    session: Session, actor: Principal, asset_id: str
) -> CalibrationFacts | None:
    """Return what is expected of a device; None where its series are not judged together, or not yet.

    Raises:
        Forbidden: the actor may not see alarms.
        NotFound: there is no such asset in the actor's scope.
    """
    actor.require("alarms.read")
    assets.get_asset(session, actor, asset_id)
    row = repository.of_asset(session, asset_id)
    return None if row is None else _facts(row)


@dataclass(frozen=True)
class FleetCalibration:
    """All devices in somebody's scope together.

    Attributes:
        devices: that are judged as a whole.
        learning: of these, not yet.
        rough: judged, on so little that the expectation is a guess.
        asked: false alarms per year of those that are judged, all of them together.
        expected: of the same.
        worst: those expected to exceed most what is asked, the worst first.
    """

    devices: int
    learning: int
    rough: int
    asked: float
    expected: float
    worst: list[CalibrationFacts]


def calibration_of_fleet(session: Session, actor: Principal) -> FleetCalibration:
    """Return what is expected of all devices in the actor's scope.

    Raises:
        Forbidden: the actor may not see alarms.
    """
    actor.require("alarms.read")
    rows = repository.all_devices(session)
    seen = assets.asset_ids_in_scope(session, actor, [row.asset_id for row in rows])
    known = [_facts(row) for row in rows if row.asset_id in seen]
    judged = [(one.mean, one) for one in known if one.mean is not None]
    ranked = sorted(judged, key=lambda pair: (-pair[0] / pair[1].asked, pair[1].asset_id))
    return FleetCalibration(
        devices=len(known),
        learning=len(known) - len(judged),
        rough=sum(one.rough for _, one in judged),
        asked=sum(one.asked for _, one in judged),
        expected=sum(mean for mean, _ in judged),
        worst=[one for _, one in ranked[:_LISTED]],
    )
