"""Which servers' certificates may be talked to: those an operator has accepted, byte for byte."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509

from edge_agent.errors import CertificateUnknown
from edge_agent.trust.own import der, write_private
from kernel.errors import InvalidInput

# A server, or whoever stands in its place, may show a new certificate each time.
REJECTED_MAX = 100
_PREFIX_MIN = 8


@dataclass(frozen=True)
class Known:
    """A certificate in the store.

    Attributes:
        thumbprint: SHA-256 of the certificate.
        sha1: the thumbprint that OPC UA tools show.
        trusted: an operator has accepted it.
        reason: why it is put aside; empty for a trusted one.
        source, url: where it was last met; empty for one accepted in advance.
        seen_at: when it was last met, ISO 8601.
    """

    thumbprint: str
    sha1: str
    trusted: bool
    subject: str
    not_after: datetime
    reason: str = ""
    source: str = ""
    url: str = ""
    seen_at: str = ""


class TrustStore:
    """The folders `trusted` and `rejected` of a pki folder."""

    def __init__(self, pki: Path) -> None:
        self._trusted = pki / "trusted"
        self._rejected = pki / "rejected"

    def trusts(self, certificate: x509.Certificate) -> bool:
        """Tell whether an operator has accepted this very certificate."""
        data = der(certificate)
        try:
            return (self._trusted / f"{thumbprint(data)}.der").read_bytes() == data
        except OSError:
            return False

    def put_aside(self, certificate: x509.Certificate, reason: str, source: str, url: str) -> None:
        """Keep a certificate that was met and is not trusted, for an operator to look at."""
        facts = {
            "reason": reason,
            "source": source,
            "url": url,
            "seen_at": datetime.now(UTC).isoformat(),
        }
        self._keep_aside(der(certificate), facts)

    def accept(self, wanted: str) -> Known:
        """Trust a certificate that was put aside, or in advance one that is in a file.

        Args:
            wanted: beginning of a thumbprint (SHA-256 or SHA-1), or path of a DER or PEM file.

        Raises:
            CertificateUnknown: none or several are meant.
            InvalidInput: the file is no certificate.
        """
        path = Path(wanted)
        if path.is_file():
            data = der(read_certificate(path))
        else:
            found = self._only(wanted, [k for k in self.known() if not k.trusted])
            data = (self._rejected / f"{found.thumbprint}.der").read_bytes()
        name = thumbprint(data)
        self._trusted.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(self._trusted / f"{name}.der", data)
        for suffix in ("der", "json"):
            (self._rejected / f"{name}.{suffix}").unlink(missing_ok=True)
        return _known(data, trusted=True, facts={})

    def reject(self, wanted: str) -> Known:
        """Trust a certificate no more.

        Raises:
            CertificateUnknown: none or several are meant.
        """
        found = self._only(wanted, self.known())
        if found.trusted:
            path = self._trusted / f"{found.thumbprint}.der"
            self._keep_aside(path.read_bytes(), {"reason": "refused by the operator"})
            path.unlink()
        return next(k for k in self.known() if k.thumbprint == found.thumbprint)

    def known(self) -> list[Known]:
        """Return all certificates, trusted ones first."""
        return [
            *(_known(data, trusted=True, facts={}) for data in _contents(self._trusted)),
            *(
                _known(data, trusted=False, facts=self._facts(thumbprint(data)))
                for data in _contents(self._rejected)
            ),
        ]

    def _facts(self, name: str) -> dict[str, Any]:
        try:
            facts = json.loads((self._rejected / f"{name}.json").read_text())
        except (OSError, ValueError):
            return {}
        return facts if isinstance(facts, dict) else {}

    def _keep_aside(self, data: bytes, facts: dict[str, str]) -> None:
        self._rejected.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = thumbprint(data)
        write_private(self._rejected / f"{name}.der", data)
        write_private(self._rejected / f"{name}.json", json.dumps(facts).encode())
        others = sorted(self._rejected.glob("*.der"), key=os.path.getmtime)
        for path in others[:-REJECTED_MAX]:
            path.unlink(missing_ok=True)
            path.with_suffix(".json").unlink(missing_ok=True)

    @staticmethod
    def _only(wanted: str, among: list[Known]) -> Known:
        start = wanted.lower().replace(":", "").replace(" ", "")
        found = [k for k in among if k.thumbprint.startswith(start) or k.sha1.startswith(start)]
        if len(found) != 1 or len(start) < _PREFIX_MIN:
            count = len(found) if len(start) >= _PREFIX_MIN else 0
            raise CertificateUnknown(
                f"{wanted!r} means {count} certificates; give at least {_PREFIX_MIN} digits of one "
                "thumbprint that `forewarn edge trust list` shows, or a file"
            )
        return found[0]


def thumbprint(data: bytes) -> str:
    """Return the SHA-256 of a certificate's DER form."""
    return hashlib.sha256(data).hexdigest()


def read_certificate(path: Path) -> x509.Certificate:
    """Read a certificate, PEM or DER.

    Raises:
        InvalidInput: the file cannot be read or holds none.
    """
    try:
        data = path.read_bytes()
        if data.lstrip().startswith(b"-----BEGIN"):
            return x509.load_pem_x509_certificate(data)
        return x509.load_der_x509_certificate(data)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path}: is no certificate: {error}") from None


def _contents(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.glob("*.der")):
        with suppress(FileNotFoundError):  # another process has moved it meanwhile
            yield path.read_bytes()


def _known(data: bytes, *, trusted: bool, facts: dict[str, Any]) -> Known:
    certificate = x509.load_der_x509_certificate(data)
    sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    shown = {
        name: str(facts.get(name, ""))[:500] for name in ("reason", "source", "url", "seen_at")
    }
    return Known(
        thumbprint(data), sha1, trusted, certificate.subject.rfc4514_string(),
        certificate.not_valid_after_utc, **shown,
    )  # fmt: skip
