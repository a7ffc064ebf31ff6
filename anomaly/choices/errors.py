"""What can go wrong with a choice of a detector."""

from kernel.errors import InvalidInput, NotFound


class NoSuchDetector(InvalidInput):
    """There is no detector of that name."""

    code = "unknown_detector"


class NoSuchChoice(NotFound):
    """There is no such choice in force."""

    code = "choice_not_found"
