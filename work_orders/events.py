"""Facts that work orders tell other packages."""

from datetime import date, datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from kernel.events import Event


class PartReplaced(BaseModel):
    """A part that was replaced while working on an order; `fitting_id` is the parts ledger's."""

    model_config = ConfigDict(frozen=True)

    part_number: str
    position: str
    failed_serial: str | None
    replacement_serial: str | None
    quantity: int
    fitted_on: date
    fitting_id: str


class WorkOrderOpened(Event):
    """A work order was made, or an ended one was reopened."""

    topic: ClassVar[str] = "work_orders.work_order_opened"

    work_order_id: str
    number: str
    kind: str
    asset_id: str
    organisation_id: str
    failure_mode: str
    priority: str
    alarm_ids: list[str]


class WorkOrderClosed(Event):
    """The work on an order is done and accepted. A reopened order is closed again later."""

    topic: ClassVar[str] = "work_orders.work_order_closed"

    work_order_id: str
    number: str
    kind: str
    asset_id: str
    organisation_id: str
    failure_mode: str
    closed_at: datetime
    alarm_ids: list[str]
    complaint_ids: list[str]
    parts: list[PartReplaced]
