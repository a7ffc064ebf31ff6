"""Errors of `ingest`."""

from kernel.errors import Conflict


class AlreadyResolved(Conflict):
    """This was replayed or dropped before."""

    code = "already_resolved"


class NotReplayable(Conflict):
    """What is kept of this is not enough to store it, or the reason still holds."""

    code = "not_replayable"
