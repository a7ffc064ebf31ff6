"""Walking an OPC UA server's address space.

Memory stays bounded whatever the server holds: references come in pages, variables are described page by
page, and of what was seen only the node ids are kept.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asyncua import Client, ua
from pydantic import ValidationError

from edge_agent.config import OpcUaSource
from edge_agent.config.file import PKI_FOLDER
from edge_agent.errors import SourceUnavailable
from edge_agent.sources.opcua.connecting import connect, leave
from edge_agent.sources.opcua.profiles import PROFILES, limits_of
from edge_agent.sources.opcua.ranges import bounds, properties_of, unit_text, value_of
from edge_agent.sources.opcua.security import Security
from kernel.errors import InvalidInput

REFERENCES_PER_PAGE = 500
VARIABLES_PER_READ = 100
# Beyond this the walk goes on, but no longer follows what it has not seen.
NODES_MAX = 500_000

_BOOLEAN = 1
# Numeric built-in types, the abstract Number, Integer and UInteger, and Duration.
_NUMBERS = {*range(2, 12), 26, 27, 28, 290}


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


@dataclass(frozen=True)
class Login:
    """How to meet the server; the fields are those of `OpcUaSource`."""

    username: str = ""
    password: str = ""
    security_policy: str = "None"
    security_mode: str = "SignAndEncrypt"
    pki: Path = Path(PKI_FOLDER)
    agent: str = "browse"


async def tags_of(
    url: str, root: str = "i=85", login: Login | None = None
) -> AsyncIterator[FoundTag]:
    """Connect to a server and yield the variables below a node.

    Raises:
        InvalidInput: the address, the root or the security cannot be used.
        SourceUnavailable: the server cannot be reached, refuses the login or ends the session.
    """
    login = login or Login()
    facts = {name: value for name, value in vars(login).items() if name not in {"pki", "agent"}}
    try:
        config = OpcUaSource.model_validate(
            {
                "name": "browse",
                "url": url,
                "tags": [{"node": "i=2258", "asset": "-", "series": "-"}],
            }
            | facts
        )
    except ValidationError as error:
        raise InvalidInput(f"{url!r}: {error.errors()[0]['msg']}") from None
    client = None
    try:
        client, _ = await connect(config, Security(login.agent, login.pki))
        async for tag in browse(client, root):
            yield tag
    except (ua.UaError, OSError, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        raise SourceUnavailable(f"{url} cannot be browsed: {reason}") from None
    finally:
        if client is not None:
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
    limits = await limits_of(client.uaclient.session, PROFILES["generic"])
    per_call = min(VARIABLES_PER_READ, limits.nodes_per_read, limits.nodes_per_translate)
    # Texts, for asyncua's node ids take several times their memory.
    seen = {start.to_string()}
    waiting: list[tuple[str, str]] = [(start.to_string(), "")]
    while waiting:
        text, owner = waiting.pop()
        async for page in _pages(client, ua.NodeId.from_string(text)):
            new = _unseen(page, seen)
            waiting += [
                (node, _name_of(r)) for node, r in new if r.NodeClass == ua.NodeClass.Object
            ]
            variables = [
                (r.NodeId, owner, _name_of(r))
                for _, r in new
                if r.NodeClass == ua.NodeClass.Variable
            ]
            for at in range(0, len(variables), per_call):
                for tag in await _described(client, variables[at : at + per_call], namespaces):
                    yield tag


def _unseen(page: list[Any], seen: set[str]) -> list[tuple[str, Any]]:
    """Return the references that lead to new nodes, and remember those."""
    new = {}
    for reference in page:
        # Without the server's own nodes, and those reached on another way already.
        if reference.NodeId.NamespaceIndex != 0:
            text = reference.NodeId.to_string()
            if text not in seen:
                new[text] = reference
    if len(seen) + len(new) > NODES_MAX:
        return [pair for pair in new.items() if pair[1].NodeClass == ua.NodeClass.Variable]
    seen.update(new)
    return list(new.items())


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
    nodes = [node for node, _, _ in variables]
    types = await session.read_attributes(nodes, ua.AttributeIds.DataType)
    units = await properties_of(session, nodes, "EngineeringUnits", len(nodes))
    spans = await properties_of(session, nodes, "EURange", len(nodes))
    tags = []
    for (node, owner, name), kind, unit, span in zip(variables, types, units, spans, strict=True):
        low, high = bounds(span)
        tags.append(
            FoundTag(
                node=node_text(node, namespaces),
                owner=owner,
                name=name,
                unit=unit_text(unit),
                low=low,
                high=high,
                type=_type_name(value_of(kind)),
            )
        )
    return tags


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
