"""The state machine drawn for the documentation, from the table that runs it."""

from work_orders.rules import (
    ENDED,
    TRANSITIONS,
    Stage,
    TicketKind,
    Transition,
    platform_only,
)

_HEAD = """\
# States of a ticket

Generated from `work_orders/rules.py`; a test fails when the two differ. To write it anew:
`python -m work_orders.diagram > docs/work-order-states.md`.

One machine serves complaints and all kinds of work orders.
"""


def diagram() -> str:
    """Return `docs/work-order-states.md`: a Mermaid state diagram and the table of transitions."""
    return "\n".join((_HEAD, *_mermaid(), "", *_table(), ""))


def _mermaid() -> list[str]:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {Stage.PENDING}"]
    for row in TRANSITIONS.values():
        lines += [f"    {source} --> {row.target}: {row.action}" for source in row.sources]
    lines += [f"    {stage} --> [*]" for stage in ENDED]
    return [*lines, "```"]


def _table() -> list[str]:
    lines = [
        "| action | from | to | on an order needs | on a complaint needs | guards | must be given |",
        "|---|---|---|---|---|---|---|",
    ]
    return lines + [_line(row) for row in TRANSITIONS.values()]


def _line(row: Transition) -> str:
    by_platform = platform_only in row.guards
    order, complaint = (
        ("", "")
        if by_platform
        else (f"`{row.permission(kind)}`" for kind in (TicketKind.CORRECTIVE, TicketKind.COMPLAINT))
    )
    cells = (
        f"**{row.action}**",
        ", ".join(row.sources),
        str(row.target),
        order,
        complaint,
        ", ".join(guard.__name__ for guard in row.guards),
        ", ".join(row.needs),
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print(diagram(), end="")  # noqa: T201 - this is what it is for
