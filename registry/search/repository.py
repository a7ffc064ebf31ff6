"""Queries of the search."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Row, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from registry.assets.rules import serial_key
from registry.models import Asset, Contact, Organisation, Person, Site

Scope = frozenset[str] | None


def _like(
    text: str, *columns: InstrumentedAttribute[str] | InstrumentedAttribute[str | None]
) -> ColumnElement[bool]:
    return or_(*(column.icontains(text, autoescape=True) for column in columns))


def _within(scope: Scope, column: InstrumentedAttribute[str]) -> list[ColumnElement[bool]]:
    return [] if scope is None else [column.in_(scope)]


def assets(session: Session, scope: Scope, text: str, limit: int) -> Sequence[Row[Asset, str]]:
    """Assets and their owners' names; a serial that begins with the text comes first."""
    key = serial_key(text)
    matches = [_like(text, Asset.serial_number, Asset.name)]
    if key:
        matches.append(Asset.serial_key.contains(key, autoescape=True))
    begins = Asset.serial_key.startswith(key or text, autoescape=True)
    return session.execute(
        select(Asset, Organisation.name)
        .join(Organisation, Organisation.id == Asset.organisation_id)
        .where(or_(*matches), Asset.archived_at.is_(None))
        .where(*_within(scope, Asset.organisation_id))
        .order_by(begins.desc(), Asset.serial_key)
        .limit(limit)
    ).all()


def organisations(session: Session, scope: Scope, text: str, limit: int) -> Sequence[Organisation]:
    return session.scalars(
        select(Organisation)
        .where(_like(text, Organisation.name), Organisation.archived_at.is_(None))
        .where(*_within(scope, Organisation.id))
        .order_by(Organisation.name, Organisation.id)
        .limit(limit)
    ).all()


def sites(session: Session, scope: Scope, text: str, limit: int) -> Sequence[Row[Site, str]]:
    """Sites and their owners' names."""
    return session.execute(
        select(Site, Organisation.name)
        .join(Organisation, Organisation.id == Site.organisation_id)
        .where(_like(text, Site.name, Site.address), Site.archived_at.is_(None))
        .where(*_within(scope, Site.organisation_id))
        .order_by(Site.name, Site.id)
        .limit(limit)
    ).all()


def people(session: Session, scope: Scope, text: str, limit: int) -> Sequence[Person]:
    return session.scalars(
        select(Person)
        .where(_like(text, Person.name, Person.email, Person.phone), Person.active)
        .where(*_within(scope, Person.organisation_id))
        .order_by(Person.name, Person.id)
        .limit(limit)
    ).all()


def contacts(session: Session, scope: Scope, text: str, limit: int) -> Sequence[Row[Contact, str]]:
    """Contacts and their organisations' names."""
    return session.execute(
        select(Contact, Organisation.name)
        .join(Organisation, Organisation.id == Contact.organisation_id)
        .where(_like(text, Contact.name, Contact.email, Contact.phone))
        .where(Contact.archived_at.is_(None), *_within(scope, Contact.organisation_id))
        .order_by(Contact.name, Contact.id)
        .limit(limit)
    ).all()
