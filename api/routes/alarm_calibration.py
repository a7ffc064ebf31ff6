"""How many false alarms are asked and expected of judging machines as a whole."""

from collections.abc import Sequence

from anomaly.calibration import service
from anomaly.calibration.service import CalibrationFacts
from api.deps import Actor, Db
from api.routes.alarms import READ
from api.routing import ApiRouter
from api.schemas.alarm_calibration import AssetCalibration, CalibrationView, FleetCalibration
from registry.names import asset_names

router = ApiRouter(prefix="/alarm-calibration", tags=["alarms"])
asset_router = ApiRouter(prefix="/assets", tags=["alarms"])


def _views(session: Db, rows: Sequence[CalibrationFacts]) -> list[CalibrationView]:
    names = asset_names(session, {row.asset_id for row in rows})
    return [
        CalibrationView.model_validate(
            {
                **vars(row),
                "rough": row.rough,
                "asset_name": names[row.asset_id].name,
                "asset_serial": names[row.asset_id].serial_number,
            }
        )
        for row in rows
    ]


@router.get("", dependencies=[READ])
def read_alarm_calibration(session: Db, actor: Actor) -> FleetCalibration:
    """Return how many false alarms a year are asked and expected of all machines that one sees."""
    found = service.calibration_of_fleet(session, actor)
    return FleetCalibration.model_validate({**vars(found), "worst": _views(session, found.worst)})


@asset_router.get("/{asset_id}/calibration", dependencies=[READ])
def read_calibration_of_asset(asset_id: str, session: Db, actor: Actor) -> AssetCalibration:
    """Return the same of one machine."""
    found = service.calibration_of_asset(session, actor, asset_id)
    return AssetCalibration(calibration=_views(session, [found])[0] if found else None)
