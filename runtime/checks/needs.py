"""What a check needs beyond Python, and what is said when it cannot be had."""

from collections.abc import Callable, Mapping

from kernel.errors import ForewarnError, Kind

Say = Callable[[str], None]
# Gets what is needed, telling how far it is; returns variables for the check's process.
Need = Callable[[Say], Mapping[str, str]]


class Missing(ForewarnError):
    """A check cannot run here."""

    code = "check_needs_missing"
    kind = Kind.UNAVAILABLE
