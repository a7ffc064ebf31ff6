"""What the platform has in the end, read from its tables without the platform's code, and put right first.

Only the quarantine's bytes are read, and replayed, by `ingest`: nobody else knows their form.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import numpy as np

from ingest import parcel
from ingest import service as ingest
from kernel.clock import FakeClock, use_clock, utc_now
from kernel.db import Database, engine_for
from registry.permissions import PLATFORM
from runtime.chaos import signals
from runtime.chaos.journal import ROW
from runtime.chaos.site import Site

# Readings of a clock that was an hour ahead are of the past an hour later; nobody has to wait for that.
_LATER: Final = timedelta(hours=1)
_READINGS: Final = (
    "SELECT r.series_id, (extract(epoch FROM r.ts) * 1000000)::bigint AS ts,"
    " (extract(epoch FROM r.edge_ts) * 1000000)::bigint AS edge_ts, r.value, r.quality"
    " FROM telemetry.readings r"
)
# A row of binary COPY without NULLs: how many columns, then the length and the bytes of each, big-endian.
_COPY_ROW: Final = np.dtype(
    [
        ("columns", ">i2"),
        ("length_1", ">i4"),
        ("series", ">i4"),
        ("length_2", ">i4"),
        ("ts", ">i8"),
        ("length_3", ">i4"),
        ("edge_ts", ">i8"),
        ("length_4", ">i4"),
        ("value", ">f8"),
        ("length_5", ">i4"),
        ("quality", ">i4"),
    ]
)
_COPY_HEAD_BYTES: Final = 19
_COPY_TAIL_BYTES: Final = 2
_SERIES: Final = (
    "SELECT s.id, a.serial_number, s.name FROM telemetry.series s"
    " JOIN registry.assets a ON a.id = s.asset_id"
)
_BEHIND: Final = (
    "SELECT count(*) FROM ingest.ledger l LEFT JOIN anomaly.cursors c USING (agent_id, epoch, lane)"
    " WHERE coalesce(c.next_seq, 0) < coalesce((SELECT max(upper(r)) FROM unnest(l.received) r), 0)"
)
_HOLES: Final = (
    "SELECT count(*) FROM ingest.ledger WHERE received <> '{}' AND"
    " (NOT received @> 0::bigint OR (SELECT count(*) FROM unnest(received)) > 1)"
)
_HEADS: Final = (
    "SELECT l.agent_id, l.epoch, l.lane, upper(r) AS next_seq FROM ingest.ledger l,"
    " unnest(l.received) r WHERE r @> 0::bigint"
)


@dataclass(frozen=True)
class Balance:
    """What is still on its way.

    Attributes:
        buffered: readings at the edge, by its last word; None before it said anything.
        undelivered: events whose handlers are not done.
        unscored: lanes whose scoring is behind.
        holes: lanes with a frame missing between others.
    """

    buffered: int | None
    undelivered: int
    unscored: int
    holes: int

    @property
    def drained(self) -> bool:
        """Whether nothing is on its way any more."""
        return (self.buffered, self.undelivered, self.unscored, self.holes) == (0, 0, 0, 0)


class Books:
    """One site's books."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def balance(self) -> Balance:
        """Return what is still on its way."""
        with self._site.connect() as connection:
            buffered = connection.execute(
                "SELECT buffered FROM ingest.agents WHERE agent_id = %s"
                " AND status_at > now() - interval '4 seconds'",
                [self._site.agent],
            ).fetchone()
            counts = [
                _value(connection, query)
                for query in (
                    "SELECT count(*) FROM kernel.outbox WHERE completed_at IS NULL",
                    _BEHIND,
                    _HOLES,
                )
            ]
        return Balance(None if buffered is None else buffered["buffered"], *counts)

    def stored(self) -> Any:
        """Return every row of the readings table, in the numbers of the gateway's schema."""
        numbers = self._numbers()
        with (
            self._site.connect() as connection,
            connection.cursor() as cursor,
            cursor.copy(f"COPY ({_READINGS}) TO STDOUT (FORMAT BINARY)") as copy,
        ):
            data = b"".join(copy)
        count = (len(data) - _COPY_HEAD_BYTES - _COPY_TAIL_BYTES) // _COPY_ROW.itemsize
        found = np.frombuffer(data, _COPY_ROW, count, _COPY_HEAD_BYTES)
        lookup = np.full(int(found["series"].max(initial=0)) + 1, signals.SERIES, np.uint32)
        for series_id, number in numbers.items():
            if series_id < len(lookup):
                lookup[series_id] = number
        stored = np.empty(count, ROW)
        for name in ("ts", "edge_ts", "value"):
            stored[name] = found[name]
        stored["series"] = lookup[found["series"]]
        stored["quality"] = found["quality"].astype(np.int32).view(np.uint32)
        return stored

    def quarantined(self) -> tuple[Any, dict[str, int]]:
        """Return every reading in quarantine, and how many there are for which reason."""
        with self._site.connect() as connection:
            entries = connection.execute(
                "SELECT reason, readings, body FROM ingest.quarantine"
                " WHERE kind = 'readings' AND state = 'open'"
            ).fetchall()
        reasons: dict[str, int] = {}
        parts = [np.empty(0, ROW)]
        for entry in entries:
            reasons[entry["reason"]] = reasons.get(entry["reason"], 0) + entry["readings"]
            kept = parcel.unpack(entry["body"])
            part = np.empty(len(kept), ROW)
            part["series"], part["ts"], part["edge_ts"] = kept.series, kept.ts_us, kept.edge_ts_us
            part["value"], part["quality"] = kept.value, kept.quality
            parts.append(part)
        return np.concatenate(parts), reasons

    def replay_quarantine(self) -> int:
        """Replay every entry of readings by a clock an hour on; returns how many readings were stored."""
        database = Database(engine_for(self._site.stack.environment["FOREWARN_DATABASE_URL"]))
        stored = 0
        with self._site.connect() as connection:
            found = connection.execute(
                "SELECT id FROM ingest.quarantine WHERE kind = 'readings' AND state = 'open'"
                " ORDER BY id"
            ).fetchall()
        try:
            with use_clock(FakeClock(utc_now() + _LATER)):
                for entry in found:
                    with database.transaction() as session:
                        stored += ingest.replay_quarantine(session, PLATFORM, entry["id"]).stored
        finally:
            database.dispose()
        return stored

    def ledger(self) -> dict[str, int]:
        """Return what the ledger counts, the platform's own word."""
        with self._site.connect() as connection:
            row = connection.execute(
                "SELECT coalesce(sum(stored), 0)::bigint AS stored, coalesce(sum(quarantined), 0)::bigint"
                " AS quarantined, coalesce(sum(dropped), 0)::bigint AS dropped FROM ingest.ledger"
            ).fetchone()
        assert row is not None
        return dict(row)

    def heads(self) -> dict[tuple[str, Any, str], int]:
        """Return how far each lane has been received without a hole."""
        with self._site.connect() as connection:
            return _positions(connection.execute(_HEADS).fetchall())

    def cursors(self) -> dict[tuple[str, Any, str], int]:
        """Return how far each lane has been scored."""
        with self._site.connect() as connection:
            return _positions(
                connection.execute(
                    "SELECT agent_id, epoch, lane, next_seq FROM anomaly.cursors"
                ).fetchall()
            )

    def is_queryable(self, taken: set[tuple[int, int]]) -> bool:
        """Tell whether any of these readings of the first series, (source time, edge time), is stored."""
        first_id = next((series_id for series_id, n in self._numbers().items() if n == 0), None)
        since = min(ts for ts, _ in taken)
        with self._site.connect() as connection:
            rows = connection.execute(
                f"{_READINGS} WHERE r.series_id = %s AND r.ts >="
                " to_timestamp(%s::double precision / 1000000)",
                [first_id, since - 1000],
            ).fetchall()
        return bool({(row["ts"], row["edge_ts"]) for row in rows} & taken)

    def _numbers(self) -> dict[int, int]:
        """Return the series' ids and their numbers in the gateway's schema."""
        serials = {serial: machine for machine, serial in self._site.world.serials.items()}
        of_name = {(s.machine, s.name): s.number for s in signals.all_series()}
        with self._site.connect() as connection:
            rows = connection.execute(_SERIES).fetchall()
        return {
            row["id"]: of_name[serials[row["serial_number"]], row["name"]]
            for row in rows
            if (serials.get(row["serial_number"], ""), row["name"]) in of_name
        }


def _positions(rows: list[dict[str, Any]]) -> dict[tuple[str, Any, str], int]:
    return {(row["agent_id"], row["epoch"], row["lane"]): row["next_seq"] for row in rows}


def _value(connection: Any, query: str) -> int:
    (value,) = connection.execute(query).fetchone().values()
    return int(value)
