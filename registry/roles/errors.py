"""What can be wrong with a change of rights."""

from kernel.errors import Conflict, Forbidden, InvalidInput


class LastAdministrator(Conflict):
    """Nobody would be left who may administer."""

    code = "last_administrator"


class UnknownRole(InvalidInput):
    """There is no such role."""

    code = "unknown_role"


class UnknownPermission(InvalidInput):
    """There is no such permission."""

    code = "unknown_permission"


class RoleExists(Conflict):
    """There is a role of that name."""

    code = "role_exists"


class RoleInUse(Conflict):
    """Somebody has this role."""

    code = "role_in_use"


class BeyondOwnRights(Forbidden):
    """Nobody can give rights they do not have."""

    code = "beyond_own_rights"
