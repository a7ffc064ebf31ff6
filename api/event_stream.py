"""The answer that server-sent events are sent in."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from api import auth
from api.events import Hub, Notice, Stream
from kernel.errors import ForewarnError
from registry.permissions import Principal

HEARTBEAT_SECONDS = 15.0
# A session that has ended, or rights that have changed, take effect on an open stream within this time.
RECHECK_SECONDS = 60.0
RETRY_MS = 2000


class EventStream(StreamingResponse):
    """A stream that leaves the hub however it ends."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, stream: Stream, request: Request) -> None:
        super().__init__(
            _lines(stream, request),
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        self._hub = hub
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the client leaves or the stream is over."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._hub.leave(self._stream)


def _line(notice: Notice) -> str:
    return f"data: {json.dumps(notice, separators=(',', ':'))}\n\n"


async def _lines(stream: Stream, request: Request) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n: listening\n\n"
    checked_at = time.monotonic()
    while True:
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                notices = await stream.take()
        except TimeoutError:
            notices = []
        yield "".join(_line(notice) for notice in notices) or ": alive\n\n"
        if stream.over:
            return
        if time.monotonic() - checked_at >= RECHECK_SECONDS:
            checked_at = time.monotonic()
            principal = await run_in_threadpool(_still, request)
            if principal is None:
                return
            stream.principal = principal


def _still(request: Request) -> Principal | None:
    """Return who is on the other end as of now; None when they may no longer listen."""
    try:
        with request.app.state.database.transaction() as session:
            return auth.authenticate(request, session)
    except ForewarnError:
        return None
