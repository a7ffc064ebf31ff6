"""Monitored items: which nodes subscriptions watch, made in batches so that a bad one stops no other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asyncua import ua
from asyncua.client.ua_session import UaSession

from edge_agent.config import OpcUaSource
from edge_agent.sources.opcua.deadband import Deadbands
from edge_agent.sources.opcua.profiles import Limits
from edge_agent.sources.opcua.publishing import status_name

_NO_FILTER = {
    ua.StatusCodes.BadMonitoredItemFilterUnsupported,
    ua.StatusCodes.BadMonitoredItemFilterInvalid,
    ua.StatusCodes.BadFilterNotAllowed,
    ua.StatusCodes.BadDeadbandFilterInvalid,
}


def parse_node(text: str, namespaces: Sequence[str]) -> ua.NodeId | None:
    """Return the node id; None when its namespace URI is not the server's."""
    if text.startswith("nsu="):
        uri, _, rest = text.removeprefix("nsu=").partition(";")
        if uri not in namespaces:
            return None
        text = f"ns={namespaces.index(uri)};{rest}"
    node: ua.NodeId = ua.NodeId.from_string(text)
    return node


@dataclass
class Nodes:
    """The nodes of a source's tags, by index, and why others have none."""

    found: dict[int, ua.NodeId]
    failed: dict[int, str]


def nodes_of(config: OpcUaSource, namespaces: Sequence[str]) -> Nodes:
    """Find out which node of this server each tag means."""
    nodes = Nodes({}, {})
    for index, tag in enumerate(config.tags):
        try:
            node = parse_node(tag.node, namespaces)
        except ua.UaError as error:
            nodes.failed[index] = f"no node id: {error}"
            continue
        if node is None:
            nodes.failed[index] = "the server does not have this namespace"
        else:
            nodes.found[index] = node
    return nodes


class MonitoredItems:
    """Adds nodes to the subscriptions of one session.

    Attributes:
        filtered: whether the server is still asked to filter; ends with its first refusal.
    """

    def __init__(
        self, session: UaSession, config: OpcUaSource, limits: Limits, deadbands: Deadbands, *, filtered: bool
    ) -> None:  # fmt: skip
        self._session = session
        self._config = config
        self._limits = limits
        self._deadbands = deadbands
        self.filtered = filtered

    async def add(self, subscription: int, nodes: Mapping[int, ua.NodeId]) -> dict[int, str]:
        """Watch tags, by their index in the source; returns those that failed, and why."""
        failed: dict[int, str] = {}
        numbers = list(nodes)
        size = self._limits.items_per_call
        for start in range(0, len(numbers), size):
            part = {number: nodes[number] for number in numbers[start : start + size]}
            failed.update(await self._create(subscription, part))
        return failed

    async def _create(self, subscription: int, items: dict[int, ua.NodeId]) -> dict[int, str]:
        try:
            results = await self._request(subscription, items)
        except ua.UaStatusCodeError as error:
            if len(items) == 1:
                return dict.fromkeys(items, status_name(error.code))
            # The server takes fewer at once, or one of them spoils the call.
            numbers = list(items)
            half = len(numbers) // 2
            parts = ({n: items[n] for n in part} for part in (numbers[:half], numbers[half:]))
            return {
                n: why
                for part in parts
                for n, why in (await self._create(subscription, part)).items()
            }
        codes: dict[int, int] = {
            number: result.StatusCode.value
            for number, result in zip(items, results, strict=True)
            if not result.StatusCode.is_good()
        }
        again = {number: items[number] for number, code in codes.items() if code in _NO_FILTER}
        if self.filtered and again:
            return await self._without_filter(subscription, codes, again)
        return {number: status_name(code) for number, code in codes.items()}

    async def _without_filter(
        self, subscription: int, codes: dict[int, int], again: dict[int, ua.NodeId]
    ) -> dict[int, str]:
        """Watch again what the server refused for its filter: first without deadband, then without any."""
        rest = {number: status_name(code) for number, code in codes.items() if number not in again}
        if self._deadbands.at_server(again):
            self._deadbands.keep_here(again)
        else:
            self.filtered = False  # such a server reports changes of value and status only
        return rest | await self._create(subscription, again)

    async def _request(self, subscription: int, items: dict[int, ua.NodeId]) -> list[Any]:
        request = ua.CreateMonitoredItemsParameters()
        request.SubscriptionId = subscription
        request.TimestampsToReturn = ua.TimestampsToReturn.Both
        for number, node in items.items():
            tag = self._config.tags[number]
            sampling = tag.sampling_interval_ms
            item = ua.MonitoredItemCreateRequest()
            item.ItemToMonitor.NodeId = node
            item.ItemToMonitor.AttributeId = ua.AttributeIds.Value
            item.MonitoringMode = ua.MonitoringMode.Reporting
            wanted = item.RequestedParameters
            wanted.ClientHandle = number
            wanted.SamplingInterval = (
                self._config.sampling_interval_ms if sampling is None else sampling
            )
            wanted.QueueSize = self._config.queue_size
            wanted.DiscardOldest = True
            if self.filtered:
                wanted.Filter = self._filter(number)
            request.ItemsToCreate.append(item)
        results: list[Any] = await self._session.create_monitored_items(request)
        return results

    def _filter(self, number: int) -> ua.DataChangeFilter | None:
        kind, value = self._deadbands.for_server(number)
        if not self._config.report_unchanged and kind == ua.DeadbandType.None_:
            return None
        trigger = (
            ua.DataChangeTrigger.StatusValueTimestamp
            if self._config.report_unchanged and kind == ua.DeadbandType.None_
            else ua.DataChangeTrigger.StatusValue
        )
        return ua.DataChangeFilter(Trigger=trigger, DeadbandType=kind, DeadbandValue=value)
