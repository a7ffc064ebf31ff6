"""What can be refused of alarms and suppressions."""

from kernel.errors import Conflict, InvalidInput


class AlarmBusy(Conflict):
    """Somebody else is changing the alarm at this moment."""

    code = "alarm_busy"


class NotShelved(Conflict):
    """The alarm is not shelved."""

    code = "alarm_not_shelved"


class SuppressionEnded(Conflict):
    """The suppression has ended already."""

    code = "suppression_ended"


class InvalidSuppression(InvalidInput):
    """The suppression makes no sense."""

    code = "invalid_suppression"
