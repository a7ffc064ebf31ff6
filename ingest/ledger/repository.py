"""Queries for the ledger: locks, what was received, what a transaction adds.

Locks are taken in one order by everybody who receives or replays: first all stripes of agents, ascending,
then all entries of the ledger, by key; nobody takes a stripe after an entry, nor a stripe twice in two
strengths. So nobody who waits holds what somebody before him in that order wants, and there is no deadlock.
"""

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from ingest.models import LedgerEntry

LedgerKey: TypeAlias = tuple[str, UUID, str]

# An advisory lock for each agent would take a place in the server's lock table for each; so some share one.
# Sharing costs a wait, and only beside frames that are sent again.
STRIPES: Final = 128
_LOCK_CLASS: Final = 0x46574147
# No frame of before an agent began to send again is on its way for longer: a broker keeps a session of ours
# for a day at most, and the agent itself sends only what it still has.
LATE_MAX: Final = timedelta(hours=25)

_KEYS = (
    "unnest(CAST(:agents AS text[]), CAST(:epochs AS uuid[]), CAST(:lanes AS text[])) AS k(a, e, l)"
)
_LOCK_STRIPES = text(
    "SELECT CASE WHEN alone THEN pg_advisory_xact_lock(:class, stripe) "
    "ELSE pg_advisory_xact_lock_shared(:class, stripe) END "
    "FROM unnest(CAST(:stripes AS int4[]), CAST(:alone AS bool[])) AS k(stripe, alone)"
)
_MAKE_ENTRIES = text(
    f"INSERT INTO ingest.ledger (agent_id, epoch, lane) SELECT a, e, l FROM {_KEYS} "  # noqa: S608 - constants
    "ORDER BY a, e, l ON CONFLICT DO NOTHING"
)
_LOCK_ENTRIES = text(
    "SELECT j.agent_id, j.epoch, j.lane, EXISTS (SELECT 1 FROM ingest.ledger o "  # noqa: S608
    "WHERE o.agent_id = j.agent_id AND o.epoch <> j.epoch AND o.again_since IS NOT NULL "
    "AND (:ever OR o.again_since >= j.first_received_at OR o.again_since > now() - :late_max)) "
    f"FROM ingest.ledger j JOIN {_KEYS} "
    "ON (j.agent_id, j.epoch, j.lane) = (k.a, k.e, k.l) "
    "ORDER BY j.agent_id, j.epoch, j.lane FOR UPDATE OF j"
)
_SENT_AGAIN = text(
    "SELECT DISTINCT agent_id FROM ingest.ledger "
    "WHERE agent_id = ANY(:agents) AND again_since IS NOT NULL"
)
_RECEIVED = text(
    "SELECT j.received @> k.seq FROM unnest(CAST(:agents AS text[]), CAST(:epochs AS uuid[]), "
    "CAST(:lanes AS text[]), CAST(:seqs AS int8[])) WITH ORDINALITY AS k(a, e, l, seq, n) "
    "JOIN ingest.ledger j ON (j.agent_id, j.epoch, j.lane) = (k.a, k.e, k.l) ORDER BY k.n"
)
_ADD_TO_LEDGER = text(
    "UPDATE ingest.ledger j SET received = j.received + CAST(k.r AS int8multirange), "
    "stored = j.stored + k.s, quarantined = j.quarantined + k.q, dropped = j.dropped + k.d, "
    "last_received_at = :received_at, "
    "again_since = CASE WHEN k.g THEN coalesce(j.again_since, now()) ELSE j.again_since END "
    "FROM unnest(CAST(:agents AS text[]), CAST(:epochs AS uuid[]), CAST(:lanes AS text[]), "
    "CAST(:ranges AS text[]), CAST(:stored AS int8[]), CAST(:quarantined AS int8[]), "
    "CAST(:dropped AS int8[]), CAST(:again AS bool[])) AS k(a, e, l, r, s, q, d, g) "
    "WHERE (j.agent_id, j.epoch, j.lane) = (k.a, k.e, k.l)"
)
_DIGESTS_IN = {
    table: text(
        "SELECT f.agent_id, f.epoch, f.lane, f.seq, f.digest FROM unnest(CAST(:agents AS text[]), "  # noqa: S608
        "CAST(:epochs AS uuid[]), CAST(:lanes AS text[]), CAST(:seqs AS int8[])) AS k(a, e, l, seq) "
        f"JOIN {table} f ON (f.agent_id, f.epoch, f.lane, f.seq) = (k.a, k.e, k.l, k.seq)"
    )
    for table in ("ingest.frames", "ingest.quarantine")
}


