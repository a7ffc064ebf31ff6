"""Where the tags of a gateway belong, as it announced them and as the platform tied them to machines."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from kernel.paging import PageRequest, Slice
from registry.gateways.records import seen
from registry.models import Asset, TagMapping
from registry.permissions import Principal


@dataclass(frozen=True)
class MappedTag:
    """A tag and the series it is written to."""

    tag: str
    asset_id: str
    asset_name: str
    asset_serial: str
    series_name: str


def list_tags(
    session: Session,
    actor: Principal,
    gateway_id: str,
    page: PageRequest,
    *,
    q: str | None = None,
    asset_id: str | None = None,
    among: Collection[str] | None = None,
    others: bool = False,
) -> Slice[MappedTag]:
    """Return a gateway's tags by name, those only that contain `q`, or of one machine only.

    With `among` only those named there; with `others` as well, only those that are not.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("gateways.read")
    seen(session, actor, gateway_id)
    conditions = [TagMapping.gateway_id == gateway_id]
    if q:
        conditions.append(_says(q))
    if asset_id is not None:
        conditions.append(TagMapping.asset_id == asset_id)
    if among is not None:
        present = TagMapping.tag.in_(among)
        conditions.append(~present if others else present)
    rows = _tags(session, page, conditions)
    return Slice.cut(rows, page.limit, lambda tag: (tag.tag,))


def _says(text: str) -> ColumnElement[bool]:
    return or_(
        *(
            func.lower(column).contains(text.lower(), autoescape=True)
            for column in (TagMapping.tag, Asset.name, Asset.serial_number)
        )
    )


def _tags(
    session: Session, page: PageRequest, conditions: Sequence[ColumnElement[bool]]
) -> list[MappedTag]:
    query = (
        select(TagMapping.tag, Asset.id, Asset.name, Asset.serial_number, TagMapping.series_name)
        .join(Asset, Asset.id == TagMapping.asset_id)
        .where(*conditions)
        .order_by(TagMapping.tag)
        .limit(page.limit + 1)
    )
    if page.after is not None:
        query = query.where(TagMapping.tag > page.after_id())
    return [
        MappedTag(tag, asset_id, name, serial, series)
        for tag, asset_id, name, serial, series in session.execute(query)
    ]
