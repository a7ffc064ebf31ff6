"""What is refused about gateways."""

from kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated


class GatewayRevoked(Forbidden):
    """This gateway was revoked."""

    code = "gateway_revoked"


class GatewayIsRevoked(Conflict):
    """A revoked gateway cannot be changed any more."""

    code = "gateway_is_revoked"


class NotOfThisGateway(Unauthenticated):
    """The signature is no gateway's."""

    code = "bad_signature"


class StaleCounter(Conflict):
    """This check-in, or a later one, was received before."""

    code = "stale_counter"


class CounterTooHigh(Conflict):
    """This check-in's counter is far ahead of what can be; a lower one is taken."""

    code = "counter_too_high"


class EnrolmentTokenUnknown(InvalidInput):
    """There is no such enrolment token."""

    code = "enrolment_token_unknown"


class EnrolmentTokenExpired(InvalidInput):
    """The enrolment token is too old; ask for a new one."""

    code = "enrolment_token_expired"


class EnrolmentTokenUsed(InvalidInput):
    """The enrolment token was used already; ask for a new one."""

    code = "enrolment_token_used"


class FormerKeyInUse(Conflict):
    """The key before the present one is still in use; let it end first."""

    code = "former_key_in_use"


class NoFormerKey(Conflict):
    """No former key is accepted."""

    code = "no_former_key"


class ConfigurationInvalid(InvalidInput):
    """A gateway would refuse this configuration."""

    code = "gateway_configuration_invalid"


class UnknownAsset(InvalidInput):
    """The gateway's customer has no machine with this serial number."""

    code = "unknown_asset"


class ConfigurationUnchanged(Conflict):
    """The present version says the same."""

    code = "gateway_configuration_unchanged"


class ConfigurationOutdated(Conflict):
    """There is a newer version than the one this is based on."""

    code = "gateway_configuration_outdated"


class NothingToAdopt(Conflict):
    """The gateway runs what the platform gave it."""

    code = "nothing_to_adopt"


class BrowseUnderWay(Conflict):
    """The gateway is looking at a server already."""

    code = "browse_under_way"


class NotCheckingIn(Conflict):
    """The gateway does not ask the platform what to do: it was not enrolled, or is away."""

    code = "gateway_not_checking_in"


class UnknownSource(NotFound):
    """The configuration has no such source."""

    code = "unknown_source"
