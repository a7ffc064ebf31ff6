"""Addresses as they may be shown."""

from urllib.parse import urlsplit, urlunsplit


def without_password(url: str) -> str:
    """Return an address as it may be shown."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username or ''}:***@{host}"))
