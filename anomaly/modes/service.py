"""Public verbs on modes of machines."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from anomaly.device.load import MODES
from anomaly.modes import repository
from anomaly.modes.errors import InvalidModes
from anomaly.modes.models import ModeTag
from kernel.changes import announce
from kernel.clock import utc_now
from kernel.db import Database
from kernel.errors import StaleVersion
from registry import audit
from registry.assets import service as assets
from registry.permissions import Principal
from telemetry import service as telemetry
from telemetry.service import SeriesFacts
from telemetry.states.service import labels_of

ASSET, PRODUCT_MODEL = "asset", "product_model"
TOLD_MODES = tuple(mode for mode in MODES if mode != "unknown")
_VALUES_MAX = 100
_CHANGES_MAX = 2000
_REMOVED_AT_ONCE = 10_000


@dataclass(frozen=True)
class ModeSpan:
    """A machine in one mode; `until` None while it lasts, or until the end of what was asked for."""

    mode: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class ModesOfAsset:
    """The mode now, and what it was in a span, the oldest first; `more` says that older ones are left out.

    Attributes:
        shares: part of the known time of the span in each mode.
    """

    mode: str | None
    since: datetime | None
    items: tuple[ModeSpan, ...]
    shares: Mapping[str, float]
    more: bool


@dataclass(frozen=True)
class TagFacts:
    """The tag that says the mode; version 0 and nothing where nobody has named one.

    Attributes:
        applies_to: `asset`, or `product_model` where it is the machine's model's.
    """

    applies_to: str
    series_name: str
    modes: Mapping[str, str]
    version: int = 0
    updated_at: datetime | None = None
    updated_by_name: str | None = None


def tags_by_series(
    session: Session, series: Iterable[SeriesFacts]
) -> dict[int, tuple[tuple[float, str], ...]]:
    """Return what the values of each series mean that is its machine's mode tag, for scoring."""
    series = list(series)
    kinds = assets.asset_types(session, {one.asset_id for one in series})
    rows = repository.tags(session, kinds, {kind.model_id for kind in kinds.values()})
    tags = {(row.applies_to, row.target): row for row in rows}
    found = {}
    for one in series:
        row = tags.get((ASSET, one.asset_id))
        if row is None and one.asset_id in kinds:
            row = tags.get((PRODUCT_MODEL, kinds[one.asset_id].model_id))
        if row is not None and row.series_name == one.name and row.modes:
            found[one.id] = dict(row.modes)
    labels = labels_of(session, found) if found else {}
    return {key: _by_value(modes, labels.get(key, {})) for key, modes in found.items()}


def _by_value(modes: Mapping[str, str], labels: Mapping[int, str]) -> tuple[tuple[float, str], ...]:
    """Return modes by the number that readings have: of a text that is the code it is stored as."""
    codes = {label: float(code) for code, label in labels.items()}
    values = {}
    for text, mode in modes.items():
        if text in codes:
            values[codes[text]] = mode
        elif _number(text) is not None:
            values[float(text)] = mode
    return tuple(sorted(values.items()))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def read_modes(
    session: Session, actor: Principal, asset_id: str, start: datetime, end: datetime
) -> ModesOfAsset:
    """Return the mode of a machine now, and what it was in a span.

    Raises:
        Forbidden: the actor may not see alarms.
        NotFound: there is no such machine in the actor's scope.
        InvalidModes: the span does not begin before it ends.
    """
    actor.require("alarms.read")
    assets.get_asset(session, actor, asset_id)
    if start >= end:
        raise InvalidModes("the span must begin before it ends", field="start")
    now = repository.before(session, asset_id, utc_now())
    rows = list(repository.within(session, asset_id, start, end, _CHANGES_MAX + 1))
    more = len(rows) > _CHANGES_MAX
    begun = [(row.since, row.mode) for row in reversed(rows[:_CHANGES_MAX])]
    first = None if more else repository.before(session, asset_id, start)
    if first is not None:
        begun.insert(0, (first.since, first.mode))
    # Told anew after a silence it is the same still.
    begun = [one for place, one in enumerate(begun) if place == 0 or begun[place - 1][1] != one[1]]
    ends = [since for since, _ in begun[1:]]
    items = tuple(
        ModeSpan(mode, since, until)
        for (since, mode), until in zip(begun, [*ends, None], strict=True)
    )
    return ModesOfAsset(
        now.mode if now else None, now.since if now else None, items,
        _shares(items, start, min(end, utc_now())), more,
    )  # fmt: skip


