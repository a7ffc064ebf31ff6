"""Queries for part families and parts."""

from collections.abc import Collection, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from warranty_parts.catalogue.models import Part, PartFamily


def family(session: Session, family_id: str) -> PartFamily | None:
    return session.get(PartFamily, family_id)


def part(session: Session, part_id: str) -> Part | None:
    return session.get(Part, part_id)


def parts_by_id(session: Session, part_ids: Collection[str]) -> Sequence[Part]:
    return session.scalars(select(Part).where(Part.id.in_(part_ids))).all()


def part_by_key(session: Session, number_key: str) -> Part | None:
    return session.scalars(select(Part).where(Part.number_key == number_key)).one_or_none()


def parts_alike(
    session: Session, number_keys: Collection[str], look_keys: Collection[str]
) -> Sequence[Part]:
    return session.scalars(
        select(Part)
        .where(or_(Part.number_key.in_(number_keys), Part.look_key.in_(look_keys)))
        .order_by(Part.number_key)
    ).all()


def _pattern(fragment: str) -> str:
    escaped = fragment.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def parts(
    session: Session, *, number_key: str | None, words: str | None, after_id: str | None, limit: int
) -> Sequence[Part]:
    query = select(Part).order_by(Part.id.desc()).limit(limit)
    matches = [Part.number_key.like(_pattern(number_key))] if number_key else []
    if words:
        matches += [Part.name_en.ilike(_pattern(words)), Part.name_zh.ilike(_pattern(words))]
    if matches:
        query = query.where(or_(*matches))
    if after_id is not None:
        query = query.where(Part.id < after_id)
    return session.scalars(query).all()
