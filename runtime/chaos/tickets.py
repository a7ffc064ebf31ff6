"""Alarms and work orders of a chaos run: each trouble of the plant at most one of each."""

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from runtime.chaos import signals

# The first may come before detectors are warm.
_EPISODES_NOTICED: Final = 2
_ALARMS: Final = (
    "SELECT a.id, s.serial_number, a.category, a.historical,"
    " (extract(epoch FROM a.onset_at) * 1000000)::bigint AS onset_us"
    " FROM anomaly.alarms a JOIN registry.assets s ON s.id = a.asset_id ORDER BY a.onset_at"
)
_ORDERS: Final = (
    "SELECT t.id, t.asset_id, t.failure_mode, t.stage, t.alarm_count,"
    " (SELECT count(*) FROM work_orders.ticket_alarms l WHERE l.ticket_id = t.id) AS linked"
    " FROM work_orders.tickets t WHERE t.kind = 'preventive'"
)


@dataclass
class Tickets:
    """What the troubles of the plant became.

    Attributes:
        episodes: how often each faulty machine was in trouble.
        alarms, work_orders: how many there are.
        doubled: alarms and work orders of which there is one too many, for people.
    """

    episodes: int = 0
    alarms: int = 0
    work_orders: int = 0
    doubled: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, connection: Any, ticks: Any) -> "Tickets":
        """Read and judge them.

        Args:
            connection: to the database, rows as maps.
            ticks: pairs (tick, source time in µs) of the plant's journal.
        """
        alarms = connection.execute(_ALARMS).fetchall()
        orders = connection.execute(_ORDERS).fetchall()
        found = cls(_episodes(ticks), len(alarms), len(orders))
        found.doubled += doubled_alarms(alarms, ticks)
        found.doubled += doubled_orders(orders)
        if found.episodes >= _EPISODES_NOTICED and not alarms:
            found.doubled.append(f"no alarm in {found.episodes} episodes, so none could be doubled")
        return found


def doubled_alarms(alarms: list[dict[str, Any]], ticks: Any) -> list[str]:
    """Return episodes of a machine that raised more than one machine alarm of a kind, live or historical."""
    times = [int(ts) for _, ts in ticks]
    counted = Counter(
        (alarm["serial_number"], alarm["historical"], _episode(alarm["onset_us"], ticks, times))
        for alarm in alarms
        if alarm["category"] == "machine"
    )
    return [
        f"{count} alarms ({'historical' if historical else 'live'}) of {serial} in episode {episode}"
        for (serial, historical, episode), count in counted.items()
        if count > 1
    ]


def doubled_orders(orders: list[dict[str, Any]]) -> list[str]:
    """Return assets and failure modes with two open orders, and orders that count an alarm twice."""
    is_open = Counter(
        (order["asset_id"], order["failure_mode"])
        for order in orders
        if order["stage"] not in {"closed", "cancelled"}
    )
    twice = [
        f"{count} open work orders of {asset} for {mode}"
        for (asset, mode), count in is_open.items()
        if count > 1
    ]
    miscounted = [
        f"work order {order['id']} counts {order['alarm_count']} alarms and has {order['linked']}"
        for order in orders
        if order["alarm_count"] > order["linked"]
    ]
    return twice + miscounted


def _episodes(ticks: Any) -> int:
    last = int(ticks[-1][0]) if len(ticks) else 0
    return (last - signals.EPISODE_ENDS) // signals.EPISODE_TICKS + 1


def _episode(onset_us: int, ticks: Any, times: list[int]) -> int:
    """Return the number of the episode an onset belongs to."""
    at = bisect_right(times, onset_us) - 1
    tick = int(ticks[at][0]) if at >= 0 else 0
    return (tick - signals.EPISODE_BEGINS) // signals.EPISODE_TICKS
