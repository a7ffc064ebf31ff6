"""The stream of live updates (server-sent events)."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from api import auth
from api.deps import Actor
from api.events import PERMISSION_OF, Hub, Notice, Stream
from api.routing import ApiRouter
from kernel.errors import ForewarnError
from registry.permissions import Principal

router = ApiRouter(tags=["events"])

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


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events; `data` is a JSON object with `kind`",
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": 'data: {"kind":"work_order","id":"wo_01k9zq4m7v8w9x0y1z2a3b4c5d",'
                    '"organisation_id":"org_01k9zq4m7v8w9x0y1z2a3b4c5d"}\n\n',
                }
            },
        }
    },
)
async def stream_events(
    request: Request,
    actor: Actor,
    kinds: Annotated[
        str | None,
        Query(
            max_length=200,
            description=f"Kinds wanted, comma-separated; by default all. {', '.join(PERMISSION_OF)}",
        ),
    ] = None,
    asset_id: Annotated[
        str | None, Query(max_length=64, description="Readings of this asset alone")
    ] = None,
) -> EventStream:
    """Stream what changes, as far as it is in one's scope.

    A notice says that something changed, not how: read it again. `readings` carry values,
    `{"series_id": [time_ms, value, quality]}`. `reread` means that notices may have been missed; the stream
    ends with it, and `EventSource` comes back by itself. A comment is sent every 15 s.
    """
    wanted = frozenset(kind.strip() for kind in kinds.split(",")) if kinds else None
    hub: Hub = request.app.state.hub
    stream = Stream(actor, wanted, asset_id)
    hub.open(stream)
    return EventStream(hub, stream, request)
