"""What can be wrong with a site."""

from kernel.errors import Conflict, InvalidInput


class UnknownTimeZone(InvalidInput):
    """There is no such time zone."""

    code = "unknown_time_zone"


class SiteInUse(Conflict):
    """There are machines or gateways at this site."""

    code = "site_in_use"
