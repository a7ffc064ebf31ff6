"""What can be wrong with an organisation."""

from kernel.errors import Conflict, InvalidInput


class InvalidParent(InvalidInput):
    """An organisation cannot stand there in the tree."""

    code = "invalid_parent"


class ManufacturerExists(Conflict):
    """An installation has one manufacturer."""

    code = "manufacturer_exists"


class OrganisationInUse(Conflict):
    """The organisation still has what only a live one can have."""

    code = "organisation_in_use"


class Archived(Conflict):
    """It is archived; restore it first."""

    code = "archived"
