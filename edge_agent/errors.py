"""What a gateway refuses, beyond a wrong configuration."""

from typing import ClassVar

from kernel.errors import Conflict, ForewarnError, Kind


class BufferInUse(Conflict):
    """Another agent uses this buffer file."""

    code = "buffer_in_use"


class BufferOfAnotherAgent(Conflict):
    """The buffer file belongs to another agent."""

    code = "buffer_of_another_agent"


class BufferDamaged(Conflict):
    """The buffer file cannot be read."""

    code: ClassVar[str] = "buffer_damaged"


class SourceUnavailable(ForewarnError):
    """A source cannot be read."""

    code: ClassVar[str] = "source_unavailable"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE
