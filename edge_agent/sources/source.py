"""What every source is to the agent."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

REASONS_MAX = 20


class Source(Protocol):
    """Something that reads a customer's machines."""

    async def run(self) -> None:
        """Read until cancelled; comes back by itself from whatever the other side does."""
        ...

    def report(self) -> dict[str, Any]:
        """Return how it is, for the status: `name`, `kind`, `state`, `code`, `detail`, `values`."""
        ...


@runtime_checkable
class KeepsSession(Protocol):
    """A source whose server holds a session that another reader can go on with."""

    def keep_session(self) -> None:
        """Leave the session on the server when this reader is stopped."""
        ...


class Health:
    """How a source is, told once when it changes.

    Attributes:
        state: `connecting`, `connected` or `lost`.
        code: why it is not connected, for programs: `unreachable`, `login_refused`, `silent`, `error`.
        detail: the same for people.
        values: readings taken since the start.
        oddities: what was not taken or needs a look, counted by reason.
    """

    def __init__(self, name: str, kind: str, tags: int, on_change: Callable[[], None]) -> None:
        self._facts: dict[str, Any] = {"name": name, "kind": kind, "tags": tags}
        self._on_change = on_change
        self.state = "connecting"
        self.code = ""
        self.detail = ""
        self.values = 0
        self.oddities: Counter[str] = Counter()

    def become(self, state: str, code: str = "", detail: str = "") -> bool:
        """Change the state; returns whether it did change."""
        if (self.state, self.code, self.detail) == (state, code, detail):
            return False
        self.state, self.code, self.detail = state, code, detail
        self._on_change()
        return True

    def report(self, **more: Any) -> dict[str, Any]:
        """Return the facts of a status."""
        return {
            **self._facts,
            "state": self.state,
            "code": self.code,
            "detail": self.detail[:500],
            "values": self.values,
            "oddities": dict(self.oddities.most_common(REASONS_MAX)),
            **more,
        }
