"""The gateway's own application certificate: made on first run, renewed in time.

A renewal keeps the key. A server that does not know the new certificate yet is met with the former one for as
long as that is valid, so that nothing is lost until its operator has accepted the new one.
"""

import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kernel.errors import ConfigurationError

KEY_BITS = 2048
VALID_DAYS = 5 * 365
RENEW_DAYS_BEFORE = 90
_CLOCK_SLACK = timedelta(days=1)


@dataclass(frozen=True)
class OwnCertificate:
    """What the gateway shows to servers.

    Attributes:
        key: its private key.
        certificates: the current one, then the former one if it is still valid.
    """

    key: rsa.RSAPrivateKey
    certificates: tuple[x509.Certificate, ...]


def application_uri(agent: str) -> str:
    """Return the application URI of a gateway, which its certificate and its sessions name."""
    return f"urn:forewarn:edge-agent:{agent}"


def own_certificate(pki: Path, agent: str, now: datetime | None = None) -> OwnCertificate:
    """Return the gateway's certificate and key; they are made if there are none, renewed if it is time.

    Raises:
        ConfigurationError: a file cannot be read or written, or is no certificate or RSA key.
    """
    folder, now = pki / "own", now or datetime.now(UTC)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = _key(folder / "key.pem")
        current = _load(folder / "cert.der")
        fits = current is not None and _fits(current, key, agent)
        if current is None or not fits or _ends(current) - now < timedelta(days=RENEW_DAYS_BEFORE):
            if current is not None and fits:
                write_private(folder / "former.der", der(current))
            current = _made(key, agent, now)
            write_private(folder / "cert.der", der(current))
        former = _load(folder / "former.der")
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{folder}: the gateway's certificate: {error}") from None
    usable = former is not None and _fits(former, key, agent) and _ends(former) > now
    return OwnCertificate(key, (current, former) if former is not None and usable else (current,))


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read; whole, or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def der(certificate: x509.Certificate) -> bytes:
    """Return a certificate's DER form."""
    return certificate.public_bytes(serialization.Encoding.DER)


def _key(path: Path) -> rsa.RSAPrivateKey:
    if not path.exists():
        made = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        text = made.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_private(path, text)
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError(f"{path.name} is no RSA key")  # noqa: TRY004 - a bad file, as those above
    return key


def _load(path: Path) -> x509.Certificate | None:
    return x509.load_der_x509_certificate(path.read_bytes()) if path.exists() else None


def _fits(certificate: x509.Certificate, key: rsa.RSAPrivateKey, agent: str) -> bool:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    return certificate.public_key() == key.public_key() and application_uri(agent) in uris


def _ends(certificate: x509.Certificate) -> datetime:
    return certificate.not_valid_after_utc


def _made(key: rsa.RSAPrivateKey, agent: str, now: datetime) -> x509.Certificate:
    """Return a self-signed certificate; its contents are as OPC UA part 6, 6.2.2 wants them."""
    host = socket.gethostname()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Forewarn"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Forewarn edge agent {agent}"[:64]),
        ]
    )
    key_usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=True, data_encipherment=True,
        key_agreement=False, key_cert_sign=True, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SLACK)
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.UniformResourceIdentifier(application_uri(agent)), x509.DNSName(host)]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256())
