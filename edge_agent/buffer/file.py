"""The SQLite file of the buffer: its tables, its durability, and who may use it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

from edge_agent.errors import BufferDamaged, BufferInUse, BufferOfAnotherAgent
from kernel.errors import ConfigurationError

FORMAT: Final = 4
_FORMAT_MIN: Final = 2
PAGE_BYTES: Final = 4096
# A check of a larger file would hold the start up for minutes; a damaged page is then found when it is read.
_CHECKED_BYTES_MAX = 256 * 1024 * 1024
_WAL_BYTES_MAX = 32 * 1024 * 1024
_WAL_BYTES_MIN = 128 * 1024

# A frame has an epoch and a number once it is sent for the first time; `mark` covers it whole (see `rows`).
_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE epochs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, epoch BLOB NOT NULL UNIQUE, opened_at_us INTEGER NOT NULL,
    reason TEXT NOT NULL, taken INTEGER NOT NULL DEFAULT 0, dropped INTEGER NOT NULL DEFAULT 0,
    current INTEGER NOT NULL
);
CREATE UNIQUE INDEX one_current_epoch ON epochs (current) WHERE current = 1;
CREATE TABLE lanes (
    epoch BLOB NOT NULL, lane TEXT NOT NULL, next_seq INTEGER NOT NULL, PRIMARY KEY (epoch, lane)
) WITHOUT ROWID;
CREATE TABLE schemas (hash BLOB PRIMARY KEY, tags BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE positions (tag TEXT PRIMARY KEY, ts_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE pending (
    id INTEGER PRIMARY KEY, schema_hash BLOB NOT NULL, mark BLOB NOT NULL, data BLOB NOT NULL
);
CREATE TABLE declared (schema_hash BLOB PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE frames (
    id INTEGER PRIMARY KEY AUTOINCREMENT, lane TEXT NOT NULL, epoch BLOB, seq INTEGER, again INTEGER NOT NULL,
    schema_hash BLOB NOT NULL, row_count INTEGER NOT NULL, cut_at_us INTEGER NOT NULL,
    thinned INTEGER NOT NULL DEFAULT 0, refused TEXT, mark BLOB NOT NULL, content BLOB NOT NULL,
    UNIQUE (epoch, lane, seq)
);
CREATE INDEX frames_by_lane ON frames (lane, id) WHERE refused IS NULL;
CREATE INDEX frames_unsent ON frames (thinned, id) WHERE seq IS NULL;
"""
# What a file of an older format lacks, by the format that added it.
_ADDED = {
    3: """
CREATE TABLE schema_copies (hash BLOB PRIMARY KEY, tags BLOB NOT NULL) WITHOUT ROWID;
""",
    4: """
CREATE TABLE salvages (
    name TEXT PRIMARY KEY, last INTEGER NOT NULL, misses INTEGER NOT NULL, done INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE missed (
    tag TEXT NOT NULL, start_us INTEGER NOT NULL, end_us INTEGER NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (tag, start_us, end_us, reason)
) WITHOUT ROWID;
""",
}


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Tell whether an error means that the file cannot be trusted any more."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def damage(found: str) -> sqlite3.DatabaseError:
    """Return the error for damage that SQLite itself does not see."""
    error = sqlite3.DatabaseError(found)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do all of the block, on disk, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def wal_bytes_max(bytes_max: int) -> int:
    """Return which share of a buffer's bytes its write-ahead log may have."""
    return max(_WAL_BYTES_MIN, min(_WAL_BYTES_MAX, bytes_max // 8))


def open_file(path: Path, agent: str, bytes_max: int = 0) -> sqlite3.Connection:
    """Open the file, or make it.

    Raises:
        BufferDamaged: it cannot be read.
        BufferInUse: another process holds it.
        BufferOfAnotherAgent: it was made for another agent id.
        ConfigurationError: it cannot be made or is of a format this program does not know.
    """
    try:
        return _connect(path, agent, wal_bytes_max(bytes_max))
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            raise BufferDamaged(f"the buffer {path} is damaged: {error}") from None
        raise ConfigurationError(f"the buffer {path} cannot be opened: {error}") from None


def aside_name(path: Path, now_us: int) -> Path:
    """Return where a damaged file can be put."""
    aside = path.with_name(f"{path.name}.damaged-{now_us // 1_000_000}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{now_us // 1_000_000}-{number}")
    return aside


def move_aside(path: Path, aside: Path) -> None:
    """Rename the file and its log, so that nothing is lost to whoever can repair it."""
    # The log first: a file without it is an older one, a log without its file is nothing.
    for suffix in ("-wal", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))


def is_the_one_used_last(connection: sqlite3.Connection, path: Path) -> bool:
    """Tell whether this is the file that was used here last, and mark it as the one used now.

    A copy made earlier and put back, or brought from elsewhere, says something else than the note beside it.
    """
    note = path.with_name(f"{path.name}.opened")
    row = connection.execute("SELECT value FROM meta WHERE key = 'opened'").fetchone()
    try:
        noted = note.read_text()
    except (OSError, UnicodeDecodeError):
        noted = ""
    opened = str(uuid4())
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('opened', ?)", (opened,))
    try:
        write_durably(note, opened)
    except OSError:
        note.unlink(missing_ok=True)
    return row is None or row[0] == noted


def write_durably(path: Path, text: str) -> None:
    """Write a small file whole or not at all, and on disk."""
    draft = path.with_name(f"{path.name}.new")
    with draft.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def _connect(path: Path, agent: str, wal_bytes: int) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"the buffer's directory cannot be made: {error}") from None
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1)
    try:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        # One process only: whoever else wrote here would break the count of what was taken.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA journal_size_limit = {wal_bytes // 2}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {max(16, wal_bytes // 2 // PAGE_BYTES)}")
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
        _run(connection, _TABLES)
        connection.execute("INSERT INTO meta VALUES ('agent', ?)", (agent,))
    if version in {0, *range(_FORMAT_MIN, FORMAT)}:
        for added, statements in _ADDED.items():
            if added > version:
                _run(connection, statements)
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        version = FORMAT
    connection.execute("COMMIT")
    if version != FORMAT:
        raise ConfigurationError(
            f"the buffer {path} has format {version}; this program knows {FORMAT}"
        )
    if path.stat().st_size <= _CHECKED_BYTES_MAX:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise damage(found)
    (owner,) = connection.execute("SELECT value FROM meta WHERE key = 'agent'").fetchone()
    if owner != agent:
        raise BufferOfAnotherAgent(
            f"the buffer {path} belongs to agent {owner!r}, not to {agent!r}; give each its own file"
        )


def _run(connection: sqlite3.Connection, statements: str) -> None:
    for statement in statements.split(";\n"):
        connection.execute(statement)
