"""What business calendars refuse, and why."""

from kernel.errors import Conflict, InvalidInput


class InvalidCalendar(InvalidInput):
    """The calendar cannot be used."""

    code = "invalid_calendar"


class UnknownZone(InvalidCalendar):
    """There is no such time zone."""

    code = "unknown_time_zone"


class UnknownCountry(InvalidCalendar):
    """The holidays of this country or region are not known."""

    code = "unknown_holidays"


class OverlappingWindows(InvalidCalendar):
    """Two windows of working time overlap."""

    code = "overlapping_windows"


class NoWorkingTime(InvalidCalendar):
    """The calendar has no working time."""

    code = "no_working_time"


class BeyondReach(Conflict):
    """So much working time does not come within the reach of calendars."""

    code = "working_time_beyond_reach"
