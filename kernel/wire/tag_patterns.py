"""Patterns that make tags out of what is published: a rule for a fleet instead of a line for each machine.

A pattern's texts hold placeholders in braces. Of an MQTT topic filter `{1}` is what stood for its first
wildcard, `{2}` for its second; a Sparkplug metric has `{group}`, `{node}`, `{device}` and `{metric}`.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic import model_validator as check

from kernel.wire.json_path import Path, parse_path
from kernel.wire.messages import Tag
from kernel.wire.topics import topic_filter, wildcards_of

NAME_LENGTH_MAX = 512

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_WILDCARDS = re.compile(r"[+#]")


def _path(value: str) -> str:
    parse_path(value)
    return value


NonEmpty = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH_MAX)]
TopicFilter = Annotated[str, Field(max_length=NAME_LENGTH_MAX), AfterValidator(topic_filter)]
JsonPath = Annotated[str, Field(max_length=NAME_LENGTH_MAX), AfterValidator(_path)]
SeriesKind = Literal[
    "vibration", "temperature", "pressure", "flow", "current", "speed", "power", "level",
    "voltage", "state", "other",
]  # fmt: skip


class TagPattern(BaseModel):
    """Where the readings of every tag belong that the pattern finds."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    placeholders: ClassVar[tuple[str, ...]] = ()

    asset: NonEmpty = Field(description="Serial number of the asset, with placeholders.")
    series: NonEmpty = Field(description="Name of the series at the asset, with placeholders.")
    assets: dict[str, NonEmpty] = Field(
        default_factory=dict,
        max_length=10_000,
        description="Serial numbers by what `asset` came to; what is not in it is not taken. "
        "Empty: `asset` is the serial number itself.",
    )
    unit: str = Field(default="", max_length=64)
    low: float | None = None
    high: float | None = None
    kind: SeriesKind = "other"
    type: Literal["number", "boolean"] = "number"

    @check(mode="after")
    def _is_one(self) -> Self:
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ValueError(f"low {self.low} is not below high {self.high}")
        known = self._known()
        for text in (self.asset, self.series):
            unknown = set(_PLACEHOLDER.findall(text)) - set(known)
            if unknown:
                there = ", ".join(f"{{{name}}}" for name in known) or "none"
                raise ValueError(f"no placeholder {{{min(unknown)}}}; there are: {there}")
        return self

    def _known(self) -> Sequence[str]:
        return self.placeholders

    def place(self, found: Mapping[str, str], **facts: Any) -> Tag | None:
        """Return the tag that the values of the placeholders make; None when `assets` does not know it.

        Args:
            found: value by placeholder.
            facts: unit, low, high and data_type that the source itself states; the pattern's own win.

        Raises:
            ValueError: a name has become too long, empty, or holds what no name may.
        """
        asset = _fill(self.asset, found)
        if self.assets:
            if asset not in self.assets:
                return None
            asset = self.assets[asset]
        series = _fill(self.series, found)
        for name in (asset, series):
            if not 0 < len(name) <= NAME_LENGTH_MAX or not name.isprintable():
                raise ValueError("no name for an asset or series")
        low, high = (self.low, self.high) if self.low is not None or self.high is not None else (
            facts.get("low"), facts.get("high")
        )  # fmt: skip
        data_type = "boolean" if self.type == "boolean" else facts.get("data_type", "number")
        unit = self.unit or facts.get("unit", "")
        return Tag(f"{asset}/{series}", asset, series, unit, low, high, self.kind, data_type)

    def may_have_made(self, tag: Tag) -> bool:
        """Tell whether the pattern could still find this tag."""
        series, asset = self._forms
        fits = tag.asset_serial in self.assets.values() if self.assets else (
            asset.fullmatch(tag.asset_serial) is not None
        )  # fmt: skip
        return fits and series.fullmatch(tag.series_name) is not None

    @cached_property
    def _forms(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        return _form(self.series), _form(self.asset)


class JsonPattern(TagPattern):
    """A value inside the JSON messages of every topic that fits a filter."""

    topic: TopicFilter
    path: JsonPath

    def _known(self) -> Sequence[str]:
        return [str(number + 1) for number in range(len(_WILDCARDS.findall(self.topic)))]

    @cached_property
    def steps(self) -> Path:
        """The path, read."""
        return parse_path(self.path)

    def of_topic(self, topic: str) -> dict[str, str] | None:
        """Return what stood for the wildcards of the filter, or None when the topic does not fit."""
        found = wildcards_of(self.topic, topic)
        return None if found is None else {str(n): text for n, text in enumerate(found, 1)}


class SparkplugPattern(TagPattern):
    """Every metric whose name, node and device fit; `*` stands for any text."""

    placeholders: ClassVar[tuple[str, ...]] = ("group", "node", "device", "metric")

    metric: NonEmpty = "*"
    node: NonEmpty = "*"
    device: str = Field(
        default="*", max_length=NAME_LENGTH_MAX, description="Empty: of the node itself."
    )

    def fits(self, node: str, device: str, metric: str) -> bool:
        """Tell whether a metric is meant."""
        return all(
            form.fullmatch(text) is not None
            for form, text in zip(self._globs, (metric, node, device), strict=True)
        )

    @property
    def is_wild(self) -> bool:
        """Whether the pattern takes metrics it does not name."""
        return "*" in self.metric

    @cached_property
    def _globs(self) -> tuple[re.Pattern[str], ...]:
        return tuple(
            re.compile(".*".join(map(re.escape, text.split("*"))), re.DOTALL)
            for text in (self.metric, self.node, self.device)
        )


def _fill(text: str, found: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: found[match[1]], text)


def _form(text: str) -> re.Pattern[str]:
    """Return what a text with placeholders may become."""
    parts = _PLACEHOLDER.split(text)
    return re.compile("".join(".*" if n % 2 else re.escape(p) for n, p in enumerate(parts)))
