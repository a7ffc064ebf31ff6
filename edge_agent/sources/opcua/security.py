"""Policies, certificates and logins of OPC UA, as the configuration names them."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from asyncua import Client, ua
from asyncua.crypto import security_policies
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from edge_agent.config import OpcUaSource
from edge_agent.errors import (
    CertificateOfAnotherHost,
    CertificateOutOfTime,
    CertificateRefused,
    CertificateUntrusted,
    LoginRefused,
    OwnCertificateRefused,
    PolicyNotOffered,
    SourceUnavailable,
)
from edge_agent.trust.own import application_uri, der, own_certificate
from edge_agent.trust.store import TrustStore, read_certificate, thumbprint
from kernel.errors import ConfigurationError, InvalidInput

_POLICIES: dict[str, type[security_policies.SecurityPolicy]] = {
    "Basic256Sha256": security_policies.SecurityPolicyBasic256Sha256,
    "Aes128-Sha256-RsaOaep": security_policies.SecurityPolicyAes128Sha256RsaOaep,
    "Aes256-Sha256-RsaPss": security_policies.SecurityPolicyAes256Sha256RsaPss,
    "Basic128Rsa15": security_policies.SecurityPolicyBasic128Rsa15,
    "Basic256": security_policies.SecurityPolicyBasic256,
}
_LOGIN_REFUSED = {
    ua.StatusCodes.BadUserAccessDenied,
    ua.StatusCodes.BadIdentityTokenInvalid,
    ua.StatusCodes.BadIdentityTokenRejected,
}
_CERTIFICATE_REFUSED = {
    ua.StatusCodes.BadSecurityChecksFailed,
    ua.StatusCodes.BadCertificateInvalid,
    ua.StatusCodes.BadCertificateUntrusted,
    ua.StatusCodes.BadCertificateTimeInvalid,
    ua.StatusCodes.BadCertificateUriInvalid,
    ua.StatusCodes.BadCertificateUseNotAllowed,
    ua.StatusCodes.BadCertificateChainIncomplete,
}


@dataclass
class Security:
    """How one gateway meets servers.

    Attributes:
        agent: id of the gateway.
        pki: folder of its certificates.
        certificate: of the server that was last met with a policy; None before.
        trusted: whether an operator has accepted it.
        own_index: which of the gateway's certificates is shown; see `OwnCertificate`.
    """

    agent: str
    pki: Path
    certificate: x509.Certificate | None = None
    trusted: bool = False
    own_index: int = 0

    def __post_init__(self) -> None:
        self.store = TrustStore(self.pki)

    @property
    def uri(self) -> str:
        """The gateway's application URI."""
        return application_uri(self.agent)

    async def apply(self, client: Client, config: OpcUaSource, request_seconds: float) -> None:
        """Prepare a client that is not yet connected.

        Raises:
            CertificateRefused: the server's certificate is not trusted, out of time or for another host.
            PolicyNotOffered: the server does not have the wanted policy and mode.
            ConfigurationError: a file of the gateway cannot be used.
        """
        client.application_uri = self.uri
        _identify(client, config)
        if config.security_policy == "None":
            return
        own = own_certificate(self.pki, self.agent)
        policy = _POLICIES[config.security_policy]
        mode = ua.MessageSecurityMode[config.security_mode]
        server = await _server_certificate(config, policy.URI, mode, request_seconds)
        self._check(server, config)
        shown = own.certificates[self.own_index % len(own.certificates)]
        client.security_policy = policy(server, shown, own.key, mode)
        client.uaclient.set_security(client.security_policy)

    def show_another(self) -> None:
        """Show another of the gateway's own certificates next time: the server refuses this one."""
        self.own_index += 1

    def still_trusted(self) -> bool:
        """Tell whether the certificate in use may still be used."""
        if self.certificate is None:
            return True
        in_time = self.certificate.not_valid_after_utc > datetime.now(UTC)
        self.trusted = self.store.trusts(self.certificate)
        return self.trusted and in_time

    def report(self, config: OpcUaSource) -> dict[str, Any]:
        """Return what a status says of it."""
        secured = config.security_policy != "None"
        login = "user" if config.username else "anonymous"
        facts: dict[str, Any] = {
            "security": f"{config.security_policy} {config.security_mode}" if secured else "None",
            "login": "certificate" if config.user_certificate_file else login,
        }
        if self.certificate is not None:
            facts["server_certificate"] = {
                "thumbprint": thumbprint(der(self.certificate)),
                "not_after": self.certificate.not_valid_after_utc.isoformat(),
                "trusted": self.trusted,
            }
        return facts

    def _check(self, certificate: x509.Certificate, config: OpcUaSource) -> None:
        self.certificate, self.trusted = certificate, self.store.trusts(certificate)
        name = thumbprint(der(certificate))
        problem: CertificateRefused | None = None
        now = datetime.now(UTC)
        if certificate.not_valid_after_utc <= now:
            ended = certificate.not_valid_after_utc.date()
            problem = CertificateOutOfTime(f"the server's certificate expired on {ended}")
        elif certificate.not_valid_before_utc > now:
            begins = certificate.not_valid_before_utc.isoformat()
            problem = CertificateOutOfTime(
                f"the server's certificate is valid from {begins} only; is a clock wrong?"
            )
        elif config.verify_host and not _names_host(certificate, config.url):
            host = urlparse(config.url).hostname
            problem = CertificateOfAnotherHost(
                f"the server's certificate is not for {host}; if it is the right one all the same, say "
                "verify_host = false"
            )
        elif not self.trusted:
            problem = CertificateUntrusted(
                f"the server's certificate is not accepted: forewarn edge trust accept {name[:16]}"
            )
        if problem is not None:
            if not self.trusted:
                self.store.put_aside(certificate, problem.detail, config.name, config.url)
            raise problem


