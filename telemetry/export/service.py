"""Public verbs for taking readings out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from kernel.db import Database
from registry.assets import service as assets
from registry.permissions import Principal
from telemetry import rules, service
from telemetry.export.blocks import blocks
from telemetry.export.rules import ExportedSeries, Format
from telemetry.states.service import labels_of

__all__ = ["Export", "ExportedSeries", "Format", "chunks", "prepare"]

_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_US: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Export:
    """What is taken out: readings with `start_us <= ts < end_us`, series by series, each by source time."""

    series: tuple[ExportedSeries, ...]
    start_us: int
    end_us: int
    format: Format


def prepare(
    session: Session,
    actor: Principal,
    series_ids: Sequence[int],
    span: tuple[datetime, datetime],
    kind: Format,
) -> Export:
    """Decide on an export before its first byte: what is asked for is there, and the actor may have it.

    Raises:
        Forbidden: the actor may not read telemetry.
        NotFound: a series is not there or its asset is not in the actor's scope.
        SpanInvalid: the span does not begin before it ends.
    """
    start, end = span
    rules.check_span(start, end)
    found = service.visible_series(session, actor, series_ids)
    serials = {
        asset_id: assets.get_asset(session, actor, asset_id).serial_number
        for asset_id in {each.asset_id for each in found}
    }
    states = labels_of(session, [each.id for each in found])
    return Export(
        tuple(
            ExportedSeries(
                each.id, serials[each.asset_id], each.name, each.unit, states.get(each.id, {})
            )
            for each in found
        ),
        (start - _EPOCH) // _US,
        (end - _EPOCH) // _US,
        kind,
    )


def chunks(database: Database, export: Export) -> Iterator[bytes]:
    """Yield the file of an export; however long it is, memory holds a few blocks.

    Each block is read in a transaction of its own: nothing is held while whoever receives it is slow, and
    whoever stops asking has stopped it.
    """
    # Arrow is large; a process that exports nothing does not load it.
    from telemetry.export.formats import writer_of

    writer = writer_of(export.format)
    for series in export.series:
        for block in blocks(database, series.id, export.start_us, export.end_us):
            piece = writer.block(series, block)
            if piece:
                yield piece
    yield writer.end()
