"""What promised times refuse, and why."""

from kernel.errors import Conflict, InvalidInput


class InvalidPolicy(InvalidInput):
    """The SLA policy cannot be used."""

    code = "invalid_sla_policy"


class PositionTaken(Conflict):
    """Another SLA policy has this place in the order."""

    code = "sla_position_taken"


class CalendarInUse(Conflict):
    """An SLA policy counts by this calendar."""

    code = "calendar_in_use"


class NameTaken(Conflict):
    """Another one has this name."""

    code = "name_taken"


class Archived(Conflict):
    """It is archived."""

    code = "archived"