def refusal(error: Exception, config: OpcUaSource) -> SourceUnavailable | None:
    """Return what a server's refusal to open a session means; None when it means nothing about security."""
    code = getattr(error, "code", None)
    if code in _LOGIN_REFUSED:
        return LoginRefused(f"the server refused the login: {type(error).__name__}")
    if config.security_policy != "None" and code in _CERTIFICATE_REFUSED:
        return OwnCertificateRefused(
            f"the server refused the gateway's certificate ({type(error).__name__}); its operator has to "
            "accept own/cert.der of the gateway's pki folder"
        )
    return None


async def _server_certificate(
    config: OpcUaSource, uri: str, mode: ua.MessageSecurityMode, request_seconds: float
) -> x509.Certificate:
    """Ask the server, on a channel without security, which certificate it has for a policy."""
    client = Client(config.url, timeout=request_seconds)
    endpoints = await client.connect_and_get_server_endpoints()
    fitting = [e for e in endpoints if (e.SecurityPolicyUri, e.SecurityMode) == (uri, mode)]
    if not fitting:
        offered = {
            f"{e.SecurityPolicyUri.partition('#')[2]} {e.SecurityMode.name}" for e in endpoints
        }
        raise PolicyNotOffered(
            f"the server does not offer {config.security_policy} {config.security_mode}, but "
            f"{', '.join(sorted(offered)).replace('None None_', 'None') or 'nothing'}"
        )
    data = fitting[0].ServerCertificate or b""
    # A chain may follow; the length of the first certificate stands in its header.
    length = int.from_bytes(data[2:4], "big") + 4
    try:
        return x509.load_der_x509_certificate(data[:length])
    except ValueError as error:
        raise CertificateRefused(f"the server's certificate cannot be read: {error}") from None


def _identify(client: Client, config: OpcUaSource) -> None:
    if config.username:
        client.set_user(config.username)
        client.set_password(config.password.get_secret_value())
    if config.user_certificate_file is None or config.user_key_file is None:
        return
    try:
        client.user_certificate = read_certificate(config.user_certificate_file)
        client.user_private_key = serialization.load_pem_private_key(
            config.user_key_file.read_bytes(), None
        )
    except (OSError, ValueError, TypeError, InvalidInput) as error:
        raise ConfigurationError(f"{config.name}: the user's certificate or key: {error}") from None


def _names_host(certificate: x509.Certificate, url: str) -> bool:
    host = urlparse(url).hostname or ""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    try:
        return ipaddress.ip_address(host) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        known = {name.lower() for name in names.get_values_for_type(x509.DNSName)}
        return host.lower() in known
