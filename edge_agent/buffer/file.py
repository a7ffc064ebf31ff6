"""The SQLite file of the buffer: its tables, its durability, and what happens when it cannot be read.

A file that is damaged is moved aside, never deleted, and a new one opens a new epoch.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import BufferInUse, BufferOfAnotherAgent
from kernel.errors import ConfigurationError
from kernel.log import get_logger

FORMAT = 1
# A check of a larger file would hold the start up for minutes; a damaged page is then found when it is read.
_CHECKED_BYTES_MAX = 256 * 1024 * 1024

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE epochs (
    epoch BLOB PRIMARY KEY, opened_at_us INTEGER NOT NULL, reason TEXT NOT NULL,
    taken INTEGER NOT NULL DEFAULT 0, dropped INTEGER NOT NULL DEFAULT 0, current INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX one_current_epoch ON epochs (current) WHERE current = 1;
CREATE TABLE lanes (
    epoch BLOB NOT NULL, lane TEXT NOT NULL, next_seq INTEGER NOT NULL, PRIMARY KEY (epoch, lane)
) WITHOUT ROWID;
CREATE TABLE schemas (hash BLOB PRIMARY KEY, tags BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE positions (tag TEXT PRIMARY KEY, ts_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE pending (
    id INTEGER PRIMARY KEY, schema_hash BLOB NOT NULL, data BLOB NOT NULL
);
CREATE TABLE frames (
    id INTEGER PRIMARY KEY AUTOINCREMENT, epoch BLOB NOT NULL, lane TEXT NOT NULL, seq INTEGER NOT NULL,
    schema_hash BLOB NOT NULL, row_count INTEGER NOT NULL, cut_at_us INTEGER NOT NULL,
    sent INTEGER NOT NULL, refused TEXT, data BLOB NOT NULL, UNIQUE (epoch, lane, seq)
);
CREATE INDEX frames_by_lane ON frames (lane, id) WHERE refused IS NULL;
CREATE INDEX frames_unsent ON frames (id) WHERE sent = 0;
"""

_log = get_logger(__name__)


@dataclass(frozen=True)
class OpenedFile:
    """A connection, and why the file is new (empty when it is not)."""

    connection: sqlite3.Connection
    new_because: str


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Tell whether an error means that the file cannot be trusted any more."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def open_file(path: Path, agent: str, now_us: int) -> OpenedFile:
    """Open the file, or make it; a damaged one is moved aside first.

    Raises:
        BufferInUse: another process holds it.
        BufferOfAnotherAgent: it was made for another agent id.
        ConfigurationError: it cannot be made or is of a format this program does not know.
    """
    reason = "" if path.exists() else "created"
    try:
        return OpenedFile(_connect(path, agent), reason)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise ConfigurationError(f"the buffer {path} cannot be opened: {error}") from None
        aside = move_aside(path, now_us)
        _log.error("the buffer was damaged", buffer=str(path), kept_as=str(aside), error=str(error))
        return OpenedFile(_connect(path, agent), "damaged")


def move_aside(path: Path, now_us: int) -> Path:
    """Rename the file and its log, so that nothing is lost to whoever can repair it."""
    aside = path.with_name(f"{path.name}.damaged-{now_us // 1_000_000}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def _connect(path: Path, agent: str) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"the buffer's directory cannot be made: {error}") from None
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1)
    try:
        # One process only: whoever else wrote here would break the count of what was taken.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA journal_size_limit = 67108864")
        _prepare(connection, path, agent)
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise BufferInUse(f"another process uses the buffer {path}") from None
        raise
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, agent: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        for statement in _TABLES.split(";\n"):
            connection.execute(statement)
        connection.execute("INSERT INTO meta VALUES ('agent', ?)", (agent,))
        connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.execute("COMMIT")
    if version not in {0, FORMAT}:
        raise ConfigurationError(
            f"the buffer {path} has format {version}; this program knows {FORMAT}"
        )
    if path.stat().st_size <= _CHECKED_BYTES_MAX:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            error = sqlite3.DatabaseError(found)
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error
    (owner,) = connection.execute("SELECT value FROM meta WHERE key = 'agent'").fetchone()
    if owner != agent:
        raise BufferOfAnotherAgent(
            f"the buffer {path} belongs to agent {owner!r}, not to {agent!r}; give each its own file"
        )
