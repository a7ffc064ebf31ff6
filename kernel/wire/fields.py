"""Checks of single fields of a body; each returns the value or raises Inconsistent."""

from typing import Any
from uuid import UUID

from kernel.wire.errors import Inconsistent

EPOCH_BYTES = 16


def whole(value: Any, name: str, low: int, high: int) -> int:
    """Return `value` when it is an integer from `low` to `high`, else raise Inconsistent."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Inconsistent(f"{name} is no integer from {low} to {high}")
    return value


def text(value: Any, name: str, length_max: int = 1024) -> str:
    """Return `value` when it is a string without NUL of at most `length_max`, else raise Inconsistent."""
    if not isinstance(value, str) or len(value) > length_max or "\0" in value:
        raise Inconsistent(f"{name} is no text of at most {length_max} characters")
    return value


def octets(value: Any, name: str, length: int) -> bytes:
    """Return `value` when it is `length` bytes, else raise Inconsistent."""
    if not isinstance(value, bytes) or len(value) != length:
        raise Inconsistent(f"{name} is not {length} bytes")
    return value


def epoch_of(value: Any) -> UUID:
    """Return the UUID of 16 bytes, else raise Inconsistent."""
    return UUID(bytes=octets(value, "epoch", EPOCH_BYTES))
