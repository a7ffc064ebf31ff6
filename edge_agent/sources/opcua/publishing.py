"""PublishRequests: several wait at the server, so that a long way to it does not limit notifications.

asyncua keeps one request waiting, which makes a round trip the shortest time between two notifications. Here
as many wait as `wanted`; a response is answered by the next request only when its values are on disk, so a
server faster than the disk runs out of requests and queues at its monitored items. What was taken is
acknowledged with the next request.
"""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Any

from asyncua import Client, ua

from edge_agent.errors import SourceUnavailable
from edge_agent.sources.opcua.notifications import Notification, Undecodable, decode_publish

# Beyond one per subscription; a server has to accept more than it has subscriptions (part 4, 5.14.5).
SPARE_REQUESTS = 7

_AGAIN = {ua.StatusCodes.BadTimeout}


class Publishing:
    """The publish requests of one session.

    Attributes:
        wanted: how many requests should wait at the server.
        undecodable: responses that could not be read.
    """

    def __init__(self, client: Client, subscriptions: int) -> None:
        self._client = client
        self.wanted = subscriptions + SPARE_REQUESTS
        self.undecodable = 0
        self._waiting = 0
        self._arrived: deque[asyncio.Future[Any]] = deque()
        self._signal = asyncio.Event()
        self._acks: list[tuple[int, int]] = []

    @property
    def behind(self) -> bool:
        """Whether responses have arrived that were not looked at."""
        return bool(self._arrived)

    def request(self, held: int = 0) -> None:
        """Let as many requests wait as are wanted, less the responses held that are not on disk yet.

        The first one carries what is to be acknowledged.
        """
        while self._waiting + held < self.wanted:
            self._send()

    def taken(self, subscription: int, sequence: int) -> None:
        """Acknowledge a notification with the next request."""
        self._acks.append((subscription, sequence))

    def wake(self) -> None:
        """Let `responses` return, for there may be something else to do."""
        self._signal.set()

    async def responses(self, seconds_max: float) -> list[Notification]:
        """Return what has arrived, in the server's order; nothing after `seconds_max`, or when woken.

        Raises:
            SourceUnavailable: the server refuses to publish.
            ConnectionError: the connection is lost.
        """
        if not self._arrived:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds_max):
                    await self._signal.wait()
        self._signal.clear()
        found = []
        while self._arrived:
            notification = self._read(self._arrived.popleft())
            if notification is not None:
                found.append(notification)
        return found

    def _read(self, future: "asyncio.Future[Any]") -> Notification | None:
        try:
            data = bytes(future.result())
        except (OSError, asyncio.CancelledError) as error:
            raise ConnectionError(str(error) or "the connection was closed") from None
        self._waiting -= 1
        try:
            notification = decode_publish(data)
        except Undecodable:
            self.undecodable += 1
            return None
        if not notification.fault:
            return notification
        if notification.fault == ua.StatusCodes.BadTooManyPublishRequests and self.wanted > 1:
            self.wanted -= 1
        elif notification.fault not in _AGAIN:
            raise SourceUnavailable(
                f"the server publishes no more: {status_name(notification.fault)}"
            )
        return None

    def _send(self) -> None:
        protocol = self._client.uaclient.protocol
        if protocol is None:
            raise ConnectionError("the connection was closed")
        request = ua.PublishRequest()
        request.Parameters.SubscriptionAcknowledgements = [
            ua.SubscriptionAcknowledgement(SubscriptionId=subscription, SequenceNumber=sequence)
            for subscription, sequence in self._acks
        ]
        self._acks = []
        # Its future is set when the answer arrives, in order; `send_request` would need a task for each.
        future = protocol._send_request(request, 0)  # noqa: SLF001 - see above
        self._waiting += 1
        future.add_done_callback(self._done)

    def _done(self, future: "asyncio.Future[Any]") -> None:
        if not future.cancelled():
            future.exception()  # looked at here, for nobody may read it when the session has ended
        self._arrived.append(future)
        self._signal.set()


def status_name(code: int) -> str:
    """Return the name of a status code."""
    return str(ua.status_codes.get_name_and_doc(code)[0])
