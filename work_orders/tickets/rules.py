"""Pure decisions about tickets: number, priority, search terms, which order a complaint joins."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from work_orders.rules import UNSPECIFIED, Family, Priority

PREFIXES = {Family.WORK_ORDER: "WO", Family.COMPLAINT: "CP"}

# ITIL's matrix: (impact, urgency) → priority.
_MATRIX = {
    ("high", "high"): Priority.P0,
    ("high", "medium"): Priority.P1,
    ("medium", "high"): Priority.P1,
    ("high", "low"): Priority.P2,
    ("medium", "medium"): Priority.P2,
    ("low", "high"): Priority.P2,
    ("medium", "low"): Priority.P3,
    ("low", "medium"): Priority.P3,
    ("low", "low"): Priority.P3,
}

_HAN_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")


def number_of(family: Family, year: int, serial: int) -> str:
    """Return a number people can read aloud: `WO-2026-000123`."""
    return f"{PREFIXES[family]}-{year}-{serial:06d}"


def priority_of(impact: str, urgency: str) -> Priority:
    """Return the priority of a complaint by ITIL's matrix of impact and urgency."""
    return _MATRIX[impact, urgency]


def han_pairs(*texts: str) -> list[str]:
    """Return each pair of adjoining Han characters once, sorted.

    >>> han_pairs("轴承过热 bearing")
    ['承过', '轴承', '过热']
    """
    return sorted(
        {a + b for each in texts for run in _HAN_RUN.findall(each) for a, b in pairwise(run)}
    )


def search_words(query: str) -> list[str]:
    """Return the words of a query, at most eight, each at most 64 characters."""
    return [word[:64] for word in query.split()[:8]]


def request_digest(action: str, body: dict[str, Any]) -> str:
    """Return a fingerprint of an action and what was given with it, to know a repeat by."""
    packed = json.dumps([action, body], sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(packed.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class OpenOrder:
    """An open order on the asset a complaint is about."""

    id: str
    priority: str
    failure_mode: str
    created_at: datetime


def choose_order_to_join(failure_mode: str, orders: Sequence[OpenOrder]) -> OpenOrder | None:
    """Return the open order on the same asset that a new complaint joins.

    The one for the failure mode the complaint names; else the most urgent, then the newest. The others
    stay suggestions, and a link made here can be taken back.
    """
    if not orders:
        return None
    named = [order for order in orders if order.failure_mode == failure_mode != UNSPECIFIED]
    return min(
        named or orders, key=lambda each: (each.priority, -each.created_at.timestamp(), each.id)
    )


def changes_between(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """Return `{field: [before, after]}` of what differs, ready for JSON."""
    return {
        key: [_plain(before[key]), _plain(value)]
        for key, value in after.items()
        if before[key] != value
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def in_lock_order(tickets: Iterable[tuple[str, str]]) -> list[str]:
    """Return ids of `(family, id)` in the order rows are locked: orders, then complaints, each by id.

    Everybody who locks several tickets does it in this order, so nobody waits in a circle.
    """
    return [
        ticket_id
        for _, ticket_id in sorted(
            tickets, key=lambda each: (each[0] != Family.WORK_ORDER, each[1])
        )
    ]
