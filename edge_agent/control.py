"""Checking in with the platform: what the gateway says of itself, and doing what it is told.

A data path that works does not depend on this: whatever fails here is logged once, shown in the status, and
tried again.
"""

import asyncio
import json
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from edge_agent.agent import Agent, program_version
from edge_agent.browsing import Browser
from edge_agent.check_in_counter import CheckInCounter
from edge_agent.credentials import KeyVersion
from edge_agent.intake import now_us
from edge_agent.keys import Keys
from edge_agent.managed.document import canonical, digest_of
from edge_agent.managed.file import ManagedFiles, Refused
from edge_agent.managed.loading import Loaded
from edge_agent.platform_client import PlatformClient, PlatformRefused, PlatformUnreachable
from kernel.errors import ForewarnError
from kernel.log import get_logger
from kernel.wire.control import (
    DOCUMENT_LENGTH_MAX,
    NONCE_BYTES,
    CheckIn,
    Configuration,
    ConfigurationState,
    Orders,
    decode_orders,
    encode_check_in,
)
from kernel.wire.errors import WireError

MEDIA_TYPE: Final = "application/vnd.forewarn.envelope"
RETRY_SECONDS: Final = 5.0
RETRY_SECONDS_MAX: Final = 60.0
REVOKED_SECONDS: Final = 300.0
_DETAIL_LENGTH_MAX: Final = 4000

_log = get_logger(__name__)


