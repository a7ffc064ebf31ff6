"""Verbs on what hides alarms by plan: maintenance windows, parent machines, out of service."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from anomaly.alarms import repository, standing
from anomaly.alarms.errors import InvalidSuppression, SuppressionEnded
from anomaly.alarms.models import Suppression
from anomaly.alarms.parents import check_rule, refuse_rule, require_maker
from anomaly.alarms.planned import NewSuppression
from anomaly.alarms.repository import SuppressionFilter
from anomaly.rules import CATEGORIES, SuppressionKind
from kernel.changes import announce
from kernel.clock import utc_now
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.paging import PageRequest, Slice
from registry import audit
from registry.assets import service as assets
from registry.permissions import Principal
from registry.product_models import service as product_models
from registry.sites import service as sites
from telemetry import service as telemetry

# Whoever handles alarms may plan a maintenance window; what has no end is for whoever answers for machines.
_RIGHTS = {
    SuppressionKind.SHELVED: "alarms.handle",
    SuppressionKind.MAINTENANCE: "alarms.handle",
    SuppressionKind.FLOOD: "alarms.handle",
    SuppressionKind.PARENT: "assets.write",
    SuppressionKind.OUT_OF_SERVICE: "assets.write",
}
PLANNED = (SuppressionKind.MAINTENANCE, SuppressionKind.PARENT, SuppressionKind.OUT_OF_SERVICE)


@dataclass(frozen=True)
class SuppressionFacts:
    """A suppression; see `anomaly.alarms.models.Suppression`."""

    id: str
    kind: str
    organisation_id: str | None
    asset_id: str | None
    site_id: str | None
    product_model_id: str | None
    category: str | None
    series_ids: list[int] | None
    series_names: list[str] | None
    parent_asset_id: str | None
    parent_series: str | None
    parent_category: str | None
    reason: str
    starts_at: datetime
    ends_at: datetime | None
    created_at: datetime
    created_by: str | None
    created_by_name: str
    ended_at: datetime | None
    end_reason: str | None
    ended_by_name: str | None


def _facts(row: Suppression) -> SuppressionFacts:
    names = SuppressionFacts.__dataclass_fields__
    return SuppressionFacts(**{name: getattr(row, name) for name in names})


def suppress(session: Session, actor: Principal, wanted: NewSuppression) -> SuppressionFacts:
    """Hide alarms by plan, those that are active now included.

    Raises:
        Forbidden: the actor may not: maintenance needs `alarms.handle`, the others `assets.write`.
        NotFound: the machine, the site or a series is not there, or not in the actor's scope.
        InvalidSuppression: the kind, the place, the time or the parent makes no sense; `field` says which.
    """
    kind = _planned(wanted.kind)
    actor.require(_RIGHTS[kind])
    repository.lock_suppressions(session)
    now = utc_now()
    starts_at = wanted.starts_at or now
    _check_time(kind, starts_at, wanted.ends_at, now)
    organisation_id = _check_place(session, actor, wanted)
    if kind is SuppressionKind.PARENT:
        wanted = check_rule(session, actor, wanted)
    else:
        refuse_rule(wanted)
    suppression_id = new_id("sup")
    repository.add_suppression(
        session,
        {
            **vars(wanted),
            "id": suppression_id,
            "organisation_id": organisation_id,
            "series_ids": None if wanted.series_ids is None else sorted(set(wanted.series_ids)),
            "series_names": None
            if wanted.series_names is None
            else sorted(set(wanted.series_names)),
            "starts_at": starts_at,
            "created_at": now,
            "created_by": actor.person_id,
            "created_by_name": actor.name,
        },
    )
    made = _find(session, actor, suppression_id)
    _record(session, actor, made, "begin", made.reason)
    standing.reconcile(session, repository.alarms_that_may_change(session, now), now)
    return _facts(made)


def _planned(name: str) -> SuppressionKind:
    if name not in set(PLANNED):
        raise InvalidSuppression(
            f"no suppression of kind {name!r} is planned",
            field="kind",
            allowed=[kind.value for kind in PLANNED],
        )
    return SuppressionKind(name)


def _check_time(
    kind: SuppressionKind, starts_at: datetime, ends_at: datetime | None, now: datetime
) -> None:
    if ends_at is None and kind is SuppressionKind.MAINTENANCE:
        raise InvalidSuppression("a maintenance window has an end", field="ends_at")
    if ends_at is not None and ends_at <= max(starts_at, now):
        raise InvalidSuppression("it would be over before it begins", field="ends_at")


def _check_place(session: Session, actor: Principal, wanted: NewSuppression) -> str | None:
    """Return whose the place is; None of a product model."""
    places = (wanted.asset_id, wanted.site_id, wanted.product_model_id)
    if sum(each is not None for each in places) != 1:
        raise InvalidSuppression("it is a machine's, a site's or a model's", field="asset_id")
    if wanted.category is not None and wanted.category not in CATEGORIES:
        raise InvalidSuppression(f"no category {wanted.category!r}", field="category")
    if wanted.product_model_id is not None:
        require_maker(actor)
        product_models.get_model(session, actor, wanted.product_model_id)
        return None
    if wanted.site_id is not None:
        if wanted.series_ids is not None or wanted.kind == SuppressionKind.PARENT:
            raise InvalidSuppression("this is for one machine", field="site_id")
        return sites.get_site(session, actor, wanted.site_id).organisation_id
    assert wanted.asset_id is not None  # one of both is there
    asset = assets.get_asset(session, actor, wanted.asset_id)
    if wanted.series_ids is not None:
        known = {facts.id for facts in telemetry.series_of_asset(session, asset.id)}
        if not wanted.series_ids or not set(wanted.series_ids) <= known:
            raise InvalidSuppression("not series of this machine", field="series_ids")
    return asset.organisation_id


def end_suppression(
    session: Session, actor: Principal, suppression_id: str, *, reason: str | None = None
) -> SuppressionFacts:
    """End a suppression before its time; alarms that it hid and that are still active are told now.

    Raises:
        Forbidden: the actor may not end this kind.
        NotFound: there is none, or it is not in the actor's scope.
        SuppressionEnded: it has ended.
    """
    repository.lock_suppressions(session)
    row = _find(session, actor, suppression_id, lock=True)
    actor.require(_RIGHTS[SuppressionKind(row.kind)])
    if row.organisation_id is None:
        require_maker(actor)
    now = utc_now()
    if row.ended_at is not None or (row.ends_at is not None and row.ends_at <= now):
        raise SuppressionEnded(f"suppression {suppression_id} has ended")
    row.ended_at, row.end_reason, row.ended_by_name = now, "lifted", actor.name
    session.flush()
    _record(session, actor, row, "end", reason)
    standing.reconcile(session, repository.alarms_that_may_change(session, now), now)
    return _facts(row)


def _find(
    session: Session, actor: Principal, suppression_id: str, *, lock: bool = False
) -> Suppression:
    row = repository.suppression(session, suppression_id, lock=lock)
    if row is None:
        raise NotFound(f"no suppression {suppression_id}")
    if row.organisation_id is not None:
        actor.require_sees(row.organisation_id, f"suppression {suppression_id}")
    return row


def get_suppression(session: Session, actor: Principal, suppression_id: str) -> SuppressionFacts:
    """Return a suppression.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("alarms.read")
    return _facts(_find(session, actor, suppression_id))


