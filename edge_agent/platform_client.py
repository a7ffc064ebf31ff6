"""Asking the platform over HTTP: one request, one bounded answer, and a code for whatever goes wrong."""

import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, ClassVar, Final

from kernel.errors import ForewarnError, Kind

TIMEOUT_SECONDS: Final = 20.0
ANSWER_BYTES_MAX: Final = 4 * 1024 * 1024
_PROBLEM = "application/problem+json"


class PlatformUnreachable(ForewarnError):
    """The platform cannot be reached."""

    code: ClassVar[str] = "platform_unreachable"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


class CertificateNotTrusted(PlatformUnreachable):
    """The platform's certificate is not trusted, or is another host's."""

    code: ClassVar[str] = "platform_certificate"


class NotThePlatform(PlatformUnreachable):
    """What answers is not the platform."""

    code: ClassVar[str] = "not_the_platform"


class PlatformRefused(ForewarnError):
    """The platform refuses.

    Attributes:
        reason: the code of its answer, such as `enrolment_token_used`.
        answer: the whole of it.
    """

    code: ClassVar[str] = "platform_refused"

    def __init__(self, reason: str, detail: str, answer: dict[str, Any]) -> None:
        super().__init__(f"{detail} ({reason})", reason=reason)
        self.reason = reason
        self.answer = answer


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """What is sent is secret; it goes where it was sent, and nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True)
class PlatformClient:
    """One platform.

    Attributes:
        url: `https://host`, without a path behind it.
        ca_file: certificates to trust instead of the system's.
    """

    url: str
    ca_file: Path | None = None

    def post(self, path: str, body: bytes, content_type: str) -> bytes:
        """Send a body and return the answer's; blocks for 20 s at most.

        Raises:
            PlatformUnreachable, CertificateNotTrusted, NotThePlatform: there is no answer of the platform.
            PlatformRefused: there is, and it says no.
        """
        request = urllib.request.Request(  # noqa: S310 - http or https, as the configuration checks
            f"{self.url}/api/v1{path}",
            body,
            {"Content-Type": content_type, "Accept": f"{content_type}, {_PROBLEM}"},
        )
        try:
            with self._opener().open(request, timeout=TIMEOUT_SECONDS) as answer:
                return self._bounded(answer.read(ANSWER_BYTES_MAX + 1))
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(error) from None
        except urllib.error.URLError as error:
            raise self._unreachable(error.reason) from None
        except (OSError, HTTPException, ValueError) as error:
            raise self._unreachable(error) from None

    def _opener(self) -> urllib.request.OpenerDirector:
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise CertificateNotTrusted(f"{self.ca_file} cannot be used: {error}") from None
        return urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context), _NoRedirect
        )

    def _bounded(self, data: bytes) -> bytes:
        if len(data) > ANSWER_BYTES_MAX:
            raise NotThePlatform(f"{self.url} answers with more than {ANSWER_BYTES_MAX:,} bytes")
        return data

    def _refusal(self, error: urllib.error.HTTPError) -> ForewarnError:
        try:
            answer = json.loads(error.read(ANSWER_BYTES_MAX))
            reason, detail = str(answer["code"]), str(answer.get("detail") or answer["title"])
        except (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError):
            return NotThePlatform(
                f"{self.url} answers {error.code}; is this the platform's address?"
            )
        return PlatformRefused(reason, detail, answer)

    def _unreachable(self, reason: object) -> PlatformUnreachable:
        if isinstance(reason, ssl.SSLCertVerificationError):
            return CertificateNotTrusted(f"{self.url}: {reason.verify_message}")
        return PlatformUnreachable(f"{self.url}: {str(reason) or type(reason).__name__}")
