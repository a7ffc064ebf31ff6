"""Verbs on locations."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.errors import InvalidInput, NotFound
from kernel.ids import new_id
from kernel.paging import PageRequest, Slice
from registry import audit
from registry.assets.service import get_asset
from registry.permissions import PLATFORM, Principal
from warranty_parts.codes import clean_text
from warranty_parts.constraints import violated
from warranty_parts.errors import LocationExists
from warranty_parts.locations import repository
from warranty_parts.locations.models import Location

LOCATION_KINDS = frozenset({"supplier", "warehouse", "van", "asset", "customer", "scrap"})


@dataclass(frozen=True)
class LocationDraft:
    """A location to be made: the organisation it belongs to, and whose van it is if it is one."""

    kind: str
    name: str
    organisation_id: str
    asset_id: str | None = None
    person_id: str | None = None


@dataclass(frozen=True)
class LocationFacts:
    """A location as others see it."""

    id: str
    kind: str
    name: str
    organisation_id: str
    asset_id: str | None
    person_id: str | None
    version: int


def location_facts(location: Location) -> LocationFacts:
    """Return a location's facts."""
    return LocationFacts(
        id=location.id,
        kind=location.kind,
        name=location.name,
        organisation_id=location.organisation_id,
        asset_id=location.asset_id,
        person_id=location.person_id,
        version=location.version,
    )


def create_location(session: Session, actor: Principal, draft: LocationDraft) -> LocationFacts:
    """Make a location.

    Raises:
        Forbidden: without `parts.move`.
        NotFound: the organisation or asset is out of sight.
        LocationExists: the asset, or the person's van, has one.
        InvalidInput: the kind is unknown, or asset and person do not go with it.
    """
    actor.require("parts.move")
    if draft.kind not in LOCATION_KINDS:
        raise InvalidInput(f"no kind of location {draft.kind}", field="kind")
    if (draft.kind == "asset") != (draft.asset_id is not None):
        raise InvalidInput("an asset's location, and only that, names its asset", field="asset_id")
    if draft.person_id is not None and draft.kind != "van":
        raise InvalidInput("only a van belongs to a person", field="person_id")
    actor.require_sees(draft.organisation_id, f"organisation {draft.organisation_id}")
    if draft.asset_id is not None:
        asset = get_asset(session, actor, draft.asset_id)
        if asset.organisation_id != draft.organisation_id:
            raise InvalidInput("the asset belongs to another organisation", field="asset_id")
    location_id = new_id("loc")
    values = {
        "id": location_id,
        "kind": draft.kind,
        "name": clean_text(draft.name, "name"),
        "organisation_id": draft.organisation_id,
        "asset_id": draft.asset_id,
        "person_id": draft.person_id,
    }
    if not _put(session, values):
        raise LocationExists("there is a location for this already")
    audit.record(
        session,
        actor,
        "location.create",
        "location",
        location_id,
        organisation_id=draft.organisation_id,
        changes={"kind": [None, draft.kind], "name": [None, values["name"]]},
    )
    return locations_by_id(session, [location_id])[location_id]


def _put(session: Session, values: dict[str, Any]) -> bool:
    try:
        with session.begin_nested():
            return repository.put_location(session, values)
    except IntegrityError as error:
        for field in ("organisation_id", "person_id"):
            if violated(error) == f"fk_locations_{field}":
                raise InvalidInput(f"no such {field}", field=field) from error
        raise


def locations_by_id(session: Session, location_ids: Collection[str]) -> dict[str, LocationFacts]:
    """Return locations by id; unknown ids are left out."""
    return {
        item.id: location_facts(item) for item in repository.locations_by_id(session, location_ids)
    }


def get_location(session: Session, actor: Principal, location_id: str) -> LocationFacts:
    """Return a location.

    Raises:
        Forbidden: without `parts.read`.
        NotFound: it is not there or out of sight.
    """
    actor.require("parts.read")
    return visible_locations(session, actor, [location_id])[location_id]


def list_locations(
    session: Session, actor: Principal, page: PageRequest, *, kind: str | None = None
) -> Slice[LocationFacts]:
    """Return locations in sight, newest first.

    Raises:
        Forbidden: without `parts.read`.
    """
    actor.require("parts.read")
    found = repository.locations(
        session,
        organisation_ids=actor.scope,
        kind=kind,
        after_id=page.after_id(),
        limit=page.limit + 1,
    )
    return Slice.cut(found, page.limit, lambda place: (place.id,)).map(location_facts)


def van_of(session: Session, person_id: str) -> LocationFacts | None:
    """Return a person's van, or None."""
    van = repository.van_of(session, person_id)
    return None if van is None else location_facts(van)


def location_of_asset(session: Session, asset_id: str) -> LocationFacts:
    """Return the location that stands for a machine, made when first asked for."""
    found = repository.location_of_asset(session, asset_id)
    if found is None:
        asset = get_asset(session, PLATFORM, asset_id)
        repository.put_location(
            session,
            {
                "id": new_id("loc"),
                "kind": "asset",
                "name": asset.serial_number,
                "organisation_id": asset.organisation_id,
                "asset_id": asset_id,
            },
        )
        found = repository.location_of_asset(session, asset_id)
        assert found is not None  # this transaction or another has just made it
    return location_facts(found)


def visible_locations(
    session: Session, actor: Principal, location_ids: Collection[str]
) -> dict[str, LocationFacts]:
    """Return locations by id.

    Raises:
        NotFound: one is not there or out of sight.
    """
    found = locations_by_id(session, location_ids)
    for location_id in location_ids:
        location = found.get(location_id)
        if location is None:
            raise NotFound(f"no location {location_id}")
        actor.require_sees(location.organisation_id, f"location {location_id}")
    return found
