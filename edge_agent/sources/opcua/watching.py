"""One session while it lasts: its subscriptions, their notifications in order, and the nodes that fail."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from asyncua import Client, ua
from asyncua.client.ua_client import UaClientState
from asyncua.ua.ua_binary import struct_from_binary

from edge_agent.config import OpcUaSource
from edge_agent.errors import ServerSilent, SourceUnavailable
from edge_agent.intake import Intake
from edge_agent.sources.opcua.held import SESSION_MS, HeldSession, HeldSubscription
from edge_agent.sources.opcua.items import MonitoredItems
from edge_agent.sources.opcua.notifications import Notification, Undecodable, decode_republish
from edge_agent.sources.opcua.profiles import PROFILES
from edge_agent.sources.opcua.publishing import Publishing, status_name
from edge_agent.sources.opcua.recovery import Recovery
from edge_agent.sources.opcua.storing import Storing
from edge_agent.sources.opcua.taking import Missed, Taker
from edge_agent.sources.source import Health
from kernel.log import get_logger
from kernel.wire.readings import Batch

NODE_RETRY_SECONDS = 5.0
NODE_RETRY_SECONDS_MAX = 300.0
# More than this is not asked for again, one by one.
REPUBLISH_MAX = 1000
_SEQUENCE_MODULUS = 2**32 - 1
_LOOK_SECONDS = 0.25

_log = get_logger(__name__)


@dataclass
class Parts:
    """What a watch works with; it outlives the session but for `client`, `items` and `nodes`."""

    config: OpcUaSource
    client: Client
    items: MonitoredItems
    nodes: Mapping[int, ua.NodeId]
    held: HeldSession
    taker: Taker
    recovery: Recovery
    intake: Intake
    health: Health


class Watch:
    """The notifications of one session."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._held = parts.held
        self._subscriptions = {one.id: one for one in parts.held.subscriptions}
        self._publishing = Publishing(parts.client, 0)
        self._storing = Storing(parts.recovery, self._publishing)
        self._heard: dict[int, float] = {}
        # Numbers the server offers to send again are of use once: right after a session was taken up again.
        self._look_back = set(self._subscriptions)

    async def subscribe(self, reason: str, heard_us: int) -> None:
        """Make the subscriptions the session does not have yet, and watch their tags.

        Args:
            reason: why readings since the last ones may be missing.
            heard_us: up to when nothing is missing, by the server's clock; 0 when that is not known.
        """
        for publishing_ms in sorted(set(publishing_times(self._parts.config))):
            if publishing_ms not in {one.publishing_ms for one in self._held.subscriptions}:
                await self._subscribe(publishing_ms, reason, heard_us)
        now = asyncio.get_running_loop().time()
        self._heard = dict.fromkeys(self._subscriptions, now)
        self._publishing.wanted += len(self._subscriptions)

    async def run(self) -> None:
        """Take notifications until the session ends.

        Raises:
            SourceUnavailable: the server ended it, or is silent.
            OSError, ua.UaError: the connection is lost.
        """
        loop = asyncio.get_running_loop()
        wait, retry_at = NODE_RETRY_SECONDS, loop.time() + NODE_RETRY_SECONDS
        self._publishing.request()
        try:
            while True:
                for notification in await self._publishing.responses(_LOOK_SECONDS):
                    await self._take(notification)
                self._storing.begin()
                self._publishing.request(self._storing.held)
                if self._parts.client.uaclient.state is not UaClientState.CONNECTED:
                    raise ConnectionError("the connection was closed")
                self._check_silence(loop.time())
                if self._held.failed and loop.time() >= retry_at:
                    await self._retry_nodes()
                    wait = min(wait * 2, NODE_RETRY_SECONDS_MAX)
                    retry_at = loop.time() + wait
        finally:
            # What was read counts as known from now on: it is not asked for again.
            await self._storing.finish()

    async def _subscribe(self, publishing_ms: float, reason: str, heard_us: int) -> None:
        config, session = self._parts.config, self._parts.client.uaclient.session
        request = ua.CreateSubscriptionRequest()
        wanted = request.Parameters
        wanted.RequestedPublishingInterval = publishing_ms
        wanted.RequestedMaxKeepAliveCount = max(
            1, round(config.keepalive_seconds * 1000 / publishing_ms)
        )
        # So long the server keeps what it has for an agent that was killed.
        lifetime = round(SESSION_MS / publishing_ms)
        wanted.RequestedLifetimeCount = max(3 * wanted.RequestedMaxKeepAliveCount, lifetime)
        wanted.MaxNotificationsPerPublish = 0
        wanted.PublishingEnabled = True
        # asyncua's own verb would start a publish loop of its own.
        data = await session._send_request(request)  # noqa: SLF001 - see above
        response = struct_from_binary(ua.CreateSubscriptionResponse, data)
        response.ResponseHeader.ServiceResult.check()
        granted = response.Parameters
        keepalive_ms = granted.RevisedPublishingInterval * granted.RevisedMaxKeepAliveCount
        made = HeldSubscription(granted.SubscriptionId, publishing_ms, 1, keepalive_ms / 1000)
        self._held.subscriptions.append(made)
        self._subscriptions[made.id] = made
        nodes = self._nodes_at(publishing_ms)
        self._parts.taker.renewed(nodes, reason, heard_us)
        await self._add(made.id, nodes)

    def _nodes_at(self, publishing_ms: float) -> dict[int, ua.NodeId]:
        times = publishing_times(self._parts.config)
        return {
            index: node
            for index, node in self._parts.nodes.items()
            if times[index] == publishing_ms
        }

    async def _add(self, subscription: int, nodes: Mapping[int, ua.NodeId]) -> None:
        failed = await self._parts.items.add(subscription, nodes)
        known = self._held.failed
        for index, reason in failed.items():
            if index not in known:
                _log.warning("a node cannot be watched", source=self._parts.config.name,
                             node=self._parts.config.tags[index].node, reason=reason)  # fmt: skip
        for index in nodes:
            known.pop(index, None)
        known.update(failed)

    async def _retry_nodes(self) -> None:
        for subscription in list(self._subscriptions.values()):
            nodes = self._nodes_at(subscription.publishing_ms)
            again = {index: nodes[index] for index in self._held.failed if index in nodes}
            if again:
                await self._add(subscription.id, again)

    def _check_silence(self, now: float) -> None:
        if self._publishing.behind or self._storing.held:
            # Not asked for more meanwhile: the disk is slow, not the server.
            self._heard.update(dict.fromkeys(self._heard, now))
            return
        for subscription in self._subscriptions.values():
            allowed = 2 * subscription.keepalive_seconds
            if now - self._heard[subscription.id] > allowed - _LOOK_SECONDS:
                raise ServerSilent(f"the server has sent nothing for {allowed:.3g} s")

    async def _take(self, notification: Notification) -> None:
        """Take one message, after those that should have come before it."""
        subscription = self._subscriptions.get(notification.subscription)
        if subscription is None:
            return  # of a subscription that another configuration made
        self._heard[subscription.id] = asyncio.get_running_loop().time()
        if subscription.id in self._look_back:
            self._look_back.discard(subscription.id)
            await self._look_at_former(subscription, notification)
        if self._is_old(subscription, notification):
            return
        lost = await self._fetch_missing(subscription, notification)
        self._keep(notification)
        if lost:
            self._note_lost(subscription, lost)
        if not notification.keep_alive:
            subscription.sequence = _after(notification.sequence)
            self._storing.acknowledge(subscription.id, notification.sequence)
            self._storing.responded()
        elif subscription.sequence == 0:
            subscription.sequence = notification.sequence
        self._heard[subscription.id] = asyncio.get_running_loop().time()
        self._held.heard_us = max(self._held.heard_us, notification.publish_us)
        if notification.ended is not None:
            self._held.subscriptions.remove(subscription)
            raise SourceUnavailable(
                f"the server ended the subscription: {status_name(notification.ended)}"
            )

    def _is_old(self, subscription: HeldSubscription, notification: Notification) -> bool:
        behind = (subscription.sequence - notification.sequence) % _SEQUENCE_MODULUS
        return bool(subscription.sequence) and 0 < behind <= REPUBLISH_MAX

    def _keep(self, notification: Notification, *, again: bool = False) -> None:
        self._storing.add(*self._parts.taker.batch(notification.changes, again=again))

    async def _look_at_former(
        self, subscription: HeldSubscription, notification: Notification
    ) -> None:
        """Take what the server sent to an agent that was killed before it could acknowledge."""
        if subscription.sequence:
            return  # this agent knows what it has
        for number in notification.available[-REPUBLISH_MAX:]:
            if number != notification.sequence or notification.keep_alive:
                await self._republish(subscription, number, again=True)

    async def _fetch_missing(
        self, subscription: HeldSubscription, notification: Notification
    ) -> tuple[int, int] | None:
        """Ask again for numbers that were left out; returns the span of time of what is lost for good."""
        missing = (notification.sequence - subscription.sequence) % _SEQUENCE_MODULUS
        if not subscription.sequence or not missing:
            return None
        indexes = self._nodes_at(subscription.publishing_ms)
        before = self._parts.taker.span(indexes)[1]
        number, complete = subscription.sequence, missing <= REPUBLISH_MAX
        for _ in range(missing if complete else 0):
            complete = await self._republish(subscription, number, again=False) and complete
            number = _after(number)
        if complete:
            return None
        self._parts.health.oddities["notifications_lost"] += 1
        times = [source or server for _, _, _, source, server in notification.changes]
        return before, max([before, *times]) if times else max(before, notification.publish_us)

    async def _republish(self, subscription: HeldSubscription, number: int, *, again: bool) -> bool:
        """Fetch one message again and take it; returns whether the server still had it."""
        request = ua.RepublishRequest()
        request.Parameters.SubscriptionId = subscription.id
        request.Parameters.RetransmitSequenceNumber = number
        session = self._parts.client.uaclient.session
        try:
            data = await session._send_request(request)  # noqa: SLF001 - for its bytes
            found = decode_republish(bytes(data))
        except (ua.UaStatusCodeError, Undecodable):
            return False
        if found.fault or found.keep_alive or found.sequence != number:
            return False
        self._keep(found, again=again)
        self._storing.acknowledge(subscription.id, number)
        self._parts.health.oddities["republished"] += 1
        return True

    def _note_lost(self, subscription: HeldSubscription, span: tuple[int, int]) -> None:
        watched = [
            index
            for index in self._nodes_at(subscription.publishing_ms)
            if index not in self._held.failed
        ]
        self._storing.add(
            Batch(), [Missed(index, *span, "notifications_lost") for index in watched]
        )


def publishing_times(config: OpcUaSource) -> list[float]:
    """Return the publishing interval of each tag, by its index; none below what the profile allows."""
    shortest = PROFILES[config.profile].publishing_ms_min
    wanted = (tag.publishing_interval_ms for tag in config.tags)
    return [max(shortest, config.publishing_interval_ms if ms is None else ms) for ms in wanted]


def _after(sequence: int) -> int:
    """Return the number that follows; 0 is none (OPC UA part 4, "NotificationMessage")."""
    return sequence % _SEQUENCE_MODULUS + 1
