"""Advisory locks that last as long as the transaction.

Everything one transaction needs is taken in one call, in the order of the hashed keys, so that any two
transactions take what they share in the same order and neither waits for the other in a ring. Two keys
that hash alike only make two strangers wait for each other for a moment.
"""

from collections.abc import Iterable
from hashlib import blake2b

from sqlalchemy import BigInteger, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

# The function scan yields the array's elements in order, so the locks are taken in order.
_TAKE = text("SELECT pg_advisory_xact_lock(k) FROM unnest(:numbers) AS k").bindparams(
    bindparam("numbers", type_=ARRAY(BigInteger))
)


def lock_number(key: str) -> int:
    """Return the signed 64-bit number that stands for a key."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)


def take(session: Session, keys: Iterable[str]) -> None:
    """Wait until this transaction alone holds all `keys`. Call it before reading what they guard."""
    numbers = sorted({lock_number(key) for key in keys})
    if numbers:
        session.execute(_TAKE, {"numbers": numbers})


def position_lock(asset_id: str, position_key: str) -> str:
    """Return the key that guards what is fitted at a position of an asset."""
    return f"warranty_parts/position/{asset_id}/{position_key}"


def stock_lock(location_id: str, part_id: str) -> str:
    """Return the key that guards the balance of a part at a location."""
    return f"warranty_parts/stock/{location_id}/{part_id}"


def claim_lock(rule: str, key: str) -> str:
    """Return the key that guards one of a claim line's identities."""
    return f"warranty_parts/claim/{rule}/{key}"
