"""Which groups of sensors make sense, and which sensors look as if they measured the same. No I/O."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from anomaly.redundancy.errors import InvalidGroups
from anomaly.sources import RedundantGroup
from telemetry.service import SeriesFacts

MEMBERS = (2, 3)
GROUPS_MAX = 50
# What is suggested: so alike in what they do, over so many rows at least.
_CORRELATION_MIN = 0.95
_ROWS_MIN = 50
_NOT_COMPARED = frozenset({"state"})


def check_groups(groups: Sequence[RedundantGroup], series: Mapping[int, SeriesFacts]) -> None:
    """Refuse groups of sensors that cannot be compared; `series` are those of the machine.

    Raises:
        InvalidGroups: too few or too many sensors, one that is not of this machine, no number, of another
            unit or kind, or in two groups, or a tolerance that is none; `field` names the group.
    """
    if len(groups) > GROUPS_MAX:
        raise InvalidGroups(f"at most {GROUPS_MAX} groups", field="groups")
    used: set[int] = set()
    for number, group in enumerate(groups):
        field = f"groups.{number}.series_ids"
        ids = group.series_ids
        if len(ids) not in MEMBERS or len(set(ids)) != len(ids):
            raise InvalidGroups("two or three different series", field=field)
        unknown = [key for key in ids if key not in series]
        if unknown:
            raise InvalidGroups(f"series {unknown[0]} is not of this machine", field=field)
        if used & set(ids):
            raise InvalidGroups("a series can be in one group only", field=field)
        used |= set(ids)
        members = [series[key] for key in ids]
        if any(not _is_measured(member) for member in members):
            raise InvalidGroups("only series of numbers can be compared", field=field)
        if len({(member.kind, member.unit) for member in members}) > 1:
            raise InvalidGroups("series of one kind and unit only", field=field)
        tolerance = group.tolerance
        if tolerance is not None and not (math.isfinite(tolerance) and tolerance > 0):
            raise InvalidGroups("a number above zero", field=f"groups.{number}.tolerance")


def _is_measured(series: SeriesFacts) -> bool:
    return series.data_type == "number" and series.kind not in _NOT_COMPARED


def candidates(series: Sequence[SeriesFacts], grouped: set[int]) -> list[list[SeriesFacts]]:
    """Return series of one kind and unit that are in no group yet, where there are several."""
    alike: dict[tuple[str, str], list[SeriesFacts]] = {}
    for one in series:
        if _is_measured(one) and one.id not in grouped and one.unit and one.kind != "other":
            alike.setdefault((one.kind, one.unit), []).append(one)
    return [members for members in alike.values() if len(members) > 1]


def suggested(
    ids: Sequence[int], table: NDArray[np.float64]
) -> list[tuple[tuple[int, ...], float]]:
    """Return groups of series that move alike, with the least correlation within each, the most alike first.

    Args:
        ids: of the rows of `table`.
        table: a row per series of values at the same times, NaN where there is none.
    """
    alike = {
        pair: value
        for pair in combinations(range(len(ids)), 2)
        if (value := _correlation(table[pair[0]], table[pair[1]])) >= _CORRELATION_MIN
    }
    found: list[tuple[tuple[int, ...], float]] = []
    used: set[int] = set()
    triples = [
        (places, min(alike[pair] for pair in combinations(places, 2)))
        for places in combinations(range(len(ids)), 3)
        if all(pair in alike for pair in combinations(places, 2))
    ]
    ranked = sorted(triples, key=lambda one: -one[1]) + sorted(
        alike.items(), key=lambda one: -one[1]
    )
    for places, value in ranked:
        if not used & set(places):
            used |= set(places)
            found.append((tuple(ids[place] for place in places), value))
    return found


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    both = np.isfinite(one) & np.isfinite(other)
    if both.sum() < _ROWS_MIN or np.std(one[both]) == 0 or np.std(other[both]) == 0:
        return 0.0
    return float(np.corrcoef(one[both], other[both])[0, 1])
