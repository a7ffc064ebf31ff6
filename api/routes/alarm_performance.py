"""How well alarms serve people, and which past episodes one is like."""

from collections.abc import Collection
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Query
from pydantic import AwareDatetime

from anomaly.performance import service
from anomaly.performance.service import Performance
from api.deps import Actor, Db
from api.routes.alarms import READ, views
from api.routing import ApiRouter
from api.schemas.alarm_performance import (
    AlarmPerformance,
    Episode,
    EpisodeList,
    EpisodeOutcome,
)
from kernel.clock import utc_now
from registry.names import asset_names
from work_orders import service as work_orders

router = ApiRouter(prefix="/alarm-performance", tags=["alarms"])
episodes_router = ApiRouter(prefix="/alarms", tags=["alarms"])

_SPAN = timedelta(days=7)


@router.get("", dependencies=[READ])
def read_alarm_performance(
    session: Db,
    actor: Actor,
    since: Annotated[AwareDatetime | None, Query(description="Left out: a week before")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Left out: now")] = None,
    organisation_id: Annotated[str | None, Query(max_length=64)] = None,
    site_id: Annotated[str | None, Query(max_length=64)] = None,
    asset_id: Annotated[str | None, Query(max_length=64)] = None,
) -> AlarmPerformance:
    """Return rates against EEMUA 191, bad actors, what chatters or is stale, and precision per detector."""
    now = utc_now()
    end = until or now
    found = service.performance(
        session,
        actor,
        since or end - _SPAN,
        end,
        now=now,
        organisation_id=organisation_id,
        site_id=site_id,
        asset_id=asset_id,
    )
    return _view(session, found)


def _view(session: Db, found: Performance) -> AlarmPerformance:
    named = _named(session, [*found.bad_actors, *found.chattering])
    count = len(found.bad_actors)
    return AlarmPerformance.model_validate(
        {
            **vars(found),
            "bad_actors": named[:count],
            "chattering": named[count:],
            "oldest": views(session, found.oldest),
        }
    )


def _named(session: Db, rows: Collection[Any]) -> list[dict[str, Any]]:
    names = asset_names(session, {row.asset_id for row in rows})
    return [
        {
            **vars(row),
            "asset_name": names[row.asset_id].name,
            "asset_serial": names[row.asset_id].serial_number,
        }
        for row in rows
    ]


@episodes_router.get("/{alarm_id}/similar", dependencies=[READ])
def list_similar_episodes(
    alarm_id: str,
    session: Db,
    actor: Actor,
    limit: Annotated[int, Query(ge=1, le=50)] = 5,
) -> EpisodeList:
    """Return past alarms that are most like this one, with what people said of them and what was done."""
    found = service.similar_episodes(session, actor, alarm_id, limit)
    shown = views(session, [each.alarm for each in found])
    outcomes: dict[str, list[EpisodeOutcome]] = {}
    for outcome in work_orders.outcomes_of_alarms(session, actor, [view.id for view in shown]):
        outcomes.setdefault(outcome.alarm_id, []).append(EpisodeOutcome.model_validate(outcome))
    return EpisodeList(
        items=[
            Episode(alarm=view, similarity=each.similarity, outcomes=outcomes.get(view.id, []))
            for view, each in zip(shown, found, strict=True)
        ]
    )
