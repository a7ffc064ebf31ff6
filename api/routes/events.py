"""The stream of live updates (server-sent events)."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import StreamingResponse

from api.deps import Actor
from api.event_stream import EventStream
from api.events import PERMISSION_OF, Hub, Stream
from api.routing import ApiRouter

router = ApiRouter(tags=["events"])


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
    `{"series_id": [time_ms, value, quality]}`; a client that is slow gets only the newest, and `dropped` says
    how many values were left out since the last. `reread` means that notices may have been missed; the
    stream ends with it, and `EventSource` comes back by itself. A comment is sent every 15 s.
    """
    wanted = frozenset(kind.strip() for kind in kinds.split(",")) if kinds else None
    hub: Hub = request.app.state.hub
    stream = Stream(actor, wanted, asset_id)
    hub.open(stream)
    return EventStream(hub, stream, request)
