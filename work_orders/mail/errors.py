"""What can go wrong with a letter."""

from kernel.errors import Conflict


class AlreadyDecided(Conflict):
    """Somebody has decided about this letter before."""

    code = "mail_already_decided"
