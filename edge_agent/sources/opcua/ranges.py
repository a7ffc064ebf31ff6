"""Units and ranges as a server states them: the properties EngineeringUnits and EURange of a variable."""

from collections.abc import Mapping, Sequence
from itertools import islice
from math import isfinite
from typing import Any

from asyncua import ua
from asyncua.client.ua_session import UaSession


async def ranges_of(
    session: UaSession, nodes: Mapping[int, ua.NodeId], per_call: int
) -> dict[int, tuple[float, float]]:
    """Return low and high of the variables that state them and mean a span by it."""
    found = {}
    numbers = iter(nodes)
    while part := list(islice(numbers, per_call)):
        values = await properties_of(session, [nodes[n] for n in part], "EURange", per_call)
        for number, value in zip(part, values, strict=True):
            low, high = bounds(value)
            if low is not None and high is not None and low < high:
                found[number] = (low, high)
    return found


async def properties_of(
    session: UaSession, nodes: Sequence[ua.NodeId], name: str, per_call: int
) -> list[Any]:
    """Return the value of a property of each variable, None where it has none."""
    values: list[Any] = []
    for start in range(0, len(nodes), per_call):
        part = nodes[start : start + per_call]
        paths = [_path(node, name) for node in part]
        results = await session.translate_browsepaths_to_nodeids(paths)
        targets = [
            r.Targets[0].TargetId if r.StatusCode.is_good() and r.Targets else None for r in results
        ]
        there = [target for target in targets if target is not None]
        read = iter(await session.read_attributes(there, ua.AttributeIds.Value) if there else ())
        values += [None if target is None else value_of(next(read)) for target in targets]
    return values


def value_of(data: Any) -> Any:
    """Return the plain value of a DataValue."""
    return None if data is None or data.Value is None else data.Value.Value


def bounds(span: Any) -> tuple[float | None, float | None]:
    """Return low and high of a Range."""
    return _number(getattr(span, "Low", None)), _number(getattr(span, "High", None))


def unit_text(units: Any) -> str:
    """Return how an EUInformation is displayed."""
    return str(getattr(getattr(units, "DisplayName", None), "Text", None) or "")


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and isfinite(value) else None


def _path(node: Any, name: str) -> ua.BrowsePath:
    element = ua.RelativePathElement()
    element.ReferenceTypeId = ua.NodeId(ua.ObjectIds.HasProperty)
    element.IsInverse = False  # asyncua presets it to true
    element.IncludeSubtypes = True
    element.TargetName = ua.QualifiedName(name, 0)
    path = ua.BrowsePath()
    path.StartingNode = node
    path.RelativePath.Elements = [element]
    return path
