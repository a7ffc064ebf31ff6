"""Readings as a file."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from fastapi import Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime
from starlette.types import Receive, Scope, Send

from api.deps import Actor, Db, requires
from api.routes.telemetry import series_ids
from api.routing import ApiRouter
from kernel.db import Database
from kernel.errors import Unavailable
from telemetry.export import service

router = ApiRouter(prefix="/series", tags=["telemetry"])

EXPORTS_MAX: Final = 4
MEDIA_TYPES: Final = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}

_slots = threading.BoundedSemaphore(EXPORTS_MAX)


class Download(StreamingResponse):
    """A file that is made while it is sent; a process makes only so many at once.

    A client that goes away stops it after the piece in hand. What fails halfway breaks the connection off, so
    that nobody takes a part for the whole.
    """

    def __init__(self, pieces: Iterator[bytes], name: str, media_type: str) -> None:
        super().__init__(
            pieces,
            media_type=media_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file.

        Raises:
            Unavailable: as many are being made already.
        """
        if not _slots.acquire(blocking=False):
            raise Unavailable("too many exports at once; try again", retry_after_seconds=10)
        try:
            await super().__call__(scope, receive, send)
        finally:
            _slots.release()


@router.get(
    "/export",
    dependencies=[requires("telemetry.read")],
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "The file: one row a reading, series by series in the order of source time",
            "content": {
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": "time,asset,series,unit,value,quality,state\n"
                    "2026-03-01T12:00:00.000000Z,CP-2207-0142,vibration_de,mm/s,2.31,0,\n",
                },
                "application/vnd.apache.parquet": {
                    "schema": {"type": "string", "format": "binary"}
                },
            },
        }
    },
)
def export_readings(
    request: Request,
    session: Db,
    actor: Actor,
    ids: Annotated[str, Query(max_length=6000, examples=["1,2,3"], description="Series ids")],
    start: Annotated[AwareDatetime, Query(description="From this time on")],
    end: Annotated[AwareDatetime, Query(description="Up to, not including, this time")],
    format: Annotated[  # noqa: A002 - the parameter's name
        Literal["csv", "parquet"], Query(description="CSV (RFC 4180) or Apache Parquet")
    ] = "csv",
) -> Download:
    """Download every reading of a span, however many.

    An empty `value` is a Bad reading without a number; `state` is the text that a value stands for. In CSV a
    name or text that a spreadsheet would take for a formula has an apostrophe before it. Readings that arrive
    meanwhile are in the file or not.
    """
    export = service.prepare(session, actor, series_ids(ids, "ids"), (start, end), format)
    database: Database = request.app.state.database
    name = f"readings-{_stamp(start)}-{_stamp(end)}.{format}"
    return Download(service.chunks(database, export), name, MEDIA_TYPES[format])


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
