"""What can be refused of commands."""

from kernel.errors import Conflict


class AlarmNotActive(Conflict):
    """The alarm is over, or of the past: there is nothing to get used to."""

    code = "alarm_not_active"


class AlreadyTold(Conflict):
    """The models have been told so and are about to do it."""

    code = "already_told"
