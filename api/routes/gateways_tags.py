"""The tags of a gateway: where each belongs, and what it said last."""

from typing import Annotated

from fastapi import Query

from api.deps import Actor, Db, requires
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.gateways_tags import GatewayTagView
from api.schemas.telemetry import LatestView
from ingest import service as ingest
from registry.gateways import tags
from telemetry import service as telemetry

router = ApiRouter(prefix="/gateways", tags=["gateways"])


@router.get("/{gateway_id}/tags", dependencies=[requires("gateways.read")])
def list_gateway_tags(
    gateway_id: str,
    session: Db,
    actor: Actor,
    page: PageQuery,
    q: Annotated[
        str | None, Query(max_length=200, description="Part of a tag, a machine or a serial number")
    ] = None,
    asset_id: Annotated[str | None, Query(max_length=64, description="Of one machine only")] = None,
    removed: Annotated[
        bool, Query(description="Instead those that it announced once and reads no more")
    ] = False,
) -> Page[GatewayTagView]:
    """List what a gateway reads, with the newest readings for those who may see readings."""
    present = ingest.present_tags(session, gateway_id)
    if removed and present is None:
        present = set()  # nothing is known to be read: nothing is known to be removed
        removed = False
    found = tags.list_tags(
        session, actor, gateway_id, page, q=q, asset_id=asset_id, among=present, others=removed
    )
    machines = {tag.asset_id for tag in found.items}
    series = {
        (each.asset_id, each.name): each
        for machine in machines
        for each in telemetry.series_of_asset(session, machine)
    }
    shown = [series[tag.asset_id, tag.series_name].id for tag in found.items
             if (tag.asset_id, tag.series_name) in series]  # fmt: skip
    newest = telemetry.latest(session, shown) if actor.may("telemetry.read") else {}

    def view(tag: tags.MappedTag) -> GatewayTagView:
        of = series.get((tag.asset_id, tag.series_name))
        latest = newest.get(of.id) if of else None
        return GatewayTagView(
            **vars(tag),
            series_id=of.id if of else None,
            unit=of.unit if of else "",
            kind=of.kind if of else "other",
            latest=LatestView.model_validate(latest) if latest else None,
        )

    return Page[GatewayTagView].of(found, view)