class Control:
    """The conversation of one running agent with the platform.

    Attributes:
        loaded: what the agent runs.
    """

    def __init__(
        self,
        *,
        client: PlatformClient,
        agent: Agent,
        keys: Keys,
        files: ManagedFiles,
        loaded: Loaded,
        try_out: Callable[[Configuration, dict[str, Any]], None],
    ) -> None:
        """Prepare the conversation.

        Args:
            client: the platform.
            agent: the agent that runs.
            keys: its keys.
            files: the platform's configuration on disk.
            loaded: what the agent runs.
            try_out: applies a configuration; raises ForewarnError when it cannot be applied here.
        """
        self._client = client
        self._agent = agent
        self._keys = keys
        self._files = files
        self._try_out = try_out
        self._browser = Browser(agent.config)
        self._wake = asyncio.Event()
        self._counter = CheckInCounter()
        self._asked_with = 0
        self._document_wanted = False
        self._failed = ""
        self._pause = RETRY_SECONDS
        self._checked_in_at_us = 0
        self._clock_offset_ms: int | None = None
        self.loaded = loaded
        self._refusal = files.refused()

    def now_runs(self, loaded: Loaded) -> None:
        """Note that another configuration is in force, and say so at once."""
        self.loaded, self._refusal = loaded, self._files.refused()
        self.wake()

    def wake(self) -> None:
        """Check in at once: something has changed."""
        self._wake.set()

    def report(self) -> dict[str, Any]:
        """Return how the conversation and what came of it stands, for the status."""
        state = self._state()
        return {
            "platform": {
                "state": "lost" if self._failed else "connected",
                "detail": self._failed,
                "checked_in_at_us": self._checked_in_at_us,
            },
            "clock_offset_ms": self._clock_offset_ms,
            "key_version": self._keys.version,
            "former_key_in_use": self._keys.former is not None,
            "configuration": {
                "version": state.version,
                "state": state.state,
                "detail": state.detail,
                "refused_version": state.refused_version,
                "local_tables_ignored": self.loaded.overridden,
            },
        }

    async def run(self) -> None:
        """Check in again and again, until cancelled."""
        try:
            while True:
                self._wake.clear()
                seconds = await self._check_in()
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._wake.wait()
        finally:
            await self._browser.stop()

    async def _check_in(self) -> float:
        """Check in once; returns seconds until the next time."""
        try:
            orders = await self._ask(self._keys.current)
            if self._keys.next is not None:
                # The platform shall see the next key used before it signs a frame.
                orders = await self._ask(self._keys.next)
                await self._agent.use_next_key(self._keys)
        except PlatformRefused as error:
            return await self._refused(error)
        except (PlatformUnreachable, WireError) as error:
            return self._lost(error)
        except Exception as error:  # noqa: BLE001 - it is on record and tried again; readings go on
            _log.exception("the check-in failed")
            return self._lost(error)
        return await self._follow(orders)

    async def _refused(self, error: PlatformRefused) -> float:
        if error.reason in {"stale_counter", "counter_too_high"} and self._go_on_from(error):
            return 0.0
        if error.reason == "bad_signature" and self._keys.next is not None:
            # The platform may have seen the next key before this machine stopped.
            with suppress(ForewarnError):
                orders = await self._ask(self._keys.next)
                await self._agent.use_next_key(self._keys)
                return await self._follow(orders)
        self._lost(error)
        return REVOKED_SECONDS if error.reason == "gateway_revoked" else self._pause

    def _go_on_from(self, error: PlatformRefused) -> bool:
        """Count on from what the platform has; tell whether to try again at once."""
        try:
            return self._counter.go_on_from(self._asked_with, int(error.answer["facts"]["counter"]))
        except (TypeError, ValueError, KeyError):
            return False

    def _lost(self, error: Exception) -> float:
        detail = str(error) or type(error).__name__
        if detail != self._failed:
            _log.warning("the platform does not take check-ins", reason=detail)
        self._failed = detail
        pause, self._pause = self._pause, min(self._pause * 2, RETRY_SECONDS_MAX)
        return pause

    async def _ask(self, key: KeyVersion) -> Orders:
        """Check in with a key; returns the orders.

        Raises:
            PlatformUnreachable, PlatformRefused, WireError.
        """
        self._asked_with = key.version
        message = CheckIn(
            agent=self._agent.config.agent,
            nonce=os.urandom(NONCE_BYTES),
            counter=self._counter.next(key.version),
            program_version=program_version(),
            key_version=key.version,
            # While a key is being changed, frames of the present one may wait.
            former_key_needed=key is not self._keys.current or await self._former_key_needed(),
            configuration=self._state(),
            document=self._document(),
            browsed=self._browser.found,
        )
        data = encode_check_in(message, key.key)
        sent_at = now_us()
        answer = await asyncio.to_thread(self._client.post, "/edge/check-ins", data, MEDIA_TYPE)
        came_at = now_us()
        orders = decode_orders(answer, lambda agent: key.key if agent == message.agent else None)
        if orders.nonce != message.nonce:
            raise PlatformUnreachable("the answer is to another check-in")
        self._clock_offset_ms = round(((sent_at + came_at) / 2 - orders.server_time_us) / 1000)
        self._checked_in_at_us = came_at
        if message.browsed is not None:
            self._browser.delivered(message.browsed.id)
        if key is self._keys.current and not message.former_key_needed:
            self._keys.let_former_go()
        return orders

    async def _former_key_needed(self) -> bool:
        if self._keys.former is None:
            return False
        intake = self._agent.intake
        return await intake.call(intake.buffer.waits_up_to, self._keys.former_frames)

    def _document(self) -> str | None:
        text = canonical(self.loaded.document) if self._document_wanted else None
        return text if text is not None and len(text) <= DOCUMENT_LENGTH_MAX else None

    def _state(self) -> ConfigurationState:
        kept, refused = self.loaded.kept, self._refusal
        state, detail = "none", ""
        version = 0 if kept is None else kept.version
        if kept is not None:
            state = "trying" if kept.trial is not None else "applied"
            if kept.drifted:
                state, detail = "drifted", "changed at the gateway"
        if refused is not None and state in {"none", "applied"}:
            state, detail = refused.state, refused.detail
        return ConfigurationState(
            version=version,
            state=state,
            detail=detail[:_DETAIL_LENGTH_MAX],
            refused_version=0 if refused is None else refused.version,
            digest=self.loaded.digest,
        )

    async def _follow(self, orders: Orders) -> float:
        if self._failed:
            _log.info("the platform takes check-ins again")
        self._failed, self._pause = "", RETRY_SECONDS
        again = orders.again_seconds
        if orders.document_wanted != self._document_wanted:
            self._document_wanted = orders.document_wanted
            again = 0.0 if orders.document_wanted else again
        if orders.next_key is not None:
            offered = orders.next_key
            if self._keys.offer(KeyVersion(offered.version, offered.key, offered.broker_url)):
                again = 0.0
        if orders.browse is not None:
            self._browser.start(orders.browse, self.wake)
        if orders.configuration is not None:
            self._apply(orders.configuration)
            again = 0.0
        return again

    def _apply(self, configuration: Configuration) -> None:
        try:
            document = json.loads(configuration.document)
            if not isinstance(document, dict) or digest_of(document) != configuration.digest:
                raise PlatformUnreachable("the configuration is not what its digest says")
            self._try_out(configuration, document)
        except (ForewarnError, ValueError) as error:
            detail = error.detail if isinstance(error, ForewarnError) else str(error)
            _log.error("a configuration was refused", version=configuration.version, reason=detail)
            self._refusal = Refused(configuration.version, "refused", detail)
            self._files.refuse(self._refusal)
