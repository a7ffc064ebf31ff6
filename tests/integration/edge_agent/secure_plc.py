"""An OPC UA server with policies and certificates, for the tests of security."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

from asyncua import Server, ua
from asyncua.crypto.permission_rules import User, UserRole
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from kernel.clock import utc_now
from tests.integration.edge_agent.peers import Plc

URI = "urn:test:secure-plc"
ALL = [
    ua.SecurityPolicyType[f"{policy}_{mode}"]
    for policy in ("Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss")
    for mode in ("Sign", "SignAndEncrypt")
]


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


def certificate(name: str = "plc", host: str = "127.0.0.1", days: int = 30) -> Pair:
    """Make a self-signed certificate; with negative days it has expired."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    hosts: list[x509.GeneralName] = (
        [x509.IPAddress(ip_address(host))] if host[0].isdigit() else [x509.DNSName(host)]
    )
    now = utc_now()
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(URI), *hosts]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    return Pair(made, key)


class SecurePlc(Plc):
    """A server that has policies only, and lets in whom its test names.

    Attributes:
        refused: certificates of clients that are refused, by DER.
    """

    def __init__(self, port: int, pair: Pair, *, users: dict[str, str] | None = None,
                 user_certificates: Sequence[bytes] = ()) -> None:  # fmt: skip
        super().__init__(port, users=users)
        self._pair = pair
        self._known = list(user_certificates)
        self.refused: set[bytes] = set()

    async def secure(self, server: Server) -> None:
        await server.set_application_uri(URI)
        await server.load_certificate(self._pair.der, "der")
        await server.load_private_key(self._pair.key_pem, format="pem")
        server.set_security_policy(ALL)
        server.set_certificate_validator(self._validate)
        if self._known:
            server.iserver.user_manager = self
            server.set_identity_tokens([ua.X509IdentityToken])

    async def _validate(self, shown: x509.Certificate, _: Any) -> None:
        from asyncua.common.utils import ServiceError

        if shown.public_bytes(serialization.Encoding.DER) in self.refused:
            raise ServiceError(ua.StatusCodes.BadCertificateUntrusted)

    def get_user(self, *_: Any, certificate: Any = None, **__: Any) -> User | None:
        """Let in holders of a known certificate; asyncua asks it as a user manager."""
        return User(role=UserRole.User) if certificate in self._known else None

    @property
    def sessions(self) -> int:
        """How many sessions of clients the server has."""
        return len(self.server.iserver._external_sessions)
