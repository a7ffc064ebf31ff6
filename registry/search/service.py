"""The registry's part of the search for everything."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from registry.permissions import Principal
from registry.search import repository


@dataclass(frozen=True)
class Hit:
    """Something that was found: what it is, and two lines that let people recognise it."""

    kind: str
    id: str
    title: str
    subtitle: str | None
    organisation_id: str


def search_registry(session: Session, actor: Principal, text: str, limit: int) -> list[Hit]:
    """Return up to `limit` hits of each kind that the actor may see: assets first."""
    hits: list[Hit] = []
    scope = actor.scope
    if actor.may("assets.read"):
        for asset, owner in repository.assets(session, scope, text, limit):
            title = f"{asset.serial_number} · {asset.name}"
            hits.append(Hit("asset", asset.id, title, owner, asset.organisation_id))
        for organisation in repository.organisations(session, scope, text, limit):
            hits.append(  # noqa: PERF401 - five kinds, told in one way
                Hit("organisation", organisation.id, organisation.name, None, organisation.id)
            )
        for site, owner in repository.sites(session, scope, text, limit):
            hits.append(Hit("site", site.id, site.name, owner, site.organisation_id))
    if actor.may("people.read"):
        for person in repository.people(session, scope, text, limit):
            hits.append(  # noqa: PERF401
                Hit("person", person.id, person.name, person.email, person.organisation_id)
            )
        for contact, owner in repository.contacts(session, scope, text, limit):
            line = " · ".join(part for part in (owner, contact.phone, contact.email) if part)
            hits.append(Hit("contact", contact.id, contact.name, line, contact.organisation_id))
    return hits
