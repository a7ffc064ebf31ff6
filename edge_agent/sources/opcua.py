"""An OPC UA server, read by subscription.

asyncua's own reconnection and its handlers are not used: a handler gets a task per value and the iterator
drops silently when full. Here each notification is turned into columns, written to disk, and only then
acknowledged: asyncua sends the next PublishRequest, which carries the acknowledgement, when the callback has
returned. A server faster than the disk therefore queues at its monitored items and sets their Overflow bit.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from asyncua import Client, ua
from asyncua.client.ua_client import UaClientState

from edge_agent.config import OpcUaSource as Config
from edge_agent.errors import SourceUnavailable
from edge_agent.intake import Intake, now_us
from edge_agent.readings import Batch, to_columns
from edge_agent.sources.opcua_items import MonitoredItems
from edge_agent.sources.source import REASONS_MAX, Health
from kernel.log import get_logger

REQUEST_SECONDS_MAX = 10.0
PROBE_SECONDS = 5.0
# A server forgets the session of an agent that was killed after this.
SESSION_MS = 60_000
KEEPALIVE_SECONDS = 5.0
_RETRY_SECONDS = 0.5
_RETRY_SECONDS_MAX = 30.0
_NODE_RETRY_SECONDS = 5.0
_NODE_RETRY_SECONDS_MAX = 300.0
_LOOK_SECONDS = 0.5

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BAD_WAITING_FOR_INITIAL_DATA = 0x8032_0000
# Info type "data value" with the Overflow bit: OPC UA part 4, table "StatusCode bit assignments".
_OVERFLOW = 0x0480
_SEVERITY_BAD = 0x8000_0000
_LOGIN_REFUSED = (
    ua.uaerrors.BadUserAccessDenied,
    ua.uaerrors.BadIdentityTokenInvalid,
    ua.uaerrors.BadIdentityTokenRejected,
)

_log = get_logger(__name__)


def to_us(moment: datetime | None) -> int:
    """Return µs since 1970; 0 for a time that is missing or before, as devices without a clock send."""
    if moment is None:
        return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    delta = moment - _EPOCH
    return max(0, (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds)


class OpcUaReader:
    """One server, watched until cancelled."""

    def __init__(
        self, config: Config, first_series: int, intake: Intake, on_change: Callable[[], None]
    ) -> None:
        self._config = config
        self._first_series = first_series
        self._intake = intake
        self._health = Health(config.name, "opcua", len(config.tags), on_change)
        self._boolean = [tag.type == "boolean" for tag in config.tags]
        self._initial: set[int] = set()
        self._failed: dict[int, str] = {}
        self._published_at = 0.0
        self._busy = False
        self._ended = ""
        self._reconnections = 0

    def report(self) -> dict[str, Any]:
        """Return how it is, with the nodes that cannot be watched."""
        shown = list(self._failed.items())[:REASONS_MAX]
        return self._health.report(
            failed={self._config.tags[index].node: reason for index, reason in shown},
            failed_count=len(self._failed),
            reconnections=self._reconnections,
        )

    async def run(self) -> None:
        """Keep a session and its subscription, and make them anew when lost."""
        delay = _RETRY_SECONDS
        while True:
            code, detail = await self._session()
            if self._health.state == "connected":
                delay = _RETRY_SECONDS
                self._reconnections += 1
            if self._health.become("lost", code, detail):
                _log.warning(
                    "opc ua server lost", source=self._config.name, code=code, reason=detail
                )
            await asyncio.sleep(delay * random.uniform(0.8, 1.2))  # noqa: S311 - spreads reconnections
            delay = min(delay * 2, _RETRY_SECONDS_MAX)

    async def _session(self) -> tuple[str, str]:
        """Hold one session; returns why it ended, as code and detail."""
        self._ended = ""
        client = make_client(self._config)
        try:
            await client.connect()
            await self._watch(client)
        except _LOGIN_REFUSED as error:
            return "login_refused", f"the server refused the login: {type(error).__name__}"
        except (OSError, TimeoutError) as error:
            return "unreachable", str(error) or type(error).__name__
        except SourceUnavailable as error:
            return "silent", error.detail
        except Exception as error:  # noqa: BLE001 - asyncua raises bare Exception too; all mean: again, later
            return "error", f"{type(error).__name__}: {error}"
        finally:
            await leave(client)
        return "error", self._ended

    async def _watch(self, client: Client) -> None:
        session = client.uaclient.session
        loop = asyncio.get_running_loop()
        request = ua.CreateSubscriptionParameters()
        request.RequestedPublishingInterval = self._config.publishing_interval_ms
        keepalives = max(1, round(KEEPALIVE_SECONDS * 1000 / self._config.publishing_interval_ms))
        request.RequestedMaxKeepAliveCount = keepalives
        # A server holds the values of an agent that was killed for so long.
        request.RequestedLifetimeCount = keepalives * 6
        request.MaxNotificationsPerPublish = 0
        request.PublishingEnabled = True
        granted = await session.create_subscription(request, self._published)
        silence = (
            granted.RevisedPublishingInterval * granted.RevisedMaxKeepAliveCount / 1000 * 2 + 2
        )
        self._published_at = loop.time()
        items = MonitoredItems(
            session, granted.SubscriptionId, self._config, await client.get_namespace_array()
        )
        self._initial = set(range(len(self._config.tags)))
        await self._add(items, range(len(self._config.tags)))
        self._health.become("connected")
        _log.info("opc ua server connected", source=self._config.name, tags=len(self._config.tags),
                  failed=len(self._failed))  # fmt: skip
        wait, retry_at = _NODE_RETRY_SECONDS, loop.time() + _NODE_RETRY_SECONDS
        while not self._ended:
            await asyncio.sleep(_LOOK_SECONDS)
            if client.uaclient.state is not UaClientState.CONNECTED:
                raise ConnectionError("the connection was closed")
            if not self._busy and loop.time() - self._published_at > silence:
                raise SourceUnavailable(f"the server has sent nothing for {silence:.0f} s")
            if self._failed and loop.time() >= retry_at:
                await self._add(items, list(self._failed))
                wait = min(wait * 2, _NODE_RETRY_SECONDS_MAX)
                retry_at = loop.time() + wait

    async def _add(self, items: MonitoredItems, wanted: Sequence[int]) -> None:
        before = self._failed
        failed = await items.add(wanted)
        self._failed = failed
        for index, reason in failed.items():
            if index not in before:
                _log.warning("a node cannot be watched", source=self._config.name,
                             node=self._config.tags[index].node, reason=reason)  # fmt: skip

    async def _published(self, result: Any) -> None:
        """Take a notification; asyncua acknowledges it when this has returned."""
        loop = asyncio.get_running_loop()
        self._published_at, self._busy = loop.time(), True
        try:
            for notification in result.NotificationMessage.NotificationData or ():
                if isinstance(notification, ua.DataChangeNotification):
                    await self._intake.take(self._batch(notification.MonitoredItems))
                elif isinstance(notification, ua.StatusChangeNotification):
                    self._ended = (
                        f"the server ended the subscription: {_status(notification.Status)}"
                    )
        finally:
            self._published_at, self._busy = loop.time(), False

    def _batch(self, notified: Sequence[Any]) -> Batch:
        """Turn notified values into readings."""
        batch, now, oddities = Batch(), now_us(), self._health.oddities
        for item in notified:
            index, data = item.ClientHandle, item.Value
            quality = 0 if data.StatusCode is None else data.StatusCode.value
            if quality & _OVERFLOW == _OVERFLOW:
                # The server's queue was too short: counted, and no part of the reading's own quality.
                oddities["overflow"] += 1
                quality &= ~_OVERFLOW
            value = None if data.Value is None else data.Value.Value
            if quality == _BAD_WAITING_FOR_INITIAL_DATA and value is None:
                continue  # says that there is no reading yet
            server_ts = to_us(data.ServerTimestamp)
            ts = to_us(data.SourceTimestamp) or server_ts or now
            series = self._first_series + index
            if index in self._initial:
                self._initial.discard(index)
                if self._intake.last_ts.get(series) == ts:
                    continue  # sent again because the subscription is new
            number, odd = to_columns(
                value, boolean=self._boolean[index], good=quality < _SEVERITY_BAD
            )
            batch.add(series, ts, server_ts, now, number, quality, odd)
        self._health.values += len(batch)
        return batch


def make_client(config: Config) -> Client:
    """Return a client for the source, not yet connected."""
    client = Client(config.url, timeout=REQUEST_SECONDS_MAX, watchdog_intervall=PROBE_SECONDS)
    client.name = client.description = "Forewarn edge agent"
    client.session_timeout = SESSION_MS
    client.application_uri = "urn:forewarn:edge-agent"
    if config.username:
        client.set_user(config.username)
        client.set_password(config.password.get_secret_value())
    return client


async def leave(client: Client) -> None:
    """Close a session as far as the server still listens."""
    with suppress(Exception):  # whatever state it is in, it is given up
        async with asyncio.timeout(3):
            await client.disconnect()
    client.disconnect_socket()


def _status(status: Any) -> str:
    return str(ua.status_codes.get_name_and_doc(status.value)[0])
