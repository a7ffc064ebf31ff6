"""Schemas the platform does not know yet, or does not accept: when they are announced, what waits for them.

A schema that the platform asks for is announced at once, then ever more rarely, for as long as it is not
accepted. Its frames stand aside meanwhile, so that those of other schemas go by; one of them, the probe, is
sent after each announcement, and tells by its answer whether the others can go. No I/O, no clock.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

AGAIN_SECONDS: Final = 1.0
AGAIN_SECONDS_MAX: Final = 60.0
# Once may be chance: a platform that was restarted, or one process of it that does not know it yet.
REFUSED_ATTEMPTS: Final = 3


@dataclass
class Unaccepted:
    """A schema whose frames the platform could not read.

    Attributes:
        next_at: when it is announced again, by a monotonic clock.
        detail: the platform's words.
        attempts: how often it was announced in vain.
        after: lane → id of the frame after which frames of it stand aside.
        lost: the buffer does not have it any more.
    """

    next_at: float
    detail: str
    attempts: int = 0
    after: dict[str, int] = field(default_factory=dict)
    lost: bool = False


class Announcing:
    """The schemas of one publisher."""

    def __init__(self) -> None:
        self._unaccepted: dict[bytes, Unaccepted] = {}
        self._said_at: dict[bytes, float] = {}

    @property
    def aside(self) -> frozenset[bytes]:
        """The schemas whose frames stand aside."""
        return frozenset(self._unaccepted)

    def asked(self, schema_hash: bytes, after: Mapping[str, int], detail: str, now: float) -> None:
        """Note that the platform asks for a schema.

        Args:
            schema_hash: of the schema.
            after: lane → id of the frame before the first that has to be sent again.
            detail: the platform's words.
            now: the time.
        """
        one = self._unaccepted.get(schema_hash)
        if one is None:
            earliest = self._said_at.get(schema_hash, -AGAIN_SECONDS) + AGAIN_SECONDS
            one = self._unaccepted[schema_hash] = Unaccepted(max(now, earliest), detail)
        one.detail = detail
        for lane, frame_id in after.items():
            one.after[lane] = min(frame_id, one.after.get(lane, frame_id))

    def accepted(self, schema_hash: bytes) -> dict[str, int]:
        """Note that the platform could read a frame; returns where to go on, by lane."""
        one = self._unaccepted.pop(schema_hash, None)
        return {} if one is None else one.after

    def due(self, now: float) -> list[bytes]:
        """Return the schemas to be announced now."""
        return [key for key, one in self._unaccepted.items() if one.next_at <= now]

    def said(self, schema_hash: bytes, now: float, *, lost: bool = False) -> None:
        """Note that a schema was announced, or that there is none to announce."""
        self._said_at[schema_hash] = now
        one = self._unaccepted.get(schema_hash)
        if one is not None:
            wait = min(AGAIN_SECONDS * 2.0 ** min(one.attempts, 10), AGAIN_SECONDS_MAX)
            one.attempts += 1
            one.lost = lost
            one.next_at = now + wait * random.uniform(0.8, 1.2)  # noqa: S311 - spreads announcements

    def was_said(self, schema_hash: bytes) -> bool:
        """Tell whether a schema was announced over this connection."""
        return schema_hash in self._said_at

    def connected(self, now: float) -> None:
        """Note that the connection is a new one: the platform behind it may accept more, or know less."""
        self._said_at.clear()
        for one in self._unaccepted.values():
            one.next_at = now

    def clear(self) -> None:
        """Forget everything: the buffer is another one."""
        self._unaccepted.clear()
        self._said_at.clear()

    def next_due(self) -> float | None:
        """Return when the next schema is to be announced."""
        return min((one.next_at for one in self._unaccepted.values()), default=None)

    def trouble(self) -> str:
        """Return what holds frames up, in words; empty when nothing does for long."""
        lost = sum(one.lost for one in self._unaccepted.values())
        if lost:
            return f"frames wait whose schema ({lost}) is neither in the buffer nor known to the platform"
        refused = [o for o in self._unaccepted.values() if o.attempts >= REFUSED_ATTEMPTS]
        if not refused:
            return ""
        attempts = max(one.attempts for one in refused)
        return (
            f"the platform does not accept a schema ({len(refused)}), announced {attempts} times, and frames"
            f" wait for it: {refused[-1].detail}"
        )
