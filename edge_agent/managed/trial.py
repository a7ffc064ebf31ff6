"""Whether a new configuration has come up well. No I/O, no clock."""

from collections.abc import Mapping, Sequence
from typing import Any

_REASONS_MAX = 5


def source_states(reports: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return each source's state by its name."""
    return {str(report.get("name")): str(report.get("state")) for report in reports}


def not_well(reports: Sequence[Mapping[str, Any]], before: Mapping[str, str]) -> list[str]:
    """Return what is wrong with the sources; empty when all is well.

    A source that was not connected under the former configuration says nothing about the new one: a machine
    that is switched off must not keep everything else from being changed.
    """
    wrong = []
    for report in reports:
        name = str(report.get("name"))
        if before.get(name, "connected") != "connected":
            continue
        if report.get("state") != "connected":
            detail = report.get("detail") or "it does not come up"
            wrong.append(f"{name} is {report.get('state')}: {detail}")
        elif _all_bad(report):
            wrong.append(f"{name}: {_first_reason(report)}")
    return wrong


def summary(wrong: Sequence[str]) -> str:
    """Return the reasons as one text."""
    more = len(wrong) - _REASONS_MAX
    return "; ".join([*wrong[:_REASONS_MAX], *([f"and {more} more"] if more > 0 else [])])


def _all_bad(report: Mapping[str, Any]) -> bool:
    bad, tags = report.get("bad_nodes_count"), report.get("tags")
    return isinstance(bad, int) and isinstance(tags, int) and 0 < tags <= bad


def _first_reason(report: Mapping[str, Any]) -> str:
    found = report.get("bad_nodes")
    first = found[0] if isinstance(found, list) and found else {}
    return f"no node can be read; {first.get('node', '')}: {first.get('reason', '')}"
