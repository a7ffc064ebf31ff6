"""Monitored items: which nodes a subscription watches, made in batches so that a bad one stops no other."""

from collections.abc import Sequence
from typing import Any

from asyncua import ua
from asyncua.client.ua_session import UaSession

from edge_agent.config import OpcUaSource

ITEMS_PER_CALL = 500

_NO_FILTER = {
    ua.StatusCodes.BadMonitoredItemFilterUnsupported,
    ua.StatusCodes.BadMonitoredItemFilterInvalid,
    ua.StatusCodes.BadFilterNotAllowed,
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


class MonitoredItems:
    """Adds nodes to one subscription."""

    def __init__(
        self, session: UaSession, subscription: int, config: OpcUaSource, namespaces: Sequence[str]
    ) -> None:
        self._session = session
        self._subscription = subscription
        self._config = config
        self._namespaces = namespaces
        self._filtered = config.report_unchanged

    async def add(self, wanted: Sequence[int]) -> dict[int, str]:
        """Watch tags, named by their index in the source; returns those that failed, and why."""
        failed: dict[int, str] = {}
        items: dict[int, ua.NodeId] = {}
        for index in wanted:
            text = self._config.tags[index].node
            try:
                node = parse_node(text, self._namespaces)
            except ua.UaError as error:
                failed[index] = f"no node id: {error}"
                continue
            if node is None:
                failed[index] = "the server does not have this namespace"
            else:
                items[index] = node
        numbers = list(items)
        for start in range(0, len(numbers), ITEMS_PER_CALL):
            part = {number: items[number] for number in numbers[start : start + ITEMS_PER_CALL]}
            failed.update(await self._create(part))
        return failed

    async def _create(self, items: dict[int, ua.NodeId]) -> dict[int, str]:
        try:
            results = await self._request(items)
        except ua.UaStatusCodeError as error:
            if len(items) == 1:
                return dict.fromkeys(items, _name(error.code))
            # The server takes fewer at once, or one of them spoils the call.
            numbers = list(items)
            half = len(numbers) // 2
            first = await self._create({number: items[number] for number in numbers[:half]})
            return first | await self._create({number: items[number] for number in numbers[half:]})
        codes: dict[int, int] = {
            number: result.StatusCode.value
            for number, result in zip(items, results, strict=True)
            if not result.StatusCode.is_good()
        }
        again = {number: items[number] for number, code in codes.items() if code in _NO_FILTER}
        if self._filtered and again:
            self._filtered = False  # such a server reports changes of value and status only
            rest = {number: _name(code) for number, code in codes.items() if number not in again}
            return rest | await self._create(again)
        return {number: _name(code) for number, code in codes.items()}

    async def _request(self, items: dict[int, ua.NodeId]) -> list[Any]:
        request = ua.CreateMonitoredItemsParameters()
        request.SubscriptionId = self._subscription
        request.TimestampsToReturn = ua.TimestampsToReturn.Both
        for number, node in items.items():
            item = ua.MonitoredItemCreateRequest()
            item.ItemToMonitor.NodeId = node
            item.ItemToMonitor.AttributeId = ua.AttributeIds.Value
            item.MonitoringMode = ua.MonitoringMode.Reporting
            item.RequestedParameters.ClientHandle = number
            item.RequestedParameters.SamplingInterval = self._config.sampling_interval_ms
            item.RequestedParameters.QueueSize = self._config.queue_size
            item.RequestedParameters.DiscardOldest = True
            if self._filtered:
                item.RequestedParameters.Filter = ua.DataChangeFilter(
                    Trigger=ua.DataChangeTrigger.StatusValueTimestamp,
                    DeadbandType=ua.DeadbandType.None_,
                )
            request.ItemsToCreate.append(item)
        results: list[Any] = await self._session.create_monitored_items(request)
        return results


def _name(code: int) -> str:
    return str(ua.status_codes.get_name_and_doc(code)[0])
