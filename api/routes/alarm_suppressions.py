"""What hides alarms: maintenance windows, parent machines, out of service; and shelves and floods, to see."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query, status

from anomaly.alarms import suppressions as service
from anomaly.alarms.planned import NewSuppression
from anomaly.alarms.suppressions import SuppressionFacts
from api.deps import Actor, Db
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routes.alarms import HANDLE, READ
from api.routing import ApiRouter
from api.schemas.alarms import SuppressionKindName
from api.schemas.alarms_handling import EndSuppressionIn, SuppressionIn, SuppressionView
from kernel.paging import Slice
from registry.names import asset_names, model_names, site_names

router = ApiRouter(prefix="/alarm-suppressions", tags=["alarms"])


def _views(session: Db, rows: Sequence[SuppressionFacts]) -> list[SuppressionView]:
    machines = {row.asset_id for row in rows} | {row.parent_asset_id for row in rows}
    assets = asset_names(session, {each for each in machines if each is not None})
    sites = site_names(session, {row.site_id for row in rows if row.site_id is not None})
    models = model_names(
        session, {row.product_model_id for row in rows if row.product_model_id is not None}
    )

    def name(asset_id: str | None) -> str | None:
        return None if asset_id is None else assets[asset_id].name

    return [
        SuppressionView.model_validate(
            {
                **vars(row),
                "asset_name": name(row.asset_id),
                "parent_asset_name": name(row.parent_asset_id),
                "site_name": None if row.site_id is None else sites[row.site_id],
                "product_model_name": (
                    None if row.product_model_id is None else models[row.product_model_id]
                ),
            }
        )
        for row in rows
    ]


@router.get("", dependencies=[READ])
def list_suppressions(
    session: Db,
    actor: Actor,
    page: PageQuery,
    kind: SuppressionKindName | None = None,
    asset_id: Annotated[str | None, Query(max_length=64)] = None,
    site_id: Annotated[str | None, Query(max_length=64)] = None,
    ended: Annotated[
        bool | None, Query(description="False: in force or to come; true: over")
    ] = None,
) -> Page[SuppressionView]:
    """List what hides alarms, the newest first."""
    rows = service.list_suppressions(
        session, actor, page, kind=kind, asset_id=asset_id, site_id=site_id, ended=ended
    )
    found = Slice(_views(session, rows.items), rows.next_key)
    return Page[SuppressionView].of(found, lambda view: view)


@router.post("", status_code=status.HTTP_201_CREATED, dependencies=[HANDLE, Idempotent])
def suppress_alarms(body: SuppressionIn, session: Db, actor: Actor) -> SuppressionView:
    """Hide alarms by plan. Maintenance is for whoever handles alarms; the others need `assets.write`."""
    values = body.model_dump()
    for name in ("series_ids", "series_names"):
        if values[name] is not None:
            values[name] = tuple(values[name])
    made = service.suppress(session, actor, NewSuppression(**values))
    return _views(session, [made])[0]


@router.get("/{suppression_id}", dependencies=[READ])
def read_suppression(suppression_id: str, session: Db, actor: Actor) -> SuppressionView:
    """Return one."""
    return _views(session, [service.get_suppression(session, actor, suppression_id)])[0]


@router.post("/{suppression_id}/end", dependencies=[HANDLE])
def end_suppression(
    suppression_id: str, session: Db, actor: Actor, body: EndSuppressionIn | None = None
) -> SuppressionView:
    """End one before its time; alarms that it hid and that are still active are told now."""
    row = service.end_suppression(
        session, actor, suppression_id, reason=body.reason if body else None
    )
    return _views(session, [row])[0]
