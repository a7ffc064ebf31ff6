"""Vectors in memory, one byte a number, and the exact search for the nearest of them.

Half a kilobyte a case, 51 MB for 100,000. Each process has its own and reads before each search what has
changed since the last: rows written by transactions that had not ended when it read last.
"""

import threading
from collections.abc import Collection
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from work_orders.knowledge import repository
from work_orders.knowledge.likeness import DIMENSIONS, ENCODER, Vector, unpack
from work_orders.knowledge.ranking import CLASS_WEIGHT, MODE_WEIGHT, UNSPECIFIED

# Rows turned into floats at a time: what fits a processor's cache.
_BLOCK = 4096
_FIRST_CAPACITY = 1024


@dataclass(frozen=True)
class Wanted:
    """What a search is for: `kind` `case` or `article`; `scope` None means every organisation's."""

    kind: str
    scope: frozenset[str] | None
    equipment_class: str = UNSPECIFIED
    failure_mode: str = UNSPECIFIED
    without: str | None = None


class VectorIndex:
    """The vectors of one database."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed_from = 0
        self._rows: dict[str, int] = {}
        self._ids: list[str] = []
        self._codes: dict[str | None, int] = {}
        self._matrix = np.zeros((_FIRST_CAPACITY, DIMENSIONS), dtype=np.int8)
        self._scale = np.zeros(_FIRST_CAPACITY, dtype=np.float32)
        # Columns: kind, organisation, equipment class, failure mode; as numbers of `_codes`.
        self._facts = np.zeros((_FIRST_CAPACITY, 4), dtype=np.int32)
        self._live = np.zeros(_FIRST_CAPACITY, dtype=np.bool_)

    def __len__(self) -> int:
        return len(self._ids)

    def bytes_held(self) -> int:
        """Return the bytes of the arrays."""
        return self._matrix.nbytes + self._scale.nbytes + self._facts.nbytes + self._live.nbytes

    def nearest(
        self, session: Session, vector: Vector, wanted: Wanted, limit: int
    ) -> list[tuple[str, float]]:
        """Return ids and cosines of up to `limit` rows, sorted by cosine and what else is the same."""
        with self._lock:
            self._refresh(session)
            count = len(self._ids)
            chosen = np.flatnonzero(self._chosen(wanted, count))
            if not chosen.size:
                return []
            cosines = self._cosines(vector, chosen)
            facts = self._facts[chosen]
            score = (
                cosines
                + CLASS_WEIGHT * self._same(facts[:, 2], wanted.equipment_class)
                + MODE_WEIGHT * self._same(facts[:, 3], wanted.failure_mode)
            )
            best = np.argsort(-score, kind="stable")[:limit]
            return [(self._ids[chosen[at]], float(cosines[at])) for at in best]

    def _chosen(self, wanted: Wanted, count: int) -> npt.NDArray[np.bool_]:
        facts = self._facts[:count]
        chosen: npt.NDArray[np.bool_] = self._live[:count] & (
            facts[:, 0] == self._codes.get(wanted.kind, -1)
        )
        if wanted.scope is not None:
            chosen &= np.isin(facts[:, 1], self._known(wanted.scope))
        if wanted.without in self._rows:
            chosen[self._rows[wanted.without]] = False
        return chosen

    def _known(self, values: Collection[str]) -> list[int]:
        return [self._codes[value] for value in values if value in self._codes]

    def _same(self, column: npt.NDArray[np.int32], value: str) -> npt.NDArray[np.bool_]:
        if value == UNSPECIFIED:
            return np.zeros(len(column), dtype=np.bool_)
        same: npt.NDArray[np.bool_] = column == self._codes.get(value, -1)
        return same

    def _cosines(self, vector: Vector, chosen: npt.NDArray[np.intp]) -> Vector:
        made = np.empty(len(chosen), dtype=np.float32)
        for begin in range(0, len(chosen), _BLOCK):
            rows = chosen[begin : begin + _BLOCK]
            made[begin : begin + _BLOCK] = self._matrix[rows].astype(np.float32) @ vector
        return made * self._scale[chosen]

    def _refresh(self, session: Session) -> None:
        # The horizon first: what ends between the two statements is read now and again next time.
        horizon = repository.oldest_running_transaction(session)
        for row in repository.vectors_changed_from(session, self._changed_from, ENCODER):
            at = self._rows.get(row.subject_id)
            if at is None:
                at = self._append(row.subject_id)
            packed = unpack(row.vector)
            length = float(np.linalg.norm(packed.astype(np.float32)))
            self._matrix[at] = packed
            self._scale[at] = 1 / length if length else 0
            self._facts[at] = [
                self._codes.setdefault(value, len(self._codes))
                for value in (
                    row.kind, row.organisation_id, row.equipment_class, row.failure_mode
                )
            ]  # fmt: skip
            self._live[at] = row.live
        self._changed_from = horizon

    def _append(self, subject_id: str) -> int:
        at = len(self._ids)
        if at == len(self._matrix):
            # By a quarter, so that little of it stands empty.
            more = max(_FIRST_CAPACITY, at // 4)
            self._matrix = np.concatenate([self._matrix, np.zeros((more, DIMENSIONS), np.int8)])
            self._scale = np.concatenate([self._scale, np.zeros(more, np.float32)])
            self._facts = np.concatenate([self._facts, np.zeros((more, 4), np.int32)])
            self._live = np.concatenate([self._live, np.zeros(more, np.bool_)])
        self._ids.append(subject_id)
        self._rows[subject_id] = at
        return at


_indexes: "WeakKeyDictionary[Engine, VectorIndex]" = WeakKeyDictionary()
_indexes_lock = threading.Lock()


def index_of(session: Session) -> VectorIndex:
    """Return this process's index of the session's database."""
    engine = session.get_bind().engine
    with _indexes_lock:
        return _indexes.setdefault(engine, VectorIndex())
