"""Browsing a server at the platform's request: one walk at a time, bounded, its answer kept."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from edge_agent.config import EdgeConfig, OpcUaSource
from edge_agent.config.device_secrets import device_secrets
from kernel.errors import ForewarnError
from kernel.log import get_logger
from kernel.wire.control import Browse, Browsed, FoundNode

if TYPE_CHECKING:
    from edge_agent.browse import Login

SECONDS_MAX: Final = 300.0
_TEXT_LENGTH_MAX: Final = 2000

_log = get_logger(__name__)


class Browser:
    """Walks address spaces.

    Attributes:
        found: an answer to deliver.
    """

    def __init__(self, config: EdgeConfig) -> None:
        self._config = config
        self._task: asyncio.Task[None] | None = None
        self._running = ""
        self.found: Browsed | None = None

    def start(self, wanted: Browse, done: Callable[[], None]) -> None:
        """Begin a walk, unless it is under way or done; `done` is called when there is an answer."""
        if wanted.id == self._running:
            return
        if self._task is not None:
            self._task.cancel()
        self._running, self.found = wanted.id, None
        self._task = asyncio.create_task(self._walk(wanted, done))

    def delivered(self, browse_id: str) -> None:
        """Forget an answer that the platform has."""
        if self.found is not None and self.found.id == browse_id:
            self.found = None

    async def stop(self) -> None:
        """End a walk that is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _walk(self, wanted: Browse, done: Callable[[], None]) -> None:
        nodes: list[FoundNode] = []
        code = detail = ""
        try:
            async with asyncio.timeout(SECONDS_MAX):
                await self._collect(wanted, nodes)
        except ForewarnError as error:
            code, detail = error.code, error.detail
        except TimeoutError:
            # What was found until then is worth having.
            if not nodes:
                code, detail = "timeout", f"nothing was found in {SECONDS_MAX:.0f} s"
        except Exception as error:  # noqa: BLE001 - a server may answer anything
            # The one who asked is told, and readings go on.
            _log.exception("a server could not be browsed", source=wanted.source)
            code, detail = "error", f"{type(error).__name__}: {error}"
        truncated = len(nodes) > wanted.nodes_max
        kept = tuple(nodes[: wanted.nodes_max])
        self.found = Browsed(wanted.id, code, detail[:_TEXT_LENGTH_MAX], kept, truncated)
        done()

    async def _collect(self, wanted: Browse, nodes: list[FoundNode]) -> None:
        from edge_agent.browse import tags_of

        url, login = self._server(wanted)
        async for tag in tags_of(url, wanted.root, login):
            nodes.append(
                FoundNode(
                    _short(tag.node), _short(tag.owner), _short(tag.name), _short(tag.unit),
                    tag.low, tag.high, tag.type,
                )
            )  # fmt: skip
            if len(nodes) > wanted.nodes_max:
                return

    def _server(self, wanted: Browse) -> tuple[str, "Login"]:
        """Return where the server is and how to meet it: as the source of that name does, if there is one.

        Raises:
            SecretWithheld: a login is kept for that source, and not for this server.
        """
        from edge_agent.browse import Login

        config = self._config
        known = next((s for s in config.opcua if s.name == wanted.source), None)
        if known is not None and wanted.url in {"", known.url}:
            if why := config.withheld.get(known.name):
                raise why
            return known.url, _login_of(known, config)
        own = device_secrets(config.folder).get(wanted.source)
        username, password = (
            ("", "") if own is None else own.login_for(wanted.url, wanted.security_policy)
        )
        return wanted.url, Login(
            username=username,
            password=password,
            security_policy=wanted.security_policy,
            security_mode=wanted.security_mode,
            pki=config.pki,
            agent=config.agent,
        )


def _login_of(source: OpcUaSource, config: EdgeConfig) -> "Login":
    from edge_agent.browse import Login

    return Login(
        username=source.username,
        password=source.password.get_secret_value(),
        security_policy=source.security_policy,
        security_mode=source.security_mode,
        pki=config.pki,
        agent=config.agent,
    )


def _short(text: str) -> str:
    return text.replace("\0", "")[:_TEXT_LENGTH_MAX]
