"""Opening a buffer whatever became of its file: a damaged one is put aside, and what is whole in it saved.

Beside the file stands a list of those that were put aside and are not gone through yet, written before
anything is moved: whatever moment the agent is killed at, the next start knows what there is to save.
"""

import sqlite3
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from edge_agent.buffer.file import aside_name, move_aside, open_file, transaction, write_durably
from edge_agent.buffer.salvage import Former
from edge_agent.errors import BufferDamaged
from kernel.log import get_logger

_log = get_logger(__name__)


@dataclass(frozen=True)
class Opened:
    """An open file.

    Attributes:
        new_because: `created`, `damaged` or `deleted` when the file is new; empty when it goes on.
        moved_aside: where a damaged one was put.
        formers: former files whose frames are still to be saved.
    """

    connection: sqlite3.Connection
    path: Path
    new_because: str = ""
    moved_aside: Path | None = None
    formers: list[Former] = field(default_factory=list)


def open_or_replace(path: Path, agent: str, bytes_max: int, now_us: int) -> Opened:
    """Open the file, or make it; a damaged one is put aside first.

    Raises:
        BufferInUse, BufferOfAnotherAgent, ConfigurationError: see `edge_agent.buffer.file`.
        sqlite3.Error: there is no room for a new one.
    """
    _finish_moves(path)
    reason = "" if path.exists() else "created"
    try:
        return open_with(path, agent, bytes_max, reason)
    except BufferDamaged as error:
        former = put_aside(path, now_us, error.detail)
        return open_with(path, agent, bytes_max, "damaged", former)


def put_aside(path: Path, now_us: int, why: str) -> Former:
    """Put a damaged file aside that is closed; what it holds is saved into the next one that is opened."""
    aside = aside_name(path, now_us)
    try:
        _note(path, [*_noted(path), aside.name])
    except OSError as error:
        _log.warning("what is to be saved cannot be noted", buffer=str(path), error=str(error))
    move_aside(path, aside)
    _log.error("the buffer was damaged", buffer=str(path), kept_as=str(aside), error=why)
    return Former(aside)


def clear_away(path: Path, now_us: int) -> None:
    """Make room for a new file where the one in use was deleted: half of it, or another one, may be there."""
    if path.exists() or path.with_name(f"{path.name}-wal").exists():
        move_aside(path, aside_name(path, now_us))
    _log.error("the buffer's file was deleted", buffer=str(path))


def open_with(
    path: Path, agent: str, bytes_max: int, reason: str, former: Former | None = None
) -> Opened:
    """Open the file, or make it, with what is small of `former` and of all that were put aside before.

    Raises:
        as `open_file`; sqlite3.Error: there is no room.
    """
    connection = open_file(path, agent, bytes_max)
    moved_aside = None if former is None else former.path
    noted = [aside for name in _noted(path) if (aside := path.with_name(name)).exists()]
    formers = [Former(aside) for aside in noted if aside != moved_aside]
    formers += [] if former is None else [former]
    try:
        for one in formers:
            if not one.resume(connection):
                with transaction(connection):
                    one.begin(connection)
                # It may have been put aside by an agent that was killed before it opened a new one.
                moved_aside = one.path or moved_aside
                reason = "deleted" if one.path is None else "damaged"
    except BaseException:
        connection.close()
        raise
    left = [one for one in formers if not one.place.done]
    return Opened(connection, path, reason, moved_aside, left)


def gone_through(path: Path, former: Former) -> None:
    """Note that all of a former file is saved; the file itself stays for whoever can repair it."""
    former.close()
    if former.path is not None:
        with suppress(OSError):
            _note(path, [name for name in _noted(path) if name != former.path.name])
    _log.info("a former buffer was gone through", buffer=str(path),
              former=str(former.path or "deleted"), **vars(former.saved))  # fmt: skip


def _finish_moves(path: Path) -> None:
    """Put aside what an agent was about to, when it was killed in between: its log is there already."""
    for aside in (path.with_name(name) for name in _noted(path)):
        if path.exists() and not aside.exists() and aside.with_name(f"{aside.name}-wal").exists():
            path.rename(aside)


def _list_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.to-save")


def _noted(path: Path) -> list[str]:
    try:
        return _list_of(path).read_text().split("\n")[:-1]
    except (OSError, UnicodeDecodeError):
        return []


def _note(path: Path, names: list[str]) -> None:
    if names:
        write_durably(_list_of(path), "".join(f"{name}\n" for name in names))
    else:
        _list_of(path).unlink(missing_ok=True)
