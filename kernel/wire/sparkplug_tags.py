"""Which tag a Sparkplug metric is, by the patterns of whoever reads it."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from kernel.wire.messages import Tag
from kernel.wire.sparkplug import DataType, Scalar
from kernel.wire.sparkplug_node import MetricReading
from kernel.wire.tag_patterns import SparkplugPattern

REMEMBERED_MAX: Final = 100_000
_NUMBERS: Final = frozenset(range(DataType.INT8, DataType.BOOLEAN + 1))
_UNIT_LENGTH_MAX: Final = 64

Found = tuple[Tag | None, str]


class SparkplugTags:
    """Finds tags, and remembers what it found."""

    def __init__(self, patterns: Sequence[SparkplugPattern]) -> None:
        self._patterns = patterns
        self._known: OrderedDict[tuple[str, str, str, str, int], Found] = OrderedDict()

    def of(self, reading: MetricReading) -> Found:
        """Return the tag of a metric, or None and why: not_mapped, not_a_number, bad_name."""
        key = reading.group, reading.node, reading.device, reading.metric, reading.datatype
        known = None if reading.birth else self._known.get(key)
        if known is None:
            known = self._known[key] = self._find(reading)
            if len(self._known) > REMEMBERED_MAX:
                self._known.popitem(last=False)
        return known

    def _find(self, reading: MetricReading) -> Found:
        names = {
            "group": reading.group,
            "node": reading.node,
            "device": reading.device,
            "metric": reading.metric,
        }
        for pattern in self._patterns:
            if not pattern.fits(reading.node, reading.device, reading.metric):
                continue
            if pattern.is_wild and reading.datatype not in _NUMBERS:
                # Nobody named it; a metric that is named is taken and its values refused with a reason.
                return None, "not_a_number"
            boolean = reading.datatype == DataType.BOOLEAN
            low, high = _range(reading)
            try:
                tag = pattern.place(
                    names,
                    unit=_unit(reading.properties.get("engUnit")),
                    low=low,
                    high=high,
                    data_type="boolean" if boolean else "number",
                )
            except ValueError:
                return None, "bad_name"
            if tag is not None:
                return tag, ""
        return None, "not_mapped"


def _unit(stated: Scalar) -> str:
    usable = isinstance(stated, str) and stated.isprintable() and len(stated) <= _UNIT_LENGTH_MAX
    return str(stated) if usable else ""


def _range(reading: MetricReading) -> tuple[float | None, float | None]:
    low, high = (_number(reading.properties.get(name)) for name in ("engLow", "engHigh"))
    return (low, high) if low is not None and high is not None and low < high else (None, None)


def _number(stated: Scalar) -> float | None:
    return float(stated) if isinstance(stated, int | float) and stated - stated == 0 else None
