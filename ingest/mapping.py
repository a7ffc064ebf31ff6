"""From an agent's tag numbers to series: schemas as announced, and the mapping in force.

Whether a tag's serial number is a known asset can change at any time, so a mapping is made again after a
while: soon when some of its tags have no asset, later to notice that an asset changed hands.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from ingest import repository
from kernel.db import Database
from kernel.wire.messages import Tag
from registry.assets.service import GatewayFacts
from registry.gateways import service as gateways
from registry.gateways.service import TagPlace
from telemetry import service as telemetry
from telemetry.service import SeriesSpec

COMPLETE_SECONDS: Final = 60.0
INCOMPLETE_SECONDS: Final = 5.0
REMEMBERED_MAX: Final = 2_000
# An agent that announces the same again and again is heard once in so long.
NEW_SECONDS: Final = 1.0
# Frames of a schema nobody announced ask the database once in so long.
UNKNOWN_SECONDS: Final = 0.5

Noted = TypeVar("Noted")


@dataclass(frozen=True)
class TagMap:
    """What the numbers in a frame's `series` column mean.

    Attributes:
        mapping_id: the recorded mapping.
        series_ids: int32 per tag, 0 where the asset is not known.
        is_boolean: whether a tag's values are booleans.
        assets: series id → asset id.
        organisation_id: whose they all are.
        is_state: whether a tag's values are states, which may be texts; empty for none.
    """

    mapping_id: int
    series_ids: NDArray[np.int32]
    is_boolean: NDArray[np.bool_]
    assets: dict[int, str]
    organisation_id: str
    is_state: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))

    @cached_property
    def any_boolean(self) -> bool:
        """Whether any tag's values are booleans."""
        return bool(self.is_boolean.any())

    @cached_property
    def any_state(self) -> bool:
        """Whether any tag's values are states."""
        return bool(self.is_state.any())

    @property
    def complete(self) -> bool:
        """Whether every tag has a series."""
        return bool((self.series_ids > 0).all())

    def series_of(self, numbers: NDArray[np.uint32]) -> NDArray[np.int32]:
        """Return the series of tag numbers; 0 for a number beyond the schema."""
        count = len(self.series_ids)
        if count == 0 or numbers.max(initial=0) >= count:
            known = numbers < count
            result = np.zeros(len(numbers), np.int32)
            result[known] = self.series_ids[numbers[known]]
            return result
        return self.series_ids[numbers]

    def booleans_of(self, numbers: NDArray[np.uint32]) -> NDArray[np.bool_]:
        """Return which tag numbers have boolean values."""
        return _of_tags(self.is_boolean, numbers)

    def states_of(self, numbers: NDArray[np.uint32]) -> NDArray[np.bool_]:
        """Return which tag numbers have states for values."""
        return _of_tags(self.is_state, numbers)


def _of_tags(flags: NDArray[np.bool_], numbers: NDArray[np.uint32]) -> NDArray[np.bool_]:
    result = np.zeros(len(numbers), np.bool_)
    if flags.any():
        known = numbers < len(flags)
        result[known] = flags[numbers[known]]
    return result


# For a frame without rows and gaps, which needs no schema.
NO_TAGS: Final = TagMap(0, np.zeros(0, np.int32), np.zeros(0, np.bool_), {}, "")


def tag_row(tag: Tag) -> list[Any]:
    """Return a tag as it is kept; limits that are no finite number are left out."""
    low, high = (
        limit if limit is not None and np.isfinite(limit) else None for limit in (tag.low, tag.high)
    )
    return [
        tag.name,
        tag.asset_serial,
        tag.series_name,
        tag.unit,
        low,
        high,
        tag.kind,
        tag.data_type,
    ]


def announce(
    session: Session, gateway: GatewayFacts, schema_hash: bytes, tags: Sequence[Tag]
) -> TagMap:
    """Record a schema and map its tags."""
    rows = [tag_row(tag) for tag in tags]
    repository.put_schema(session, gateway.id, schema_hash, rows)
    return _resolve(session, gateway, schema_hash, tags)


def resolve(session: Session, gateway: GatewayFacts, schema_hash: bytes) -> TagMap | None:
    """Map the tags of a schema that was announced, by what is known now; None when it was not."""
    rows = repository.schema_tags(session, gateway.id, schema_hash)
    if rows is None:
        return None
    return _resolve(session, gateway, schema_hash, [Tag(*row) for row in rows])


def _resolve(
    session: Session, gateway: GatewayFacts, schema_hash: bytes, tags: Sequence[Tag]
) -> TagMap:
    asset_ids = gateways.map_tags(
        session, gateway, [TagPlace(t.name, t.asset_serial, t.series_name) for t in tags]
    )
    placed = [(i, t, a) for i, (t, a) in enumerate(zip(tags, asset_ids, strict=True)) if a]
    made = telemetry.register_many(
        session,
        [
            SeriesSpec(a, t.series_name, t.unit, t.low, t.high, t.kind, t.data_type)
            for _, t, a in placed
        ],
    )
    series_ids = np.zeros(len(tags), np.int32)
    series_ids[[i for i, _, _ in placed]] = made
    mapping_id = repository.put_mapping(session, gateway.id, schema_hash, series_ids.tolist())
    return TagMap(
        mapping_id,
        series_ids,
        np.array([tag.data_type == "boolean" for tag in tags], np.bool_),
        dict(zip(made, (a for _, _, a in placed), strict=True)),
        gateway.organisation_id,
        np.array([tag.kind == "state" and tag.data_type == "number" for tag in tags], np.bool_),
    )


class Mappings:
    """Mappings in force, remembered."""

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._known: OrderedDict[tuple[str, bytes], tuple[float, TagMap]] = OrderedDict()
        self._unknown: OrderedDict[tuple[str, bytes], float] = OrderedDict()
        self._announced: OrderedDict[tuple[str, bytes], float] = OrderedDict()

    def get(self, gateway: GatewayFacts, schema_hash: bytes) -> TagMap | None:
        """Return the mapping of an announced schema, or None."""
        key, now = (gateway.id, schema_hash), self._monotonic()
        known = self._known.get(key)
        if known is not None and now < known[0]:
            return known[1]
        if now < self._unknown.get(key, 0.0):
            return None
        with self._database.transaction() as session:
            found = resolve(session, gateway, schema_hash)
        if found is None:
            _note(self._unknown, key, now + UNKNOWN_SECONDS)
            return None
        return self._keep(key, found)

    def is_new(self, agent_id: str, schema_hash: bytes) -> bool:
        """Tell whether a schema was announced a moment ago: the same says nothing new."""
        return self._monotonic() < self._announced.get((agent_id, schema_hash), 0.0)

    def remember(self, agent_id: str, schema_hash: bytes, found: TagMap) -> TagMap:
        """Keep the mapping of a schema that was just announced, for a while."""
        key = agent_id, schema_hash
        _note(self._announced, key, self._monotonic() + NEW_SECONDS)
        self._unknown.pop(key, None)
        return self._keep(key, found)

    def _keep(self, key: tuple[str, bytes], found: TagMap) -> TagMap:
        seconds = COMPLETE_SECONDS if found.complete else INCOMPLETE_SECONDS
        _note(self._known, key, (self._monotonic() + seconds, found))
        return found


def _note(
    kept: "OrderedDict[tuple[str, bytes], Noted]", key: tuple[str, bytes], what: Noted
) -> None:
    kept[key] = what
    kept.move_to_end(key)
    while len(kept) > REMEMBERED_MAX:
        kept.popitem(last=False)
