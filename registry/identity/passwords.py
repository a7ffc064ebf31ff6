"""Passwords as argon2id hashes; how many are worked on at once is bounded, since each takes memory."""

from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP password storage cheat sheet: argon2id, 19 MiB, 2 passes, 1 lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_at_once = BoundedSemaphore(4)


def hash_password(password: str) -> str:
    """Return the hash to store."""
    with _at_once:
        return _hasher.hash(password)


@cache
def _nobody() -> str:
    return hash_password("nobody has this password")


def verify(stored: str | None, password: str) -> bool:
    """Tell whether a password is the one stored; as slow when nothing is stored."""
    with _at_once:
        try:
            return _hasher.verify(stored or _nobody(), password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str) -> bool:
    """Tell whether a hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)
