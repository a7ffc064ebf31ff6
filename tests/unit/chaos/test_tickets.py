"""An alarm or a work order too many is found."""

from typing import Any

import numpy as np

from runtime.chaos import signals
from runtime.chaos.tickets import doubled_alarms, doubled_orders

TICKS = np.array([(n, n * 50_000) for n in range(3000)], np.int64)


def alarm(tick: int, serial: str = "P-1", *, historical: bool = False) -> dict[str, Any]:
    return {
        "serial_number": serial,
        "category": "machine",
        "historical": historical,
        "onset_us": tick * 50_000 + 10,
    }


def order(number: int, **changes: Any) -> dict[str, Any]:
    facts = {"id": f"wo_{number}", "asset_id": "a", "failure_mode": "bearing_wear"}
    return {**facts, "stage": "assigned", "alarm_count": 1, "linked": 1, **changes}


def test_one_alarm_for_each_episode_and_machine_is_right() -> None:
    first, later = signals.EPISODE_BEGINS + 3, signals.EPISODE_BEGINS + signals.EPISODE_TICKS + 3
    alarms = [alarm(first), alarm(later), alarm(first, "P-2"), alarm(first, historical=True)]
    assert doubled_alarms(alarms, TICKS) == []


def test_a_second_alarm_for_an_episode_is_one_too_many() -> None:
    first = signals.EPISODE_BEGINS + 3
    assert doubled_alarms([alarm(first), alarm(first + 20)], TICKS) == [
        "2 alarms (live) of P-1 in episode 0"
    ]


def test_one_open_order_per_failure_is_right() -> None:
    orders = [order(1), order(2, stage="closed"), order(3, failure_mode="seal_leak")]
    assert doubled_orders(orders) == []


def test_a_second_open_order_and_an_alarm_counted_twice_are_too_many() -> None:
    assert doubled_orders([order(1), order(2)]) == ["2 open work orders of a for bearing_wear"]
    assert doubled_orders([order(1, alarm_count=2)]) == [
        "work order wo_1 counts 2 alarms and has 1"
    ]
