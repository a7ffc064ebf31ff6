"""Running the application under uvicorn."""

import socket
import time

import uvicorn
from fastapi import FastAPI

from api.events import Hub
from api.settings import ApiSettings
from kernel.settings import settings

GRACEFUL_SECONDS = 6
TURN_SECONDS_MAX = 5.0


class Server(uvicorn.Server):
    """A server that ends live streams before it waits for connections to end."""

    _turned_at = 0.0

    @property
    def turns(self) -> bool:
        """Whether its loop has gone round lately."""
        return time.monotonic() - self._turned_at < TURN_SECONDS_MAX

    async def on_tick(self, counter: int) -> bool:
        """Go round; uvicorn does ten times a second."""
        self._turned_at = time.monotonic()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop serving."""
        hub: Hub = self.config.app.state.hub  # type: ignore[union-attr]  # it was given as an object
        hub.close()
        await super().shutdown(sockets)


def server(app: FastAPI, host: str, port: int) -> Server:
    """Return a server for `app`; port 0 takes a free one."""
    return Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            ws="none",
            lifespan="on",
            log_config=None,  # what is logged goes the way of everything else
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=settings(ApiSettings).trusted_proxies,
            timeout_graceful_shutdown=GRACEFUL_SECONDS,
        )
    )
