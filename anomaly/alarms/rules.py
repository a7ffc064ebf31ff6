"""What hides an alarm: pure decisions over what is in force. No I/O, no clock."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from anomaly.rules import SuppressionKind, worse

# A flood holds these back; what is more severe is told whatever else happens.
_FLOODED_SEVERITY_MAX = "medium"
# What people do about the present, or that the present is crowded, says nothing of history.
_OF_HISTORY = frozenset({SuppressionKind.OUT_OF_SERVICE, SuppressionKind.MAINTENANCE})
_NO_SERIES = -1
_STRENGTH = tuple(SuppressionKind)


@dataclass(frozen=True)
class Cover:
    """A suppression in force at the place of an alarm.

    Attributes:
        suppression_id: which one.
        kind: why.
        category: hides alarms of this category, None of both.
        series_ids: hides what these series do, None whatever any does.
        starts_at: since when.
        parent_active: for a `parent` one: whether what it waits for is in alarm.
        spared: series that it never hides, although they are at its place.
    """

    suppression_id: str
    kind: SuppressionKind
    category: str | None
    series_ids: frozenset[int] | None
    starts_at: datetime
    parent_active: bool = False
    spared: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Standing:
    """A series that deviates in an active alarm; None where no series is known any more."""

    asset_id: str
    category: str
    series_id: int | None


def parent_stands(
    standing: Iterable[Standing],
    asset_id: str,
    series: Collection[int] | None,
    category: str | None,
) -> bool:
    """Tell whether a machine is in alarm, with one of these series and in that category; None for any."""
    return any(
        each.asset_id == asset_id
        and category in (None, each.category)
        and (series is None or each.series_id in series)
        for each in standing
    )


@dataclass(frozen=True)
class Incident:
    """What of an alarm decides whether it is hidden.

    Attributes:
        series_ids: those that deviate; of one that is over, those that did.
        heard: whether people were told of the present occurrence.
    """

    category: str
    severity: str
    series_ids: frozenset[int]
    raised_at: datetime
    historical: bool
    heard: bool


def _applies(cover: Cover, incident: Incident) -> bool:
    if cover.category not in (None, incident.category):
        return False
    if incident.historical and cover.kind not in _OF_HISTORY:
        return False
    match cover.kind:
        case SuppressionKind.PARENT:
            return cover.parent_active
        case SuppressionKind.FLOOD:
            return (
                not incident.heard
                and incident.raised_at >= cover.starts_at
                and not worse(incident.severity, _FLOODED_SEVERITY_MAX)
            )
        case _:
            return True


def _hides(cover: Cover, series_id: int) -> bool:
    if series_id in cover.spared:
        return False
    return cover.series_ids is None or series_id in cover.series_ids


def hidden_by(incident: Incident, covers: Iterable[Cover]) -> Cover | None:
    """Return what hides an alarm, None where it is to be told.

    Every deviating series must be covered: a series that was shelved must not hide another one of its
    machine. Of the strongest cover of each series the weakest is returned: the alarm shows when that ends.
    """
    applying = [cover for cover in covers if _applies(cover, incident)]
    found: Cover | None = None
    # Where no series is known any more, only what hides all of them counts.
    for series_id in sorted(incident.series_ids) or [_NO_SERIES]:
        strongest = min(
            (cover for cover in applying if _hides(cover, series_id)), key=_rank, default=None
        )
        if strongest is None:
            return None
        if found is None or _rank(strongest) > _rank(found):
            found = strongest
    return found


def _rank(cover: Cover) -> tuple[int, str]:
    return _STRENGTH.index(cover.kind), cover.suppression_id


def would_circle(child: str, parent: str, parents_of: Mapping[str, Collection[str]]) -> bool:
    """Tell whether `child` under `parent` would make a machine its own parent, however far up."""
    seen: set[str] = set()
    todo = [parent]
    while todo:
        asset_id = todo.pop()
        if asset_id == child:
            return True
        if asset_id not in seen:
            seen.add(asset_id)
            todo += parents_of.get(asset_id, ())
    return False
