"""Where the tags of a gateway belong, as it announced them and as the platform tied them to machines."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select
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
) -> Slice[MappedTag]:
    """Return a gateway's tags by name, those only that contain `q`, or of one machine only.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("gateways.read")
    seen(session, actor, gateway_id)
    rows = _tags(session, gateway_id, page, q, asset_id)
    return Slice.cut(rows, page.limit, lambda tag: (tag.tag,))


def _tags(
    session: Session, gateway_id: str, page: PageRequest, q: str | None, asset_id: str | None
) -> list[MappedTag]:
    query = (
        select(TagMapping.tag, Asset.id, Asset.name, Asset.serial_number, TagMapping.series_name)
        .join(Asset, Asset.id == TagMapping.asset_id)
        .where(TagMapping.gateway_id == gateway_id)
        .order_by(TagMapping.tag)
        .limit(page.limit + 1)
    )
    if q:
        query = query.where(
            or_(
                *(
                    func.lower(column).contains(q.lower(), autoescape=True)
                    for column in (TagMapping.tag, Asset.name, Asset.serial_number)
                )
            )
        )
    if asset_id is not None:
        query = query.where(TagMapping.asset_id == asset_id)
    if page.after is not None:
        query = query.where(TagMapping.tag > page.after_id())
    return [
        MappedTag(tag, asset_id, name, serial, series)
        for tag, asset_id, name, serial, series in session.execute(query)
    ]
