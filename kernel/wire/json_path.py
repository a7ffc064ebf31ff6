"""The few JSON paths a mapping needs: `$.sensors[0].temp`, `sensors.0`, `$['a.b']`."""

import re
from typing import Any

_STEP = re.compile(r"\.?([^.\[\]'\"$]+)|\[(\d+)\]|\['([^']+)'\]|\[\"([^\"]+)\"\]")

Path = tuple[str | int, ...]


class Missing:
    """There is nothing at the path."""


MISSING = Missing()


def parse_path(text: str) -> Path:
    """Read a path.

    Raises:
        ValueError: it is none of the supported ones.
    """
    at, steps = (1 if text.startswith("$") else 0), list[str | int]()
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None:
            raise ValueError(
                f"no JSON path: stuck at {text[at:]!r}; write $.name, $.list[0] or $['na.me']"
            )
        name, index, single, double = step.groups()
        steps.append(int(index) if index is not None else name or single or double)
        at = step.end()
    if not steps:
        raise ValueError("an empty JSON path")
    return tuple(steps)


def value_at(document: Any, path: Path) -> Any:
    """Return what is at `path`, or MISSING; a name of digits also counts into an array."""
    for step in path:
        if isinstance(document, dict):
            document = document.get(str(step), MISSING)
        elif isinstance(document, list):
            index = int(step) if str(step).isdecimal() else len(document)
            document = document[index] if index < len(document) else MISSING
        else:
            return MISSING
    return document
