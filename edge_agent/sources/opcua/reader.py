"""An OPC UA server, read by subscription, and found again whatever happens to it or to the way to it.

asyncua's own reconnection, publish loop and handlers are not used: the handlers get a task per value, the
iterator drops silently when full, and a notification is acknowledged there whether or not it was stored. Here
each one is turned into columns, written to disk, and only then acknowledged.
"""

import asyncio
import hashlib
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from asyncua import Client, ua

from edge_agent.config import OpcUaSource as Config
from edge_agent.errors import OwnCertificateRefused, ServerSilent, SourceUnavailable
from edge_agent.intake import Intake
from edge_agent.sources.opcua.connecting import connect, drop, leave
from edge_agent.sources.opcua.deadband import Deadbands
from edge_agent.sources.opcua.held import SessionFile
from edge_agent.sources.opcua.items import MonitoredItems, nodes_of
from edge_agent.sources.opcua.profiles import PROFILES, Limits, limits_of
from edge_agent.sources.opcua.recovery import Recovery
from edge_agent.sources.opcua.security import Security
from edge_agent.sources.opcua.taking import Taker
from edge_agent.sources.opcua.watching import Parts, Watch, publishing_times
from edge_agent.sources.source import Health
from kernel.errors import ForewarnError
from kernel.log import get_logger

BAD_NODES_SHOWN = 100
TRUST_LOOK_SECONDS = 2.0
_RETRY_SECONDS = 0.5
_RETRY_SECONDS_MAX = 30.0
_US_PER_MS = 1000

_log = get_logger(__name__)


