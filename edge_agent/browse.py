"""Walking an OPC UA server's address space.

Memory stays bounded whatever the server holds: references come in pages, variables are described page by
page, and of what was seen only the node ids are kept.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from asyncua import Client, ua
from pydantic import ValidationError

from edge_agent.config import OpcUaSource
from edge_agent.errors import SourceUnavailable
from edge_agent.sources.opcua import leave, make_client
from kernel.errors import InvalidInput

REFERENCES_PER_PAGE = 500
VARIABLES_PER_READ = 100
# Beyond this the walk goes on, but no longer follows what it has not seen.
NODES_MAX = 500_000

_BOOLEAN = 1
# Numeric built-in types, the abstract Number, Integer and UInteger, and Duration.
_NUMBERS = {*range(2, 12), 26, 27, 28, 290}
_PROPERTIES = ("EngineeringUnits", "EURange")


@dataclass(frozen=True)
class FoundTag:
    """A variable that a gateway could read.

    Attributes:
        node: its id, with the namespace's URI, which survives a change of the server's order.
        owner: browse name of the object it is on.
        name: its browse name.
        unit, low, high: of its EngineeringUnits and EURange; empty and None where it has none.
        type: `number`, `boolean`, or empty for what is neither.
    """

    node: str
    owner: str
    name: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    type: str = "number"


async def tags_of(
    url: str, root: str = "i=85", username: str = "", password: str = ""
) -> AsyncIterator[FoundTag]:
    """Connect to a server and yield the variables below a node.

    Raises:
        InvalidInput: the address or the root cannot be used.
        SourceUnavailable: the server cannot be reached, refuses the login or ends the session.
    """
    try:
        config = OpcUaSource.model_validate(
            {"name": "browse", "url": url, "username": username, "password": password,
             "tags": [{"node": "i=2258", "asset": "-", "series": "-"}]}
        )  # fmt: skip
    except ValidationError as error:
        raise InvalidInput(f"{url!r}: {error.errors()[0]['msg']}") from None
    client = make_client(config)
    try:
        await client.connect()
        async for tag in browse(client, root):
            yield tag
    except (ua.UaError, OSError, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        raise SourceUnavailable(f"{url} cannot be browsed: {reason}") from None
    finally:
        await leave(client)


async def browse(client: Client, root: str = "i=85") -> AsyncIterator[FoundTag]:
    """Yield the variables below a node of a connected server, page by page.

    Raises:
        InvalidInput: the root is no node id.
    """
    namespaces: list[str] = await client.get_namespace_array()
    try:
        start = ua.NodeId.from_string(root)
    except ua.UaError as error:
        raise InvalidInput(f"{root!r} is no node id: {error}") from None
    seen: set[Any] = {start}
    waiting: list[tuple[Any, str]] = [(start, "")]
    while waiting:
        node, owner = waiting.pop()
        async for page in _pages(client, node):
            # Without the server's own nodes, and those reached on another way already.
            new = [r for r in page if r.NodeId.NamespaceIndex != 0 and r.NodeId not in seen]
            if len(seen) + len(new) <= NODES_MAX:
                seen.update(reference.NodeId for reference in new)
                waiting += [
                    (r.NodeId, _name_of(r)) for r in new if r.NodeClass == ua.NodeClass.Object
                ]
            variables = [
                (r.NodeId, owner, _name_of(r)) for r in new if r.NodeClass == ua.NodeClass.Variable
            ]
            for at in range(0, len(variables), VARIABLES_PER_READ):
                part = variables[at : at + VARIABLES_PER_READ]
                for tag in await _described(client, part, namespaces):
                    yield tag


def _name_of(reference: Any) -> str:
    return str(reference.BrowseName.Name or reference.NodeId.Identifier)


async def _pages(client: Client, node: Any) -> AsyncIterator[list[Any]]:
    """Yield the hierarchical references of a node, a page at a time."""
    session = client.uaclient.session
    request = ua.BrowseParameters()
    request.RequestedMaxReferencesPerNode = REFERENCES_PER_PAGE
    wanted = ua.BrowseDescription()
    wanted.NodeId = node
    wanted.BrowseDirection = ua.BrowseDirection.Forward
    wanted.ReferenceTypeId = ua.NodeId(ua.ObjectIds.HierarchicalReferences)
    wanted.IncludeSubtypes = True
    wanted.NodeClassMask = ua.NodeClass.Object | ua.NodeClass.Variable
    wanted.ResultMask = ua.BrowseResultMask.All
    request.NodesToBrowse = [wanted]
    (result,) = await session.browse(request)
    while True:
        result.StatusCode.check()
        yield [r for r in result.References or () if _is_of_tree(r)]
        if not result.ContinuationPoint:
            return
        more = ua.BrowseNextParameters()
        more.ContinuationPoints = [result.ContinuationPoint]
        (result,) = await session.browse_next(more)


def _is_of_tree(reference: Any) -> bool:
    # Properties describe their variable; they are no tags.
    return bool(reference.ReferenceTypeId != ua.NodeId(ua.ObjectIds.HasProperty))


async def _described(
    client: Client, variables: list[tuple[Any, str, str]], namespaces: list[str]
) -> list[FoundTag]:
    """Read type, unit and range of some variables."""
    session = client.uaclient.session
    types = await session.read_attributes([v[0] for v in variables], ua.AttributeIds.DataType)
    paths = [_property_path(node, name) for node, _, _ in variables for name in _PROPERTIES]
    found = await session.translate_browsepaths_to_nodeids(paths)
    targets = [
        r.Targets[0].TargetId if r.StatusCode.is_good() and r.Targets else None for r in found
    ]
    there = [target for target in targets if target is not None]
    read = await session.read_attributes(there, ua.AttributeIds.Value) if there else []
    values = iter(read)
    properties = [None if target is None else next(values) for target in targets]
    tags = []
    for index, (node, owner, name) in enumerate(variables):
        units, span = (_value(properties[index * 2 + offset]) for offset in (0, 1))
        tags.append(
            FoundTag(
                node=node_text(node, namespaces),
                owner=owner,
                name=name,
                unit=str(getattr(getattr(units, "DisplayName", None), "Text", None) or ""),
                low=_number(getattr(span, "Low", None)),
                high=_number(getattr(span, "High", None)),
                type=_type_name(_value(types[index])),
            )
        )
    return tags


def _property_path(node: Any, name: str) -> Any:
    element = ua.RelativePathElement()
    element.ReferenceTypeId = ua.NodeId(ua.ObjectIds.HasProperty)
    element.IsInverse = False  # asyncua presets it to true
    element.IncludeSubtypes = True
    element.TargetName = ua.QualifiedName(name, 0)
    path = ua.BrowsePath()
    path.StartingNode = node
    path.RelativePath.Elements = [element]
    return path


def _value(data: Any) -> Any:
    return None if data is None or data.Value is None else data.Value.Value


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _type_name(data_type: Any) -> str:
    if data_type is None or data_type.NamespaceIndex != 0:
        return ""
    if data_type.Identifier == _BOOLEAN:
        return "boolean"
    return "number" if data_type.Identifier in _NUMBERS else ""


def node_text(node: Any, namespaces: list[str]) -> str:
    """Return a node id with its namespace's URI."""
    text = str(node.to_string())
    if node.NamespaceIndex < 1 or node.NamespaceIndex >= len(namespaces):
        return text
    return f"nsu={namespaces[node.NamespaceIndex]};{text.partition(';')[2]}"
