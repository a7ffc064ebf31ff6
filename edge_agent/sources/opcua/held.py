"""What is known of the sessions a server keeps for this agent, and the file it survives in.

At most one session is left behind beside the one in use, whenever the agent is killed and however often. A
session is therefore noted before it is asked for; one whose answer nobody remembers counts as there until the
server has forgotten it, and while two may be there no third is asked for.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from edge_agent.errors import SessionsLeftBehind
from edge_agent.trust.own import write_private
from kernel.log import get_logger

# A server forgets the session of an agent that was killed after this.
SESSION_MS: Final = 60_000
_SESSION_SECONDS: Final = SESSION_MS / 1000
_LEFT_MAX: Final = 1

_log = get_logger(__name__)


@dataclass
class HeldSubscription:
    """A subscription on the server.

    Attributes:
        id: the server's number for it.
        publishing_ms: as configured; it names the tags that are in it.
        sequence: of the next notification; 0 when it is not known.
        keepalive_seconds: how long the server is silent at most.
    """

    id: int
    publishing_ms: float
    sequence: int = 0
    keepalive_seconds: float = 5.0


@dataclass
class HeldSession:
    """What it takes to go on with a session.

    Attributes:
        fingerprint: of the source's configuration; with another one the subscriptions are of no use.
        token: the session's authentication token.
        nonce: the server's latest, in hexadecimal.
        policies: the user token policies of the endpoint: id, type, security policy.
        subscriptions: what the session has.
        failed: tags that could not be watched, by index, with the reason.
        stale: subscriptions of another configuration, to be deleted.
        heard_us: when the server made its latest message, by its own clock; up to then it told everything.
        left: when the server will have forgotten sessions that nobody can go on with, in s since 1970.
    """

    fingerprint: str
    token: str = ""
    nonce: str = ""
    policies: list[tuple[str, int, str]] = field(default_factory=list)
    subscriptions: list[HeldSubscription] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    stale: list[int] = field(default_factory=list)
    heard_us: int = 0
    left: list[float] = field(default_factory=list)

    @property
    def there(self) -> bool:
        """Whether there may be such a session on the server."""
        return bool(self.token)

    def lose(self, now: float) -> None:
        """The session may still be there, and cannot be gone on with."""
        self.token = ""
        self.left.append(now + _SESSION_SECONDS)

    def opening(self, now: float) -> float:
        """Note that a session is about to be asked for; returns what `opened` wants to know.

        Raises:
            SessionsLeftBehind: the server may still keep as many as it should at most.
        """
        # A time further off than any session lives is of a clock that was set back.
        self.left = [until for until in self.left if 0 < until - now < _SESSION_SECONDS + 1]
        if len(self.left) > _LEFT_MAX:
            raise SessionsLeftBehind(min(self.left) - now)
        self.left.append(now + _SESSION_SECONDS)
        return self.left[-1]

    def opened(self, noted: float) -> None:
        """The session that was asked for is known, or surely not there."""
        self.left.remove(noted)


class SessionFile:
    """Where a session's identity survives the agent; its owner's only, for it is as good as a login."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, fingerprint: str) -> HeldSession:
        """Return what was saved; an empty one when there is nothing of use."""
        try:
            facts = json.loads(self._path.read_text())
            held = HeldSession(
                fingerprint=str(facts["fingerprint"]),
                token=str(facts["token"]),
                nonce=str(facts["nonce"]),
                policies=[(str(i), int(t), str(u)) for i, t, u in facts["policies"]],
                subscriptions=[HeldSubscription(**one) for one in facts["subscriptions"]],
                failed={int(index): str(reason) for index, reason in facts["failed"].items()},
                heard_us=int(facts["heard_us"]),
                left=[float(until) for until in facts.get("left", ())],
            )
        except FileNotFoundError:
            return HeldSession(fingerprint)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("a saved session cannot be read", file=str(self._path), reason=str(error))
            return HeldSession(fingerprint)
        if held.fingerprint != fingerprint:
            held.stale = [one.id for one in held.subscriptions]
            held.subscriptions, held.failed, held.fingerprint = [], {}, fingerprint
        for subscription in held.subscriptions:
            subscription.sequence = 0  # it went on since
        return held

    def save(self, held: HeldSession) -> None:
        """Write it; a disk that takes nothing costs the session at the next start, no more."""
        try:
            write_private(self._path, json.dumps(asdict(held)).encode())
        except OSError as error:
            _log.warning("a session cannot be saved", file=str(self._path), reason=str(error))
