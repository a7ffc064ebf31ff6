"""An OPC UA server that tells as many changes as its reader takes, for `forewarn bench edge`.

Sessions, channels, subscriptions and monitored items are asyncua's; the values are put into notifications
ready packed, for asyncua's own way from a written value to bytes is slower than what is to be measured. A
subscriber gets a notification whenever it asks for one, so that it is never the server that limits.
"""

import argparse
import asyncio
import logging
import random
import struct
import time
from typing import Any

from asyncua import Server, ua
from asyncua.server.internal_subscription import InternalSubscription

NAMESPACE = "urn:forewarn:bench"
CHANGES_PER_NOTIFICATION = 2000
ITEMS_PER_FOLDER = 100
_EPOCH_TICKS = 116_444_736_000_000_000
# ClientHandle, encoding mask (value, source and server time), type Double, value, times.
_CHANGE = struct.Struct("<IBBdqq")
_DATA_CHANGE = ua.NodeId(ua.ObjectIds.DataChangeNotification_Encoding_DefaultBinary)


class Flood:
    """Changes of all monitored items in turn, at a given rate or as fast as they are asked for.

    Attributes:
        told: changes sent so far.
    """

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._began = 0.0
        self._next = 0
        self.told = 0

    def notification(self, handles: list[int]) -> ua.ExtensionObject | None:
        """Return the next changes of these items; None when none are due."""
        if not handles:
            return None
        now = time.time()
        self._began = self._began or now
        count = CHANGES_PER_NOTIFICATION
        if self._per_second:
            count = min(count, int((now - self._began) * self._per_second) - self.told)
        if count <= 0:
            return None
        ticks = int(now * 1e7) + _EPOCH_TICKS
        chosen = [handles[(self._next + at) % len(handles)] for at in range(count)]
        self._next = (self._next + count) % len(handles)
        rounds = self.told
        packed = b"".join(
            # Times differ within an item, values as those of a noisy machine.
            _CHANGE.pack(handle, 0x0D, 11, random.random() * 20.0, ticks + rounds + at, ticks)  # noqa: S311
            for at, handle in enumerate(chosen)
        )
        self.told += count
        body = struct.pack("<i", count) + packed + struct.pack("<i", -1)
        return ua.ExtensionObject(TypeId=_DATA_CHANGE, Body=body)


def flood(subscription: InternalSubscription, changes: Flood) -> None:
    """Let a subscription tell those changes instead of its own."""
    own = subscription.monitored_item_srv
    handles: list[int] = []

    def filled() -> list[int]:
        # Items are made in batches; all are there when their number stands still.
        if len(handles) != len(own._monitored_items):  # noqa: SLF001 - asyncua has no view of them
            handles[:] = [one.client_handle or 0 for one in own._monitored_items.values()]  # noqa: SLF001
        return handles

    def pop(result: ua.PublishResult) -> None:
        subscription._triggered_datachanges = {}  # noqa: SLF001 - what asyncua itself noticed
        found = changes.notification(filled())
        if found is not None:
            result.NotificationMessage.NotificationData.append(found)

    subscription._pop_triggered_datachanges = pop  # noqa: SLF001 - see above
    subscription.has_published_results = lambda: True  # always news


async def serve(port: int, items: int, per_second: float) -> None:
    """Serve until killed; it can be connected to once all is there."""
    logging.disable(logging.ERROR)
    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/bench")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    index = await server.register_namespace(NAMESPACE)
    for number in range(items):
        if number % ITEMS_PER_FOLDER == 0:  # asyncua looks through a folder for each new child
            place = ua.NodeId(f"machine{number // ITEMS_PER_FOLDER}", index)
            folder = await server.nodes.objects.add_folder(place, str(place.Identifier))
        await folder.add_variable(ua.NodeId(f"v{number}", index), f"v{number}", 0.0)
    service = server.iserver.subscription_service
    create, changes = service.create_subscription, Flood(per_second)

    async def create_flooded(*arguments: Any, **named: Any) -> ua.CreateSubscriptionResult:
        result = await create(*arguments, **named)
        flood(service.subscriptions[result.SubscriptionId], changes)
        return result

    service.create_subscription = create_flooded  # see `flood`
    async with server:
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("items", type=int)
    parser.add_argument("per_second", type=float)
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.items, given.per_second))
