"""Secrets that must be read again, kept so that the database alone does not give them away.

Sealed with a key derived from the master secret and the purpose: what was sealed for one purpose cannot be
opened for another.
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken

from kernel.errors import ConfigurationError
from kernel.settings import Platform, settings


def _key(purpose: str) -> Fernet:
    name = f"forewarn sealed\0{purpose}".encode()
    derived = hmac.new(settings(Platform).secret(), name, hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(derived))


def seal(purpose: str, text: str) -> bytes:
    """Return a text in a form that can only be opened with the master secret."""
    return _key(purpose).encrypt(text.encode())


def unseal(purpose: str, sealed: bytes) -> str:
    """Return what was sealed.

    Raises:
        ConfigurationError: it was sealed with another master secret, or for another purpose.
    """
    try:
        return _key(purpose).decrypt(sealed).decode()
    except InvalidToken:
        raise ConfigurationError(
            f"a {purpose} was sealed with another FOREWARN_SECRET_KEY; enter it again"
        ) from None
