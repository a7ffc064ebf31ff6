"""What can be wrong with a person."""

from kernel.errors import Conflict, InvalidInput


class EmailTaken(Conflict):
    """Somebody has this e-mail address."""

    code = "email_taken"


class WeakPassword(InvalidInput):
    """This password is too easy to guess."""

    code = "weak_password"


class InvalidShift(InvalidInput):
    """A shift must begin before it ends, in a time zone that exists."""

    code = "invalid_shift"