def _shares(items: Iterable[ModeSpan], start: datetime, end: datetime) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for item in items:
        lasted = (min(item.until or end, end) - max(item.since, start)).total_seconds()
        seconds[item.mode] = seconds.get(item.mode, 0.0) + max(lasted, 0.0)
    total = sum(seconds.values())
    return {mode: part / total for mode, part in seconds.items()} if total > 0 else {}


def remove_old(database: Database, before: datetime, at_once: int = _REMOVED_AT_ONCE) -> int:
    """Remove modes that had ended before that, so many in a transaction; return how many went.

    What each machine was in at that moment stays known.
    """
    gone = 0
    while True:
        with database.transaction() as session:
            removed = repository.remove(session, before, at_once)
        gone += removed
        if removed < at_once:
            return gone


def read_tag(session: Session, actor: Principal, asset_id: str) -> TagFacts:
    """Return the tag that says a machine's mode: its own, else its model's.

    Raises:
        Forbidden: the actor may not see alarms.
        NotFound: there is no such machine in the actor's scope.
    """
    actor.require("alarms.read")
    asset = assets.get_asset(session, actor, asset_id)
    rows = repository.tags(session, [asset_id], [asset.model_id])
    own = sorted(rows, key=lambda row: row.applies_to)
    return _facts(own[0]) if own else TagFacts(ASSET, "", {})


def _facts(row: ModeTag) -> TagFacts:
    return TagFacts(
        row.applies_to, row.series_name, row.modes, row.version, row.updated_at,
        row.updated_by_name,
    )  # fmt: skip


@dataclass(frozen=True)
class TagDraft:
    """Which series says the mode, and what its values, or texts, mean; no modes: no tag is asked."""

    series_name: str
    modes: Mapping[str, str]
    applies_to: str = ASSET


def set_tag(
    session: Session,
    actor: Principal,
    asset_id: str,
    draft: TagDraft,
    *,
    expected_version: int | None = None,
) -> TagFacts:
    """Name the tag that says the mode of a machine, or of all of its model; it holds within a minute.

    Raises:
        Forbidden: the actor may not change machines.
        NotFound: there is no such machine in the actor's scope.
        InvalidModes: there is no such series, a mode is none, or a value is no number of a series of numbers.
        StaleVersion: it has changed since `expected_version`.
    """
    actor.require("assets.write")
    asset = assets.get_asset(session, actor, asset_id)
    _check(draft, telemetry.series_of_asset(session, asset_id))
    target = asset_id if draft.applies_to == ASSET else asset.model_id
    row = repository.locked(session, draft.applies_to, target)
    current = 0 if row is None else row.version
    if expected_version is not None and expected_version != current:
        raise StaleVersion("the tag has changed", expected=expected_version, current=current)
    before = None if row is None else {"series": row.series_name, "modes": row.modes}
    if row is None:
        row = ModeTag(applies_to=draft.applies_to, target=target)
        session.add(row)
    row.series_name, row.modes = draft.series_name, dict(draft.modes)
    row.updated_at, row.updated_by_name = utc_now(), actor.name
    session.flush()
    audit.record(
        session,
        actor,
        "mode_tag.set",
        draft.applies_to,
        target,
        organisation_id=asset.organisation_id,
        changes={"tag": [before, {"series": row.series_name, "modes": row.modes}]},
    )
    announce(session, "asset", asset_id, asset.organisation_id)
    return _facts(row)


def _check(draft: TagDraft, series: Iterable[SeriesFacts]) -> None:
    if draft.applies_to not in (ASSET, PRODUCT_MODEL):
        raise InvalidModes("asset or product_model", field="applies_to")
    if len(draft.modes) > _VALUES_MAX:
        raise InvalidModes(f"at most {_VALUES_MAX} values", field="modes")
    if draft.modes and draft.series_name not in {one.name for one in series}:
        raise InvalidModes("the machine has no such series", field="series_name")
    for text, mode in draft.modes.items():
        if mode not in TOLD_MODES:
            raise InvalidModes(f"one of {', '.join(TOLD_MODES)}", field=f"modes.{text}")
        if not text.strip():
            raise InvalidModes("a value or a text", field="modes")
