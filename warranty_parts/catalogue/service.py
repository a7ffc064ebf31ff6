"""Verbs on part numbers: make, read, find, and resolve what somebody wrote."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kernel.errors import InvalidInput, NotFound
from kernel.ids import new_id
from kernel.paging import PageRequest, Slice
from registry import audit
from registry.permissions import Principal
from warranty_parts.catalogue import repository
from warranty_parts.catalogue.models import Part, PartFamily
from warranty_parts.codes import clean_text, code_key, look_alike_key, optional_key, required_key
from warranty_parts.errors import PartExists, UnknownPart

PRICE_MINOR_MAX = 10**15


@dataclass(frozen=True)
class PartDraft:
    """A part number to be made.

    `supersedes` names a part number whose family it joins; `family_id` names the family itself; with
    neither it begins a family of its own. The price is in the currency's minor units (ISO 4217).
    """

    number: str
    name_en: str
    name_zh: str
    supersedes: str | None = None
    family_id: str | None = None
    serialised: bool = False
    unit_price_minor: int | None = None
    currency: str | None = None


@dataclass(frozen=True)
class PartFacts:
    """A part number as others see it."""

    id: str
    number: str
    family_id: str
    name_en: str
    name_zh: str
    serialised: bool
    unit_price_minor: int | None
    currency: str | None
    version: int


@dataclass(frozen=True)
class Resolution:
    """What a written part number stands for: a part, or only numbers that look like it, or nothing."""

    number: str
    key: str
    part: PartFacts | None
    look_alikes: tuple[str, ...] = ()

    @property
    def family_key(self) -> str:
        """The family's id; for an unknown number, the number itself as if it were a family."""
        return self.part.family_id if self.part else f"number:{self.key}"


def _facts(part: Part) -> PartFacts:
    return PartFacts(
        id=part.id,
        number=part.number,
        family_id=part.family_id,
        name_en=part.name_en,
        name_zh=part.name_zh,
        serialised=part.serialised,
        unit_price_minor=part.unit_price_minor,
        currency=part.currency,
        version=part.version,
    )


def create_part(session: Session, actor: Principal, draft: PartDraft) -> PartFacts:
    """Make a part number.

    Raises:
        Forbidden: without `policies.manage`.
        PartExists: another spelling of the number is there already.
        UnknownPart: `supersedes` names no part.
        InvalidInput: a text, price or currency cannot be used.
    """
    actor.require("policies.manage")
    number = clean_text(draft.number, "number")
    key = required_key(number, "number")
    _check_price(draft)
    found = repository.part_by_key(session, key)
    if found is not None:
        raise PartExists(f"{number} is {found.number}, which is there already", part_id=found.id)
    names = clean_text(draft.name_en, "name_en"), clean_text(draft.name_zh, "name_zh")
    part = Part(
        id=new_id("prt"),
        number=number,
        number_key=key,
        look_key=look_alike_key(key),
        family_id=_family_of(session, draft, names),
        name_en=names[0],
        name_zh=names[1],
        serialised=draft.serialised,
        unit_price_minor=draft.unit_price_minor,
        currency=draft.currency,
    )
    session.add(part)
    session.flush()
    audit.record(session, actor, "part.create", "part", part.id, changes={"number": [None, number]})
    return _facts(part)


def _check_price(draft: PartDraft) -> None:
    if (draft.unit_price_minor is None) != (draft.currency is None):
        raise InvalidInput("a price needs a currency, and a currency a price", field="currency")
    if draft.unit_price_minor is not None and not 0 <= draft.unit_price_minor <= PRICE_MINOR_MAX:
        raise InvalidInput("the price is out of range", field="unit_price_minor")
    currency = draft.currency
    if currency is not None and not (
        len(currency) == 3 and currency.isascii() and currency.isupper()  # noqa: PLR2004 - ISO 4217
    ):
        raise InvalidInput("a currency is three capital letters", field="currency")


def _family_of(session: Session, draft: PartDraft, names: tuple[str, str]) -> str:
    if draft.supersedes is not None:
        earlier = find_part(session, draft.supersedes)
        if earlier is None:
            raise UnknownPart(f"no part {draft.supersedes}", part_number=draft.supersedes)
        if draft.family_id not in {None, earlier.family_id}:
            raise InvalidInput(f"{earlier.number} belongs to another family", field="family_id")
        return earlier.family_id
    if draft.family_id is not None:
        if repository.family(session, draft.family_id) is None:
            raise InvalidInput(f"no part family {draft.family_id}", field="family_id")
        return draft.family_id
    family = PartFamily(id=new_id("pfm"), name_en=names[0], name_zh=names[1])
    session.add(family)
    session.flush()
    return family.id


def get_part(session: Session, actor: Principal, part_id: str) -> PartFacts:
    """Return a part.

    Raises:
        Forbidden: without `parts.read`.
        NotFound: there is none.
    """
    actor.require("parts.read")
    part = repository.part(session, part_id)
    if part is None:
        raise NotFound(f"no part {part_id}")
    return _facts(part)


def list_parts(
    session: Session, actor: Principal, page: PageRequest, *, query: str | None = None
) -> Slice[PartFacts]:
    """Return parts, newest first; `query` matches within numbers (any spelling) and names.

    Raises:
        Forbidden: without `parts.read`.
    """
    actor.require("parts.read")
    words = (query or "").strip() or None
    found = repository.parts(
        session,
        number_key=code_key(words) if words else None,
        words=words,
        after_id=page.after_id(),
        limit=page.limit + 1,
    )
    return Slice.cut(found, page.limit, lambda part: (part.id,)).map(_facts)


def search_parts(
    session: Session, actor: Principal, query: str, limit: int = 10
) -> list[PartFacts]:
    """Return parts for the search over everything; none without `parts.read` or for a blank."""
    if not actor.may("parts.read") or not query.strip():
        return []
    return list_parts(session, actor, PageRequest(limit), query=query).items


def find_part(session: Session, number: str) -> PartFacts | None:
    """Return the part a number stands for in any spelling, or None."""
    key = optional_key(number, "part_number")
    part = repository.part_by_key(session, key) if key else None
    return None if part is None else _facts(part)


def require_part(session: Session, number: str) -> PartFacts:
    """Return the part a number stands for in any spelling.

    Raises:
        UnknownPart: there is none.
    """
    part = find_part(session, number)
    if part is None:
        raise UnknownPart(f"no part {number}", part_number=number)
    return part


def parts_by_id(session: Session, part_ids: Collection[str]) -> dict[str, PartFacts]:
    """Return parts by id; unknown ids are left out."""
    return {part.id: _facts(part) for part in repository.parts_by_id(session, part_ids)}


def resolve_parts(session: Session, numbers: Collection[str]) -> dict[str, Resolution]:
    """Return what each written number stands for, in one query.

    Raises:
        InvalidInput: a number is blank or cannot be a code.
    """
    keys = {number: required_key(number, "part_number") for number in numbers}
    found = [
        _facts(part)
        for part in repository.parts_alike(
            session, set(keys.values()), {look_alike_key(key) for key in keys.values()}
        )
    ]
    by_key = {code_key(part.number): part for part in found}
    return {
        number: Resolution(
            number,
            key,
            by_key.get(key),
            tuple(
                part.number
                for other, part in by_key.items()
                if other != key and look_alike_key(other) == look_alike_key(key)
            ),
        )
        for number, key in keys.items()
    }