def list_suppressions(
    session: Session,
    actor: Principal,
    page: PageRequest,
    *,
    kind: str | None = None,
    asset_id: str | None = None,
    site_id: str | None = None,
    ended: bool | None = None,
) -> Slice[SuppressionFacts]:
    """Return suppressions in the actor's scope, the newest first; those of a machine with its model's.

    Raises:
        Forbidden: the actor may not see alarms.
    """
    actor.require("alarms.read")
    kinds = assets.asset_types(session, [] if asset_id is None else [asset_id])
    model_id = kinds[asset_id].model_id if asset_id in kinds else None
    wanted = SuppressionFilter(actor.scope, kind, asset_id, model_id, site_id, ended)
    rows = repository.list_suppressions(session, wanted, page.after_id(), page.limit + 1)
    return Slice.cut(rows, page.limit, lambda row: (row.id,)).map(_facts)


def suppressions_by_id(session: Session, ids: set[str]) -> dict[str, SuppressionFacts]:
    """Return suppressions by id. Whoever asks has checked the scope of the alarms they hide."""
    found = repository.suppressions_by_id(session, ids) if ids else {}
    return {key: _facts(row) for key, row in found.items()}


def _record(
    session: Session, actor: Principal, row: Suppression, verb: str, reason: str | None
) -> None:
    audit.record(
        session,
        actor,
        f"suppression.{verb}",
        "suppression",
        row.id,
        organisation_id=row.organisation_id,
        changes={
            "kind": [None, row.kind],
            "asset_id": [None, row.asset_id],
            "site_id": [None, row.site_id],
            "product_model_id": [None, row.product_model_id],
            "ends_at": [None, None if row.ends_at is None else row.ends_at.isoformat()],
        },
        reason=reason,
    )
    announce(session, "alarm", row.id, row.organisation_id)
