"""Tokens: how they are made, hashed and derived. No I/O."""

import base64
import hashlib
import hmac
import secrets

TOKEN_PREFIX = "fwt_"  # noqa: S105 - what scanners for leaked secrets look for
LINK_DAYS = {"invitation": 7, "reset": 1}
_TOKEN_BYTES = 32


def new_session_token() -> str:
    """Return 256 random bits for a cookie."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def new_access_token() -> str:
    """Return a machine's token: a prefix that names it, and 256 random bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """Return what is stored of a token. It is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def csrf_token(session_token: str) -> str:
    """Return the token a page sends with each change: bound to its session, and telling nothing of it."""
    return hmac.new(session_token.encode(), b"forewarn csrf", hashlib.sha256).hexdigest()


def link_token(secret: bytes, link_id: str) -> str:
    """Return the token of a password link: its id and a signature under the master secret."""
    signed = hmac.new(secret, f"forewarn password link\0{link_id}".encode(), hashlib.sha256)
    return f"{link_id}.{base64.urlsafe_b64encode(signed.digest()).rstrip(b'=').decode()}"


def link_id_of(secret: bytes, token: str) -> str | None:
    """Return the id of the link a token was made for, or None when it was not made by us."""
    link_id = token.partition(".")[0]
    made = link_token(secret, link_id)
    return link_id if hmac.compare_digest(made.encode(), token.encode()) else None
