"""Pure arithmetic of the parts ledger: what entries a batch of movements makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# The world outside: parts come from a supplier and go to a customer without ever having been counted there.
UNBOUNDED_KINDS = frozenset({"supplier", "customer"})
QUANTITY_MAX = 1_000_000


@dataclass(frozen=True)
class Head:
    """The end of a chain of entries: how many there are, and the balance after the last."""

    seq: int = 0
    balance: int = 0


@dataclass(frozen=True)
class Leg:
    """A movement before it is written."""

    part_id: str
    from_location_id: str
    to_location_id: str
    quantity: int


@dataclass(frozen=True)
class PostedLeg:
    """A movement with the chains' ends it starts from, before its own two entries."""

    leg: Leg
    source: Head
    target: Head


@dataclass(frozen=True)
class Shortage:
    """A leg that would take more than there is."""

    leg: Leg
    available: int


def post(
    legs: Sequence[Leg], heads: Mapping[tuple[str, str], Head], kinds: Mapping[str, str]
) -> list[PostedLeg] | Shortage:
    """Return the legs with their places in the chains, or the first that cannot be done.

    `heads` is keyed by (location, part), `kinds` by location. Legs take effect in order, so a later leg
    may pass on what an earlier one brought.
    """
    current = dict(heads)
    posted = []
    for leg in legs:
        source_key = (leg.from_location_id, leg.part_id)
        target_key = (leg.to_location_id, leg.part_id)
        source, target = current.get(source_key, Head()), current.get(target_key, Head())
        after = source.balance - leg.quantity
        if after < 0 and kinds[leg.from_location_id] not in UNBOUNDED_KINDS:
            return Shortage(leg, source.balance)
        posted.append(PostedLeg(leg, source, target))
        current[source_key] = Head(source.seq + 1, after)
        current[target_key] = Head(target.seq + 1, target.balance + leg.quantity)
    return posted
