"""Finding gateways: by name, by where they are, and by how they are.

What a gateway says of itself is kept by ingest, above this package; whoever asks hands it over as rows of
`reports`: `agent_id`, `last_seen_at`, and whether it says that something is wrong (`troubled`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.errors import InvalidInput
from kernel.paging import PageRequest, Slice
from registry.gateways.records import GatewayRecord, records_of
from registry.models import Gateway, GatewayLink, Organisation, Site
from registry.permissions import Principal

LATE_AFTER: Final = timedelta(seconds=60)
OFFLINE_AFTER: Final = timedelta(minutes=5)
# The gravest first, as lists have them.
STATES: Final = ("offline", "trouble", "late", "never", "online", "revoked")
_NOT_TAKEN: Final = ("refused", "rolled_back")
DRIFTED: Final = "drifted"


@dataclass(frozen=True)
class GatewayFilter:
    """Which gateways are wanted; None means no matter.

    Attributes:
        text: words, each part of the gateway's name or id, its customer's or its site's.
        states: of `STATES`; empty for all.
        drifted: only those whose configuration was changed at the gateway.
    """

    organisation_id: str | None = None
    site_id: str | None = None
    text: str | None = None
    states: frozenset[str] = frozenset()
    drifted: bool = False


EVERYWHERE: Final = GatewayFilter()


@dataclass(frozen=True)
class GatewayCounts:
    """How many gateways are in each state, and how many drifted; whatever of both is asked for."""

    total: int
    states: dict[str, int]
    drifted: int


def _link_says(*states: str) -> ColumnElement[bool]:
    """Tell whether a gateway's check-in says one of these of the version it shall have."""
    wanted = Gateway.configuration_version
    known = or_(
        wanted.is_(None),
        wanted == GatewayLink.configuration_version,
        wanted == GatewayLink.refused_version,
    )
    said = and_(
        GatewayLink.checked_in_at.is_not(None), GatewayLink.configuration_state.in_(states), known
    )
    return func.coalesce(said, false())


def _state(reports: FromClause, now: datetime) -> ColumnElement[str]:
    last_seen = reports.c.last_seen_at
    return case(
        (Gateway.revoked_at.is_not(None), "revoked"),
        (last_seen.is_(None), "never"),
        (last_seen < now - OFFLINE_AFTER, "offline"),
        (last_seen < now - LATE_AFTER, "late"),
        (or_(func.coalesce(reports.c.troubled, false()), _link_says(*_NOT_TAKEN)), "trouble"),
        else_="online",
    )


def _joined(query: Select[*tuple[Any, ...]], reports: FromClause) -> Select[*tuple[Any, ...]]:
    return (
        query.join(Organisation, Organisation.id == Gateway.organisation_id)
        .join(Site, Site.id == Gateway.site_id)
        .outerjoin(GatewayLink, GatewayLink.gateway_id == Gateway.id)
        .outerjoin(reports, reports.c.agent_id == Gateway.id)
    )


def _places(scope: Collection[str] | None, wanted: GatewayFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if scope is not None:
        conditions.append(Gateway.organisation_id.in_(scope))
    if wanted.organisation_id is not None:
        conditions.append(Gateway.organisation_id == wanted.organisation_id)
    if wanted.site_id is not None:
        conditions.append(Gateway.site_id == wanted.site_id)
    conditions += [
        or_(*(column.icontains(word, autoescape=True) for column in
              (Gateway.name, Gateway.id, Organisation.name, Site.name)))
        for word in (wanted.text or "").split()
    ]  # fmt: skip
    return conditions


def list_gateways(
    session: Session,
    actor: Principal,
    wanted: GatewayFilter,
    page: PageRequest,
    reports: FromClause,
) -> Slice[GatewayRecord]:
    """Return the gateways in the actor's scope that are wanted, those in trouble first, then by name.

    Raises:
        Forbidden, InvalidInput: a cursor of another list.
    """
    actor.require("gateways.read")
    state = _state(reports, utc_now())
    rank = case({name: number for number, name in enumerate(STATES)}, value=state)
    query = _joined(select(Gateway, rank), reports).where(*_places(actor.scope, wanted))
    if wanted.states:
        query = query.where(state.in_(wanted.states))
    if wanted.drifted:
        query = query.where(_link_says(DRIFTED))
    if page.after is not None:
        query = query.where(_after(page.after, rank))
    query = query.order_by(rank, Gateway.name, Gateway.id).limit(page.limit + 1)
    found = Slice.cut(
        session.execute(query).all(), page.limit, lambda row: (str(row[1]), row[0].name, row[0].id)
    )
    return Slice(records_of(session, [row[0] for row in found.items]), found.next_key)


def _after(key: tuple[str, ...], rank: ColumnElement[int]) -> ColumnElement[bool]:
    number, name, last_id = (*key, "", "")[:3]
    if not number.isdecimal() or int(number[:2]) >= len(STATES):
        raise InvalidInput("the cursor is another list's")
    return or_(
        rank > int(number),
        and_(
            rank == int(number),
            or_(Gateway.name > name, and_(Gateway.name == name, Gateway.id > last_id)),
        ),
    )


def count_gateways(
    session: Session, actor: Principal, wanted: GatewayFilter, reports: FromClause
) -> GatewayCounts:
    """Count the gateways that are wanted by their state, and those that drifted.

    Raises:
        Forbidden.
    """
    actor.require("gateways.read")
    state = _state(reports, utc_now()).label("state")
    drifted = func.count().filter(_link_says(DRIFTED))
    query = _joined(select(state, func.count(), drifted), reports)
    rows = session.execute(query.where(*_places(actor.scope, wanted)).group_by(state)).all()
    states = dict.fromkeys(STATES, 0) | {name: many for name, many, _ in rows}
    return GatewayCounts(sum(states.values()), states, sum(row[2] for row in rows))


def states_of(
    session: Session, gateway_ids: Collection[str], reports: FromClause
) -> dict[str, str]:
    """Return how each of these gateways is. Whoever asks has checked the scope."""
    query = _joined(select(Gateway.id, _state(reports, utc_now())), reports)
    rows = session.execute(query.where(Gateway.id.in_(gateway_ids)))
    return {gateway_id: state for gateway_id, state in rows}  # noqa: C416 - rows are no tuples to mypy


def matching_ids(session: Session, actor: Principal, wanted: GatewayFilter) -> set[str] | None:
    """Return the ids of the gateways of these places and words; None when every one is wanted and seen."""
    conditions = _places(actor.scope, wanted)
    if not conditions:
        return None
    query = (
        select(Gateway.id)
        .join(Organisation, Organisation.id == Gateway.organisation_id)
        .join(Site, Site.id == Gateway.site_id)
    )
    return set(session.scalars(query.where(*conditions)))
