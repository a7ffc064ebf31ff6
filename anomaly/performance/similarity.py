"""How much one alarm is like another: by what deviated, which way, and how far. No I/O, no clock.

Alarms are compared by the names of their series, which machines of one model share, and the record broken.
"""

import math

from anomaly.alarms.facts import AlarmFacts

_PATTERN, _LEAD, _MODE, _PLACE = 0.5, 0.2, 0.2, 0.1

Part = tuple[str, str]
"""A series' name and the record it broke."""


def similarity(one: AlarmFacts, other: AlarmFacts) -> float:
    """Return 0 to 1: half for the pattern, the rest for the leading series, the suspicion, the machine.

    The pattern is the weighted Jaccard index of the broken records, each weighing as much as it lay out.
    """
    if one.category != other.category:
        return 0.0
    pattern = _jaccard(_weights(one), _weights(other))
    lead = _part(one.cause) == _part(other.cause) and one.cause != {}
    mode = one.failure_mode == other.failure_mode != "unspecified"
    place = one.asset_id == other.asset_id
    return _PATTERN * pattern + _LEAD * lead + _MODE * mode + _PLACE * place


def _part(part: dict[str, object]) -> Part:
    return str(part.get("series_name", "")), str(part.get("record", ""))


def _weights(alarm: AlarmFacts) -> dict[Part, float]:
    return {_part(each): _weight(each.get("score")) for each in alarm.contributors}


def _weight(score: object) -> float:
    # A score of a hundred is not a hundred times as telling as the limit.
    known = isinstance(score, int | float) and math.isfinite(score) and score > 0
    return math.log1p(float(score)) if known else math.log1p(1.0)  # type: ignore[arg-type]  # known to be a number


def _jaccard(one: dict[Part, float], other: dict[Part, float]) -> float:
    parts = one.keys() | other.keys()
    most = sum(max(one.get(part, 0.0), other.get(part, 0.0)) for part in parts)
    common = sum(min(one.get(part, 0.0), other.get(part, 0.0)) for part in parts)
    return common / most if most else 0.0