class OpcUaReader:
    """One server, watched until cancelled."""

    def __init__(
        self,
        config: Config,
        first_series: int,
        intake: Intake,
        on_change: Callable[[], None],
        *,
        security: Security,
        session_file: Path,
    ) -> None:
        """Prepare; nothing is connected yet.

        Args:
            config: the source.
            first_series: series number of its first tag.
            intake: takes the readings.
            on_change: called when the state changes.
            security: how the gateway meets servers.
            session_file: where the session's identity survives the agent.
        """
        self._config = config
        self._profile = PROFILES[config.profile]
        self._security = security
        self._health = Health(config.name, "opcua", len(config.tags), on_change)
        self._deadbands = Deadbands(config)
        self._taker = Taker(config, first_series, intake, self._health, self._deadbands)
        booleans = [tag.type == "boolean" for tag in config.tags]
        self._recovery = Recovery(config.name, first_series, booleans, intake)
        self._intake = intake
        self._file = SessionFile(session_file)
        self._held = self._file.load(_fingerprint(config))
        self._filtered = self._profile.filters
        # Why readings since the last ones may be missing: the agent was away, so far.
        self._reason = "connection_lost"
        self._reconnections = 0
        self._session = "none"
        self._keeps_session = False

    def report(self) -> dict[str, Any]:
        """Return how it is, with the nodes that cannot be watched."""
        failed = self._held.failed
        tags = self._config.tags
        shown = [
            {"node": tags[index].node, "reason": reason}
            for index, reason in list(failed.items())[:BAD_NODES_SHOWN]
        ]
        return self._health.report(
            bad_nodes=shown,
            bad_nodes_count=len(failed),
            reconnections=self._reconnections,
            session=self._session,
            profile=self._config.profile,
            overflows=self._taker.overflows,
            gaps_count=self._recovery.gaps,
            recovered=self._recovery.recovered,
            deadbands_without_range=len(self._deadbands.without_range),
            **self._security.report(self._config),
        )

    def keep_session(self) -> None:
        """Leave the session on the server when this reader is stopped: another one goes on with it."""
        self._keeps_session = True

    async def run(self) -> None:
        """Keep a session and its subscriptions, and make them anew when lost."""
        self._taker.begin()
        self._recovery.begin()
        delay = _RETRY_SECONDS
        try:
            while True:
                code, detail = await self._one_session()
                if self._health.state == "connected":
                    delay = _RETRY_SECONDS
                    self._reconnections += 1
                if self._health.become("lost", code, detail):
                    _log.warning(
                        "opc ua server lost", source=self._config.name, code=code, reason=detail
                    )
                await asyncio.sleep(delay * random.uniform(0.8, 1.2))  # noqa: S311 - spreads reconnections
                delay = min(delay * 2, _RETRY_SECONDS_MAX)
        finally:
            await self._recovery.flush()

    async def _one_session(self) -> tuple[str, str]:
        """Hold one session; returns why it ended, as code and detail."""
        try:
            client, resumed = await connect(
                self._config, self._security, self._held, self._file.save
            )
        except Exception as error:  # noqa: BLE001 - asyncua raises bare Exception too; all mean: again, later
            return self._why(error)
        try:
            await self._watch(client, resumed=resumed)
        except asyncio.CancelledError:
            # Stopped on purpose: the server need not keep anything.
            if not self._keeps_session and await leave(client):
                self._held.token = ""
                self._held.subscriptions.clear()
            raise
        except Exception as error:  # noqa: BLE001 - see above
            self._reason = (
                "silent_server"
                if isinstance(error, (ServerSilent, TimeoutError))
                else "connection_lost"
            )
            return self._why(error)
        finally:
            self._session = "none"
            self._file.save(self._held)
            await drop(client)
        return "error", "the session ended"

    def _why(self, error: Exception) -> tuple[str, str]:
        if isinstance(error, OwnCertificateRefused):
            self._security.show_another()
        if isinstance(error, ForewarnError):
            return "error" if type(error) is SourceUnavailable else error.code, error.detail
        if isinstance(error, TimeoutError):
            return "silent", "the server does not answer"
        if isinstance(error, OSError):
            return "unreachable", str(error) or type(error).__name__
        return "error", f"{type(error).__name__}: {error}"

    async def _watch(self, client: Client, *, resumed: bool) -> None:
        """Watch the tags in an open session until it ends."""
        session = client.uaclient.session
        self._file.save(self._held)
        limits = await limits_of(session, self._profile)
        nodes = nodes_of(self._config, await client.get_namespace_array())
        self._limit(nodes.found, nodes.failed, limits)
        await self._deadbands.learn_ranges(session, nodes.found, limits.nodes_per_translate)
        await self._sort_out_subscriptions(client, resumed=resumed)
        for index in [i for i, _ in self._held.failed.items() if i not in nodes.found]:
            del self._held.failed[index]
        self._held.failed.update(nodes.failed)
        items = MonitoredItems(
            session, self._config, limits, self._deadbands, filtered=self._filtered
        )
        watch = Watch(
            Parts(
                config=self._config,
                client=client,
                items=items,
                nodes=nodes.found,
                held=self._held,
                taker=self._taker,
                recovery=self._recovery,
                intake=self._intake,
                health=self._health,
            )
        )
        slack = 2 * max(publishing_times(self._config)) * _US_PER_MS
        await watch.subscribe(self._reason, max(0, self._held.heard_us - round(slack)))
        self._filtered = items.filtered
        self._file.save(self._held)
        self._session = "resumed" if resumed else "new"
        self._health.become("connected")
        _log.info("opc ua server connected", source=self._config.name, session=self._session,
                  tags=len(self._config.tags), failed=len(self._held.failed))  # fmt: skip
        history = self._config.history and self._profile.history
        recovering = asyncio.create_task(self._recovery.run(session, nodes.found, history=history))
        trusting = asyncio.create_task(self._watch_trust())
        watching = asyncio.create_task(watch.run())
        tasks = {watching, recovering, trusting}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _sort_out_subscriptions(self, client: Client, *, resumed: bool) -> None:
        """Keep the subscriptions that go on, in this session; forget the others, here and at the server."""
        held, session = self._held.subscriptions, client.uaclient.session
        if resumed and self._held.stale:
            with suppress(ua.UaStatusCodeError):
                await session.delete_subscriptions(self._held.stale)
        self._held.stale.clear()
        if not resumed and held and self._profile.transfer:
            request = ua.TransferSubscriptionsParameters()
            request.SubscriptionIds = [one.id for one in held]
            request.SendInitialValues = False
            try:
                results = await session.transfer_subscriptions(request)
            except ua.UaStatusCodeError:
                results = []
            good = {one.id for one, result in zip(held, results, strict=False)
                    if result.StatusCode.is_good()}  # fmt: skip
            held[:] = [one for one in held if one.id in good]
        elif not resumed:
            held.clear()
        if not held:
            self._held.failed.clear()

    def _limit(self, found: dict[int, ua.NodeId], failed: dict[int, str], limits: Limits) -> None:
        """Leave out what the server has no room for, rather than let it choose."""
        if limits.items_max is None:
            return
        for index in list(found)[limits.items_max :]:
            del found[index]
            failed[index] = f"the profile {self._config.profile} has {limits.items_max} items"

    async def _watch_trust(self) -> None:
        """End the session when the server's certificate is trusted no more, or has expired."""
        while self._security.still_trusted():  # noqa: ASYNC110 - another process changes the files
            await asyncio.sleep(TRUST_LOOK_SECONDS)
        raise SourceUnavailable("the server's certificate is not trusted any more")


def _fingerprint(config: Config) -> str:
    """Return what tells whether subscriptions of another run are of this configuration."""
    text = config.model_dump_json(exclude={"password"})
    return hashlib.sha256(text.encode()).hexdigest()
