"""What can be wrong with signing in."""

from kernel.errors import Conflict, InvalidInput, Unauthenticated


class WrongSignIn(Unauthenticated):
    """The address and the password do not belong together."""

    code = "wrong_sign_in"


class WrongPassword(InvalidInput):
    """This is not your present password."""

    code = "wrong_password"


class LinkNotValid(InvalidInput):
    """This link cannot be used: it is wrong, used or too old."""

    code = "link_not_valid"


class PersonInactive(Conflict):
    """This person is not active."""

    code = "person_inactive"
