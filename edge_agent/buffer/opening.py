"""Opening a buffer whatever became of its file: a damaged one is moved aside, what is whole in it saved."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from edge_agent.buffer.file import is_damage, move_aside, open_file
from edge_agent.buffer.salvage import Salvaged, salvage, salvage_from
from edge_agent.errors import BufferDamaged
from kernel.log import get_logger

_log = get_logger(__name__)


@dataclass(frozen=True)
class Opened:
    """An open file.

    Attributes:
        new_because: `created`, `damaged` or `deleted` when the file is new; empty when it goes on.
        moved_aside: where a damaged one was put.
        saved: what was saved of it.
    """

    connection: sqlite3.Connection
    path: Path
    new_because: str = ""
    moved_aside: Path | None = None
    saved: Salvaged = field(default_factory=Salvaged)


def open_or_replace(path: Path, agent: str, bytes_max: int, now_us: int) -> Opened:
    """Open the file, or make it; a damaged one is moved aside first.

    Raises:
        BufferInUse, BufferOfAnotherAgent, ConfigurationError: see `edge_agent.buffer.file`.
    """
    reason = "" if path.exists() else "created"
    try:
        return Opened(open_file(path, agent, bytes_max), path, reason)
    except BufferDamaged as error:
        return replace_damaged(path, agent, bytes_max, now_us, error.detail)


def replace_damaged(path: Path, agent: str, bytes_max: int, now_us: int, why: str) -> Opened:
    """Put a file aside that is closed, and go on with a new one that holds what could be saved."""
    aside = move_aside(path, now_us)
    opened = _filled(path, agent, bytes_max, lambda into: salvage(aside, into))
    _log.error("the buffer was damaged", buffer=str(path), kept_as=str(aside), error=why,
               **vars(opened.saved))  # fmt: skip
    return Opened(opened.connection, path, "damaged", aside, opened.saved)


def replace_deleted(
    old: sqlite3.Connection, path: Path, agent: str, bytes_max: int, now_us: int
) -> Opened:
    """Go on with a new file after the one in use was deleted: whoever has it open can still read it."""
    log = path.with_name(f"{path.name}-wal")
    if path.exists() or log.exists():
        # Half of it, or another file: nothing this agent can use.
        move_aside(path, now_us)

    def save(into: sqlite3.Connection) -> Salvaged:
        saved = Salvaged()
        salvage_from(old, into, saved)
        return saved

    opened = _filled(path, agent, bytes_max, save)
    old.close()
    _log.error("the buffer's file was deleted", buffer=str(path), **vars(opened.saved))
    return Opened(opened.connection, path, "deleted", None, opened.saved)


def _filled(
    path: Path, agent: str, bytes_max: int, save: Callable[[sqlite3.Connection], Salvaged]
) -> Opened:
    connection = open_file(path, agent, bytes_max)
    try:
        connection.execute("BEGIN IMMEDIATE")
        saved = save(connection)
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if isinstance(error, sqlite3.DatabaseError) and is_damage(error):
            raise
        # No room for it, most likely: what was put aside is still there for whoever has some.
        _log.exception("nothing could be saved of the former buffer")
        saved = Salvaged()
    return Opened(connection, path, saved=saved)
