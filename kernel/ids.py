"""Prefixed identifiers that sort by the time they were made.

`wo_06a3…`: a prefix that names the kind, then 48 bits of milliseconds and 80 random bits in Crockford's
base 32 (the ULID layout), so that key-set paging by id is paging by age.
"""

import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 26


def new_id(prefix: str) -> str:
    """Return a new identifier, `prefix` and 26 characters: `new_id("wo")` → `wo_…`."""
    number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    digits = [_ALPHABET[number >> shift & 31] for shift in range((_LENGTH - 1) * 5, -1, -5)]
    return f"{prefix}_{''.join(digits)}"
