"""The platform's configuration as the gateway keeps it, beside `edge.toml`, and the one before it.

    platform-configuration.json            in force, or being tried
    platform-configuration.previous.json   what to go back to
    platform-configuration.refused.json    the version that was not taken, so that it is not tried again

Each is replaced whole. Somebody at the gateway may change the first by hand when the platform cannot be
reached: what is in the file is what runs, and the platform is told that it drifted.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from edge_agent.credentials import write_secret
from edge_agent.managed.document import digest_of
from kernel.errors import ConfigurationError

NAME: Final = "platform-configuration"


@dataclass(frozen=True)
class Kept:
    """A configuration on disk.

    Attributes:
        version: the platform's; 0 for what was never the platform's.
        digest: of the document as the platform gave it, hexadecimal.
        document: as it is now.
        trial: how many times it was started without having proven itself; None once it has.
    """

    version: int
    digest: str
    document: dict[str, Any]
    trial: int | None = None

    @property
    def drifted(self) -> bool:
        """Tell whether somebody changed it here."""
        return digest_of(self.document).hex() != self.digest


@dataclass(frozen=True)
class Refused:
    """A version that was not taken, or was given up, and why."""

    version: int
    state: str
    detail: str


class ManagedFiles:
    """The three files in one folder."""

    def __init__(self, folder: Path) -> None:
        self._current = folder / f"{NAME}.json"
        self._previous = folder / f"{NAME}.previous.json"
        self._refused = folder / f"{NAME}.refused.json"

    def current(self) -> Kept | None:
        """Return what is in force; None while the platform has given nothing.

        Raises:
            ConfigurationError: the file cannot be read.
        """
        return _read(self._current)

    def refused(self) -> Refused | None:
        """Return what was not taken last."""
        content = _json(self._refused)
        if content is None:
            return None
        try:
            return Refused(int(content["version"]), str(content["state"]), str(content["detail"]))
        except (KeyError, TypeError, ValueError):
            raise ConfigurationError(f"{self._refused}: not what the agent writes") from None

    def try_out(self, version: int, document: dict[str, Any]) -> None:
        """Put a version in the place of the present one, which is kept to go back to."""
        present = self.current()
        if present is None:
            self._previous.unlink(missing_ok=True)
        else:
            _write(self._previous, replace(present, trial=None))
        _write(self._current, Kept(version, digest_of(document).hex(), document, 0))

    def note_start(self) -> Kept | None:
        """Count a start of a version on trial; return what is in force."""
        kept = self.current()
        if kept is not None and kept.trial is not None:
            kept = replace(kept, trial=kept.trial + 1)
            _write(self._current, kept)
        return kept

    def keep(self) -> None:
        """End the trial of the present version: it works."""
        kept = self.current()
        if kept is not None and kept.trial is not None:
            _write(self._current, replace(kept, trial=None))
        self._refused.unlink(missing_ok=True)

    def go_back(self, detail: str) -> None:
        """Put the version before the present one back in its place, and remember why."""
        present = self.current()
        if present is None:
            return
        self.refuse(Refused(present.version, "rolled_back", detail))
        if self._previous.exists():
            self._previous.replace(self._current)
        else:
            self._current.unlink()

    def refuse(self, refused: Refused) -> None:
        """Remember a version that was not taken."""
        write_secret(self._refused, json.dumps(vars(refused), ensure_ascii=False) + "\n")


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigurationError(f"{path}: is not JSON: {error}") from None


def _read(path: Path) -> Kept | None:
    content = _json(path)
    if content is None:
        return None
    try:
        trial = content.get("trial")
        return Kept(
            int(content["version"]),
            str(content["digest"]),
            {**content["document"]},
            None if trial is None else int(trial),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ConfigurationError(f"{path}: not what the platform gave: a part is missing") from None


def _write(path: Path, kept: Kept) -> None:
    write_secret(path, json.dumps(vars(kept), indent=2, ensure_ascii=False) + "\n")
