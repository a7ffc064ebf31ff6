"""Where an MQTT broker is and how to sign in to it, read from a URL."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from kernel.errors import ConfigurationError


class _ClosedWhenRefused(ssl.SSLSocket):
    """Closes itself when TLS cannot be agreed on; paho would leave it to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - as in `ssl`
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


@dataclass(frozen=True)
class MqttAddress:
    """Where a broker is and how to sign in, from `mqtt://user:password@host:port` or `mqtts://…`.

    Attributes:
        ca_file: certificates to trust instead of the system's, for `mqtts`.
        cert_file, key_file: the client's own certificate and its key.
    """

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    @classmethod
    def parse(
        cls,
        url: str,
        ca_file: Path | None = None,
        cert_file: Path | None = None,
        key_file: Path | None = None,
    ) -> Self:
        """Read an address.

        Raises:
            ConfigurationError: it is no such URL; the password is not repeated in the message.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            # What `urllib` says may quote a piece of the password.
            raise ConfigurationError(
                "the MQTT address cannot be read; in a password write / as %2F, and @ : ? # likewise"
            ) from None
        if parts.scheme not in {"mqtt", "mqtts"} or not host or parts.path not in {"", "/"}:
            raise ConfigurationError(
                "an MQTT address has the form mqtt://user:password@host:port, or mqtts://…"
            )
        tls = parts.scheme == "mqtts"
        return cls(
            host=host,
            port=port or (8883 if tls else 1883),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            tls=tls,
            ca_file=ca_file,
            cert_file=cert_file,
            key_file=key_file,
        )

    def tls_context(self) -> ssl.SSLContext:
        """Return how TLS is spoken with this broker.

        Raises:
            OSError: a certificate or key file cannot be read or is none.
        """
        context = ssl.create_default_context(cafile=self.ca_file)
        context.sslsocket_class = _ClosedWhenRefused
        if self.cert_file:
            context.load_cert_chain(self.cert_file, self.key_file)
        return context

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"
