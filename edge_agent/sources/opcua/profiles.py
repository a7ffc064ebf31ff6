"""What kinds of servers can do: known limits and quirks as data, and the limits a server itself states."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
        publishing_ms_min: a shorter publishing interval is of no use. A server revises what is too short for
            it, so this is a bound of sense, not of the server.
        note: what else to know when setting it up.
        sources: where each of these was read, by its name.
        cautious: names of those that were found in no document: the smaller or slower choice, which costs
            little where it is wrong.
    """

    items_max: int | None = None
    items_per_call: int = 500
    nodes_per_call: int = 500
    filters: bool = True
    history: bool = True
    transfer: bool = True
    publishing_ms_min: float = 10
    note: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)
    cautious: frozenset[str] = frozenset()


_S7_MANUAL: Final = "Siemens, S7-1500 Communication Function Manual A5E03735815"
_PTC: Final = "PTC, Kepware Server help"
_IGNITION: Final = (
    "Inductive Automation, Ignition User Manual 8.1 and 8.3, Ignition's OPC UA Server"
)

# Firmware and settings differ: what the server itself says wins where it is less.
PROFILES: Final = {
    "generic": Profile(),
    "s7-1200": Profile(
        items_max=1000, items_per_call=100, nodes_per_call=100, filters=False, history=False,
        note="firmware 4.4 or later; no filters, so a value is news when it or its status has changed",
        sources={
            "items_max": "second hand: a public survey of server limits that cites the S7-1200 manual from "
            "firmware 4.4 (1,000 items, 10 sessions)",
        },
        cautious=frozenset({"items_per_call", "nodes_per_call", "filters", "history"}),
    ),
    "s7-1500": Profile(
        items_per_call=1000, nodes_per_call=1000, history=False,
        note="how many monitored items, and the shortest intervals, depend on the CPU and are set in its "
        "project; the runtime licence is set there too",
        sources={
            "items_per_call": "GitHub, epics-modules/opcua issue 177 and OPCFoundation/UA-.NETStandard "
            "issue 564: more than 1,000 are BadTooManyOperations",
            "nodes_per_call": "GitHub, epics-modules/opcua issue 177: 1,000 nodes per call",
            "items_max": f"{_S7_MANUAL}-AJ (05/2021), Maximum number of monitored elements: by CPU",
            "filters": f"{_S7_MANUAL}-AF (12/2017), Subscription: an absolute deadband; of percent it "
            "says nothing",
            "publishing_ms_min": f"{_S7_MANUAL}-AJ (05/2021), Minimum publishing interval: set in the "
            "project, shorter ones are slowed down to it",
        },
        cautious=frozenset({"history"}),
    ),
    "kepware": Profile(
        history=False,
        note="OPC UA 1.02; anonymous access is off unless allowed in the project's properties; the gateway's "
        "certificate is accepted in the OPC UA Configuration Manager",
        sources={
            "history": f"{_PTC}, OPC UA Interface: the server has the DA data model",
            "note": f"{_PTC}, OPC UA Interface; Project Properties - OPC UA",
        },
    ),
    "ignition": Profile(
        items_per_call=1000, nodes_per_call=1000,
        note="port 62541; anonymous access is off at first, opcuauser is there; the discovery endpoint has "
        "/discovery at its end",
        sources={
            "items_per_call": "Eclipse Milo, which it is built on, OpcUaServerConfigLimits: 131,071 by "
            "default, and the server states its own",
            "nodes_per_call": "Eclipse Milo, OpcUaServerConfigLimits: 131,071 by default",
            "publishing_ms_min": "Eclipse Milo, OpcUaServerConfigLimits: 10 ms by default",
            "note": _IGNITION,
        },
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
