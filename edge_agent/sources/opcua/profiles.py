"""What kinds of servers can do: known limits and quirks as data, and the limits a server itself states."""

from dataclasses import dataclass, replace
from typing import Final

from asyncua import ua
from asyncua.client.ua_session import UaSession


@dataclass(frozen=True)
class Profile:
    """A kind of server.

    Attributes:
        items_max: monitored items of one session; None when nothing is known of a limit.
        items_per_call: how many to create with one request, unless the server says a smaller number.
        nodes_per_call: how many to read, browse or translate with one request, the same way.
        filters: it takes a DataChangeFilter; without, deadbands work here and a new time alone is no change.
        history: it may have a history to read from.
        transfer: it may hand a subscription over to another session.
        publishing_ms_min: a shorter publishing interval is of no use.
        note: what else to know when setting it up.
    """

    items_max: int | None = None
    items_per_call: int = 500
    nodes_per_call: int = 500
    filters: bool = True
    history: bool = True
    transfer: bool = True
    publishing_ms_min: float = 10
    note: str = ""


# Sources: Siemens, "S7-1200 / S7-1500 Programmable controller", OPC UA server limits; Kepware, "OPC UA server
# interface"; Inductive Automation, "Ignition OPC UA server". Firmware differs: the server's own word wins.
PROFILES: Final = {
    "generic": Profile(),
    "s7-1200": Profile(
        items_max=1000, items_per_call=100, nodes_per_call=100, filters=False, history=False,
        transfer=False, publishing_ms_min=200,
        note="firmware 4.4 or later; no filters, so a value is news when it or its status has changed",
    ),
    "s7-1500": Profile(
        items_max=10_000, items_per_call=1000, nodes_per_call=1000, history=False, publishing_ms_min=100,
        note="one minimum sampling interval per CPU; the runtime licence has to be set in the project",
    ),
    "kepware": Profile(
        items_per_call=1000, history=False,
        note="the gateway's certificate is accepted in the OPC UA Configuration Manager",
    ),
    "ignition": Profile(
        items_per_call=1000,
        note="port 62541; exposed tags need the setting that lets clients see tag providers",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """How much one request to one server may ask for."""

    items_per_call: int
    nodes_per_read: int
    nodes_per_browse: int
    nodes_per_translate: int
    nodes_per_history: int
    items_max: int | None


_ASKED = {
    "items_per_call": ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall,
    "nodes_per_read": ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead,
    "nodes_per_browse": ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerBrowse,
    "nodes_per_translate": (
        ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerTranslateBrowsePathsToNodeIds
    ),
    "nodes_per_history": (
        ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerHistoryReadData
    ),
}


async def limits_of(session: UaSession, profile: Profile) -> Limits:
    """Return the limits: the profile's, lowered to what the server says of itself."""
    calls = profile.nodes_per_call
    limits = Limits(profile.items_per_call, calls, calls, calls, 20, profile.items_max)
    values = await session.read_attributes(
        [ua.NodeId(number) for number in _ASKED.values()], ua.AttributeIds.Value
    )
    for name, data in zip(_ASKED, values, strict=True):
        said = None if data.Value is None else data.Value.Value
        # 0 says that there is no limit.
        if isinstance(said, int) and 0 < said < getattr(limits, name):
            limits = replace(limits, **{name: said})
    return limits
