"""Live readings (server-sent events)."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.deps import Actor, Db, requires
from api.event_stream import EventStream
from api.events import Hub
from api.live_readings import LiveReadings
from api.routes.telemetry import series_ids
from api.routing import ApiRouter
from telemetry import service
from telemetry.queries.latest import latest_columns

router = ApiRouter(prefix="/series", tags=["telemetry"])


@router.get(
    "/live",
    dependencies=[requires("telemetry.read")],
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events; `data` is a JSON object with `kind`",
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": 'data: {"kind":"readings","values":{"17":[1772366400000,2.31,0]},'
                    '"dropped":0}\n\n',
                }
            },
        }
    },
)
async def stream_readings(
    request: Request,
    session: Db,
    actor: Actor,
    ids: Annotated[str, Query(max_length=6000, examples=["1,2,3"], description="Series ids")],
) -> EventStream:
    """Stream the newest readings of series: those stored already, then each as it comes.

    `values` are `{"series_id": [time_ms, value, quality]}`, at most about one a second of a series. A client
    that does not keep up gets the newest of each series when it can take it; `dropped` says how many values
    were left out since the last notice: read the span to have them. `reread` means that more may have been
    missed; the stream ends with it. A comment is sent every 15 s.
    """
    wanted = await run_in_threadpool(service.visible_series, session, actor, series_ids(ids, "ids"))
    chosen = [each.id for each in wanted]
    hub: Hub = request.app.state.hub
    stream = LiveReadings.of(actor, chosen)
    hub.open(stream)
    try:
        newest = await run_in_threadpool(latest_columns, session, chosen)
    except BaseException:
        hub.leave(stream)
        raise
    columns = (newest.series_id, newest.ts_us // 1000, newest.value, newest.quality)
    stream.begin(zip(*(column.tolist() for column in columns), strict=True))
    return EventStream(hub, stream, request)