@dataclass(frozen=True)
class LedgerChange:
    """What a transaction adds to one entry of the ledger.

    Attributes:
        again: whether frames are among them whose readings may have come under another number.
    """

    key: LedgerKey
    received: str
    stored: int
    quarantined: int
    dropped: int = 0
    again: bool = False


def _columns(keys: Collection[LedgerKey]) -> dict[str, list[Any]]:
    return {
        "agents": [key[0] for key in keys],
        "epochs": [key[1] for key in keys],
        "lanes": [key[2] for key in keys],
    }


def stripe_of(agent_id: str) -> int:
    """Return which lock an agent shares with some others."""
    return zlib.crc32(agent_id.encode()) % STRIPES


def lock_agents(session: Session, agents: Mapping[str, bool]) -> None:
    """Hold agents until the transaction ends: alone where True, else beside others who share them.

    Who stores what may have come under another number holds the agent alone, so that nobody stores the same
    at the same time. Taken once in a transaction, before `lock_ledger`.
    """
    alone: dict[int, bool] = {}
    for agent_id, is_alone in agents.items():
        stripe = stripe_of(agent_id)
        alone[stripe] = alone.get(stripe, False) or is_alone
    stripes = sorted(alone)
    session.execute(
        _LOCK_STRIPES,
        {"class": _LOCK_CLASS, "stripes": stripes, "alone": [alone[s] for s in stripes]},
    ).all()


def lock_ledger(
    session: Session, keys: Collection[LedgerKey], *, ever: bool = False
) -> set[LedgerKey]:
    """Lock these entries, made where they are not there yet, in one order for everybody.

    Returns those whose readings may have come under another number before: an agent began to send again in
    another epoch after this one was first heard of, or a short while ago; with `ever`, at any time.
    """
    session.execute(_MAKE_ENTRIES, _columns(keys))
    rows = session.execute(_LOCK_ENTRIES, {**_columns(keys), "ever": ever, "late_max": LATE_MAX})
    return {(agent, epoch, lane) for agent, epoch, lane, in_doubt in rows if in_doubt}


def sent_again(session: Session, agent_ids: Collection[str]) -> set[str]:
    """Return those of the agents that ever sent readings again under another number."""
    return set(session.execute(_SENT_AGAIN, {"agents": list(agent_ids)}).scalars())


def received(session: Session, frame_keys: Sequence[tuple[LedgerKey, int]]) -> list[bool]:
    """Tell for each frame whether the ledger has it; the entries must be there."""
    parameters = _columns([key for key, _ in frame_keys])
    parameters["seqs"] = [seq for _, seq in frame_keys]
    return list(session.execute(_RECEIVED, parameters).scalars())


def digests(
    session: Session, frame_keys: Sequence[tuple[LedgerKey, int]]
) -> dict[tuple[LedgerKey, int], bytes]:
    """Return the digests of frames that are still kept, or of which something stood in quarantine."""
    found: dict[tuple[LedgerKey, int], bytes] = {}
    for statement in _DIGESTS_IN.values():
        wanted = [key for key in dict.fromkeys(frame_keys) if key not in found]
        if wanted:
            parameters = _columns([key for key, _ in wanted])
            parameters["seqs"] = [seq for _, seq in wanted]
            for agent, epoch, lane, seq, digest in session.execute(statement, parameters):
                found[(agent, epoch, lane), seq] = digest
    return found


def add_to_ledger(session: Session, changes: Sequence[LedgerChange], received_at: datetime) -> None:
    session.execute(
        _ADD_TO_LEDGER,
        {
            **_columns([change.key for change in changes]),
            "ranges": [change.received for change in changes],
            "stored": [change.stored for change in changes],
            "quarantined": [change.quarantined for change in changes],
            "dropped": [change.dropped for change in changes],
            "again": [change.again for change in changes],
            "received_at": received_at,
        },
    )


def settle_quarantined(session: Session, key: LedgerKey, *, stored: int, known: int) -> None:
    """Count readings no longer as quarantined: some are stored now, some were stored under another number."""
    session.execute(
        update(LedgerEntry)
        .where(
            LedgerEntry.agent_id == key[0], LedgerEntry.epoch == key[1], LedgerEntry.lane == key[2]
        )
        .values(
            stored=LedgerEntry.stored + stored,
            quarantined=LedgerEntry.quarantined - stored - known,
        )
    )
