"""Where an organisation may stand in the tree."""

from registry.organisations.errors import InvalidParent

# A kind and the kinds that may be right above it.
PARENTS: dict[str, frozenset[str]] = {
    "dealer": frozenset({"manufacturer", "dealer"}),
    "customer": frozenset({"manufacturer", "dealer"}),
}


def check_parent(kind: str, parent_kind: str, *, parent_is_below: bool) -> None:
    """Refuse a place that makes no tree: below a customer, or below oneself.

    Raises:
        InvalidParent.
    """
    if parent_kind not in PARENTS.get(kind, frozenset()):
        raise InvalidParent(f"a {kind} cannot be below a {parent_kind}")
    if parent_is_below:
        raise InvalidParent("an organisation cannot be below itself")
