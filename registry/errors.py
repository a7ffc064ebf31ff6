"""Errors that several parts of `registry` raise."""

from kernel.errors import InvalidInput


class UnknownOrganisation(InvalidInput):
    """There is no such organisation, or it is archived."""

    code = "unknown_organisation"


class UnknownSite(InvalidInput):
    """There is no such site."""

    code = "unknown_site"
