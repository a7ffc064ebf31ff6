"""A gateway's keys and its login at the broker, as `forewarn edge enrol` wrote them.

The file is only its owner's to read and is replaced whole, so that a power cut leaves the one or the other.
During a change of keys it holds three: the one in force, the one before it, whose frames still wait on disk
and whose acknowledgements are still believed, and the next one until the platform has seen it used.
"""

import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kernel.errors import ConfigurationError

KEY_BYTES_MIN = 16
# After enrolling anew nobody knows which frames wait; all there are count as the former key's.
FRAMES_UNKNOWN = 2**62
_OWNER_ONLY = 0o600


@dataclass(frozen=True)
class KeyVersion:
    """A key, its version and the broker's address with the login that goes with it.

    Attributes:
        version: 0 for a key that was put here by hand and has no versions.
        broker_url: empty: the login is in `edge.toml`.
    """

    version: int
    key: bytes = field(repr=False)
    broker_url: str = field(default="", repr=False)


@dataclass(frozen=True)
class Credentials:
    """All keys of a gateway.

    Attributes:
        enrolled_with: hash of the enrolment token, hexadecimal, to recognise it.
        former_frames: frames in the buffer up to this id may be signed with the former key.
    """

    agent: str
    current: KeyVersion
    former: KeyVersion | None = None
    next: KeyVersion | None = None
    enrolled_with: str = ""
    former_frames: int = 0

    def keys(self) -> tuple[bytes, ...]:
        """Return the keys to believe, the one in force first."""
        known = (self.current, self.next, self.former)
        return tuple(one.key for one in known if one is not None)

    def offered(self, key: KeyVersion) -> "Credentials":
        """Return these with a next key."""
        return replace(self, next=key)

    def switched(self, newest_frame: int) -> "Credentials":
        """Return these with the next key in force; frames up to `newest_frame` were signed before."""
        assert self.next is not None, "there is a next key"
        return replace(
            self,
            current=self.next,
            former=self.current,
            next=None,
            former_frames=newest_frame,
        )

    def without_former(self) -> "Credentials":
        """Return these without the former key: nothing signed with it is left."""
        return replace(self, former=None)


def save_credentials(credentials: Credentials, path: Path) -> None:
    """Write a file only its owner can read, all or nothing."""
    content = {
        "agent": credentials.agent,
        "enrolled_with": credentials.enrolled_with,
        "former_frames": credentials.former_frames,
        **{
            name: {"version": one.version, "key": one.key.hex(), "broker_url": one.broker_url}
            for name in ("current", "former", "next")
            if (one := getattr(credentials, name)) is not None
        },
    }
    write_secret(path, json.dumps(content, indent=2) + "\n")


def write_secret(path: Path, text: str) -> None:
    """Write a file only its owner can read; a power cut leaves the old one or the new one."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def load_credentials(path: Path, agent: str) -> Credentials:
    """Read a file.

    Raises:
        ConfigurationError: it cannot be read, or is another gateway's.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = Credentials(
            agent=str(content["agent"]),
            current=_key(content["current"]),
            former=_key(content["former"]) if "former" in content else None,
            next=_key(content["next"]) if "next" in content else None,
            enrolled_with=str(content.get("enrolled_with", "")),
            former_frames=int(content.get("former_frames", 0)),
        )
    except OSError as error:
        raise ConfigurationError(
            f"credentials_file: {path} cannot be read: {error.strerror}"
        ) from None
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(
            f"credentials_file: {path} is not what `forewarn edge enrol` writes"
        ) from None
    if found.agent != agent:
        raise ConfigurationError(f"credentials_file: {path} is of {found.agent}, not of {agent}")
    return found


def _key(row: Any) -> KeyVersion:
    key = bytes.fromhex(row["key"])
    if len(key) < KEY_BYTES_MIN:
        raise ValueError("a short key")
    return KeyVersion(int(row["version"]), key, str(row.get("broker_url", "")))
