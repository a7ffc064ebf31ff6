"""Errors of `ingest`."""

from kernel.errors import Conflict


class AlreadyResolved(Conflict):
    """This was replayed or dropped before."""

    code = "already_resolved"


class NotReplayable(Conflict):
    """What is kept of this is not enough to store it, or the reason still holds."""

    code = "not_replayable"


class AddressTaken(Conflict):
    """A source that was adopted is at this address, or at one that overlaps it."""

    code = "address_taken"
