"""Asking for a backtest: what it is of, and whether there is anything to replay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from anomaly.choices.rules import checked_parameters, kind_of
from anomaly.history import repository, rules
from anomaly.history.ending import KIND
from anomaly.history.errors import NothingToReplay, TooManyAssets, TooManyBacktests
from anomaly.history.facts import BacktestFacts, facts_of
from anomaly.history.models import Backtest, BacktestAsset
from anomaly.history.rules import State
from anomaly.history.settings import BacktestSettings
from anomaly.settings import AnomalySettings
from kernel.changes import announce
from kernel.clock import utc_now
from kernel.errors import InvalidInput
from kernel.ids import new_id
from kernel.paging import PageRequest
from kernel.settings import settings
from registry import audit
from registry.assets import service as assets
from registry.permissions import Principal
from registry.product_models import service as product_models
from telemetry import service as telemetry
from telemetry.replay import service as replay

RIGHT: Final = "assets.write"
APPLIES_TO: Final = ("assets", "equipment_class", "product_model")


@dataclass(frozen=True)
class BacktestDraft:
    """What is to be replayed.

    Attributes:
        applies_to: `assets`, `equipment_class` or `product_model`.
        target: the class, or the model's id; None with `assets`.
        asset_ids: the machines, with `assets` only.
        begins_at, ends_at: the span; what the detector learns from is its beginning.
        detector: None for the one of the settings.
        parameters: of that detector.
    """

    applies_to: str
    begins_at: datetime
    ends_at: datetime
    target: str | None = None
    asset_ids: Sequence[str] = ()
    detector: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Chosen:
    """Machines that can be replayed, each with its series, and how many more there are of the type."""

    series: dict[str, list[int]]
    left_out: int = 0


def request(session: Session, actor: Principal, draft: BacktestDraft) -> BacktestFacts:
    """Ask for a backtest; a worker begins with it at once. Nothing else is changed by it.

    Raises:
        Forbidden: the actor may not change machines, or not see alarms and readings.
        NotFound: there is no such machine or product model in the actor's scope.
        InvalidInput: the detector, its parameters, the target or the span are not what they may be, or there
            is nothing in the span that could be judged; several codes.
        TooManyBacktests: the organisation has too many under way, or keeps too many.
    """
    require_right(actor)
    limits, now = settings(BacktestSettings), utc_now()
    rules.check_span(draft.begins_at, draft.ends_at, limits.days_max, now)
    if draft.detector is None and draft.parameters:
        raise InvalidInput("parameters are of a detector; none was named", field="parameters")
    parameters = (
        {} if draft.detector is None else checked_parameters(draft.detector, draft.parameters)
    )
    name = draft.detector or settings(AnomalySettings).detector
    chosen = _chosen(session, actor, draft, limits)
    owner = _owner(session, actor, chosen)
    _require_room(session, owner, limits)
    row = Backtest(
        id=new_id("bt"),
        organisation_id=owner,
        applies_to=draft.applies_to,
        target=draft.target or "",
        detector=draft.detector,
        parameters=parameters,
        detector_version=kind_of(name, parameters).version,
        begins_at=draft.begins_at,
        ends_at=draft.ends_at,
        assets_left_out=chosen.left_out,
        state=State.QUEUED.value,
        requested_at=now,
        requested_by=actor.person_id,
        requested_by_name=actor.name,
    )
    session.add(row)
    session.flush()
    for place, (asset_id, series) in enumerate(chosen.series.items()):
        session.add(
            BacktestAsset(
                backtest_id=row.id,
                asset_id=asset_id,
                place=place,
                series=len(series),
                position_at=draft.begins_at,
            )
        )
    session.flush()
    audit.record(
        session,
        actor,
        "backtest.request",
        KIND,
        row.id,
        organisation_id=owner,
        changes={
            "detector": [None, row.detector_version],
            "span": [None, f"{row.begins_at.isoformat()}/{row.ends_at.isoformat()}"],
            "assets": [None, list(chosen.series)],
        },
    )
    announce(session, KIND, row.id, owner)
    return facts_of(row, repository.assets(session, [row.id]), 0)


def require_right(actor: Principal) -> None:
    """Refuse whoever may not ask for backtests.

    Raises:
        Forbidden: the permission is named.
    """
    actor.require(RIGHT)
    actor.require("alarms.read")
    actor.require("telemetry.read")


def _owner(session: Session, actor: Principal, chosen: _Chosen) -> str:
    if actor.organisation_id is not None:
        return actor.organisation_id
    # The platform's own: the machine's.
    return assets.get_asset(session, actor, next(iter(chosen.series))).organisation_id


def _require_room(session: Session, owner: str, limits: BacktestSettings) -> None:
    repository.lock_organisation(session, owner)
    kept, under_way = repository.counts(session, owner)
    if under_way >= limits.at_once_max:
        raise TooManyBacktests(
            f"{under_way} backtests are under way; wait for one, or cancel it",
            under_way=under_way,
            allowed=limits.at_once_max,
        )
    if kept >= limits.kept_max:
        raise TooManyBacktests(
            f"{kept} backtests are kept; delete some first", kept=kept, allowed=limits.kept_max
        )


def _chosen(
    session: Session,
    actor: Principal,
    draft: BacktestDraft,
    limits: BacktestSettings,
) -> _Chosen:
    if draft.applies_to not in APPLIES_TO:
        raise InvalidInput(f"no such target {draft.applies_to!r}", allowed=list(APPLIES_TO))
    by_name = draft.applies_to == "assets"
    if by_name != (draft.target is None) or by_name != bool(draft.asset_ids):
        raise InvalidInput("either machines are named, or a class or product model is")
    if by_name:
        return _named(session, actor, draft, limits)
    if draft.applies_to == "product_model":
        product_models.get_model(session, actor, draft.target or "")
    return _of_type(session, actor, draft, limits)


def _named(
    session: Session,
    actor: Principal,
    draft: BacktestDraft,
    limits: BacktestSettings,
) -> _Chosen:
    ids = list(dict.fromkeys(draft.asset_ids))
    if len(ids) > limits.assets_max:
        raise TooManyAssets(
            f"at most {limits.assets_max} machines at once", allowed=limits.assets_max
        )
    found = {}
    for asset_id in ids:
        asset = assets.get_asset(session, actor, asset_id)
        series = _series(session, asset_id, draft)
        if not series:
            raise _nothing(draft, f"machine {asset.serial_number}", asset_id=asset_id)
        found[asset_id] = series
    return _Chosen(found)


def _of_type(
    session: Session,
    actor: Principal,
    draft: BacktestDraft,
    limits: BacktestSettings,
) -> _Chosen:
    of_model = draft.target if draft.applies_to == "product_model" else None
    of_class = draft.target if draft.applies_to == "equipment_class" else None
    wanted = assets.AssetFilter(model_id=of_model, equipment_class=of_class)
    page: PageRequest | None = PageRequest(limit=200)
    found: dict[str, list[int]] = {}
    left_out = 0
    while page is not None:
        part = assets.list_assets(session, actor, wanted, page)
        for record in part.items:
            if len(found) == limits.assets_max:
                left_out += 1
                continue
            series = _series(session, record.id, draft)
            if series:
                found[record.id] = series
        page = PageRequest(200, part.next_key) if part.next_key else None
    if not found:
        raise _nothing(draft, f"any machine of {draft.target!r}")
    return _Chosen(found, left_out)


def _series(session: Session, asset_id: str, draft: BacktestDraft) -> list[int]:
    """Return the series of a machine, nothing where none that is judged has a reading in the span."""
    found = telemetry.series_of_asset(session, asset_id)
    # As `anomaly.directory` has it; that one brings the compiler along.
    judged = [each.id for each in found if each.data_type == "number" and each.kind != "state"]
    if not judged or not replay.series_with_readings(
        session, judged, draft.begins_at, draft.ends_at
    ):
        return []
    return [each.id for each in found]


def _nothing(draft: BacktestDraft, whose: str, **facts: str) -> NothingToReplay:
    return NothingToReplay(
        f"there are no readings of {whose} between {draft.begins_at.isoformat()} and "
        f"{draft.ends_at.isoformat()} that could be judged",
        **facts,
    )
