"""Every query of `anomaly.calibration`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from anomaly.calibration.models import DeviceCalibration

_CHANGED = ("asked", "mean", "low", "high", "blocks", "said", "learnt", "updated_at")


def put(session: Session, agent_id: str, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Write what is known of a gateway's devices."""
    if not rows:
        return
    statement = insert(DeviceCalibration).values(
        [row | {"agent_id": agent_id, "updated_at": now} for row in rows]
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["asset_id", "agent_id"],
            set_={name: statement.excluded[name] for name in _CHANGED},
        )
    )


def of_asset(session: Session, asset_id: str) -> DeviceCalibration | None:
    """Return what is known of a device; of several gateways that have series of it, the latest word."""
    return session.scalars(
        select(DeviceCalibration)
        .where(DeviceCalibration.asset_id == asset_id)
        .order_by(DeviceCalibration.updated_at.desc(), DeviceCalibration.agent_id)
        .limit(1)
    ).one_or_none()


def all_devices(session: Session) -> Sequence[DeviceCalibration]:
    """Return what is known of every device, once each."""
    return session.scalars(
        select(DeviceCalibration)
        .ext(distinct_on(DeviceCalibration.asset_id))
        .order_by(DeviceCalibration.asset_id, DeviceCalibration.updated_at.desc())
    ).all()
