"""Why bytes from a wire were not accepted; `code` is what quarantine and refusals record."""

from typing import ClassVar

from kernel.errors import ForewarnError


class WireError(ForewarnError):
    """The bytes are not a valid message."""

    code: ClassVar[str] = "wire"


class NotAFrame(WireError):
    """The bytes are no message of this protocol, or one of another kind."""

    code = "not_a_frame"


class UnknownVersion(WireError):
    """The message has a version this program does not know."""

    code = "unknown_version"


class Truncated(WireError):
    """The message ends before it should."""

    code = "truncated"


class UnknownAgent(WireError):
    """No key is known for the agent the message names."""

    code = "unknown_agent"


class BadSignature(WireError):
    """The signature does not fit the agent's key."""

    code = "bad_signature"


class TooLarge(WireError):
    """The message is larger than allowed, or would become so when unpacked."""

    code = "too_large"


class Inconsistent(WireError):
    """The message contradicts itself."""

    code = "inconsistent"
