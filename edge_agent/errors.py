"""What a gateway refuses, beyond a wrong configuration."""

from typing import ClassVar

from kernel.errors import Conflict, ForewarnError, Kind, NotFound


class BufferInUse(Conflict):
    """Another agent uses this buffer file."""

    code = "buffer_in_use"


class BufferOfAnotherAgent(Conflict):
    """The buffer file belongs to another agent."""

    code = "buffer_of_another_agent"


class BufferDamaged(Conflict):
    """The buffer file cannot be read."""

    code: ClassVar[str] = "buffer_damaged"


class SourceUnavailable(ForewarnError):
    """A source cannot be read."""

    code: ClassVar[str] = "source_unavailable"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


class CertificateUnknown(NotFound):
    """No certificate, or more than one, is meant by what was given."""

    code = "certificate_unknown"


class ServerSilent(SourceUnavailable):
    """The server is connected and does not answer."""

    code = "silent"


class SessionsLeftBehind(SourceUnavailable):
    """The server may still keep as many sessions of this agent as it should at most."""

    code = "sessions_left_behind"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"the server may keep {seconds:.0f} s more what agents that were killed left on it;"
            " a new session is opened then"
        )


class PolicyNotOffered(SourceUnavailable):
    """The server has no endpoint with the wanted security."""

    code = "policy_not_offered"


class LoginRefused(SourceUnavailable):
    """The server refuses the login."""

    code = "login_refused"


class OwnCertificateRefused(SourceUnavailable):
    """The server refuses the gateway's certificate; its operator has to accept it there."""

    code = "own_certificate_refused"


class CertificateRefused(SourceUnavailable):
    """The server's certificate cannot be used."""

    code = "certificate_refused"


class CertificateUntrusted(CertificateRefused):
    """No operator has accepted the server's certificate."""

    code = "certificate_untrusted"


class CertificateOutOfTime(CertificateRefused):
    """The server's certificate has expired, or is not valid yet."""

    code = "certificate_expired"


class CertificateOfAnotherHost(CertificateRefused):
    """The server's certificate is for another host."""

    code = "certificate_wrong_host"


class SecretWithheld(SourceUnavailable):
    """The login that is kept for a source is not for the server it names."""

    code = "secret_withheld"


class SecretWithoutAddress(SecretWithheld):
    """`secrets.toml` does not say which server a login is for."""

    code = "secret_without_address"


class SecretOfAnotherAddress(SecretWithheld):
    """A login is for another server."""

    code = "secret_of_another_address"


class SecretNeedsSecurity(SecretWithheld):
    """A login is not shown with so little security."""

    code = "secret_needs_security"
