"""What a test asks of the desk, each in a transaction of its own."""

from kernel.db import Database
from kernel.paging import PageRequest
from tests.integration.work_orders.plant import Plant
from work_orders.alarms.service import RaisedAlarm, take_alarm
from work_orders.service import TicketDetail, TicketFilter, get_work_order, list_work_orders


def take(database: Database, raised: RaisedAlarm) -> str:
    with database.transaction() as session:
        return take_alarm(session, raised)


def get(database: Database, plant: Plant, order_id: str) -> TicketDetail:
    with database.transaction() as session:
        return get_work_order(session, plant.lead, order_id)


def orders(database: Database, plant: Plant) -> list[str]:
    with database.transaction() as session:
        page = list_work_orders(session, plant.lead, TicketFilter(), PageRequest(limit=200))
        return [each.id for each in page.items]
