"""Bodies of organisations, contacts, sites, product models and assets."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from api.schemas.base import Email, Identifier, Input, Line, OptionalLine, Output, Patch, Text

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
OrganisationKind = Literal["manufacturer", "dealer", "customer"]


class OrganisationView(Output):
    """The manufacturer, a dealer or a customer."""

    id: str
    kind: OrganisationKind
    name: str
    parent_id: str | None
    tier: str
    created_at: datetime
    archived_at: datetime | None
    version: int


class OrganisationCreate(Input):
    """A new dealer or customer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "customer",
                    "name": "Hangzhou Water",
                    "parent_id": "org_01k9zq4m7v8w9x0y1z2a3b4c5d",
                    "tier": "gold",
                }
            ]
        }
    )
    kind: Literal["dealer", "customer"]
    name: Line
    parent_id: Identifier
    tier: Line = "standard"


class OrganisationPatch(Patch):
    """What can change about an organisation."""

    name: Line | None = None
    tier: Line | None = None


class ContactView(Output):
    """Somebody at an organisation who can be called but does not sign in."""

    id: str
    organisation_id: str
    name: str
    phone: str | None
    email: str | None
    archived_at: datetime | None
    version: int


class ContactCreate(Input):
    """A new contact."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "organisation_id": "org_01k9zq4m7v8w9x0y1z2a3b4c5d",
                    "name": "Wang Wei",
                    "phone": "+86 571 5555 0101",
                }
            ]
        }
    )
    organisation_id: Identifier
    name: Line
    phone: OptionalLine = None
    email: Email | None = None


class ContactPatch(Patch):
    """What can change about a contact."""

    nullable: ClassVar[frozenset[str]] = frozenset({"phone", "email"})
    name: Line | None = None
    phone: OptionalLine = None
    email: Email | None = None


class SiteView(Output):
    """A place where an organisation has machines."""

    id: str
    organisation_id: str
    name: str
    address: str | None
    time_zone: str
    latitude: float | None
    longitude: float | None
    archived_at: datetime | None
    version: int


class SiteCreate(Input):
    """A new site."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "organisation_id": "org_01k9zq4m7v8w9x0y1z2a3b4c5d",
                    "name": "Plant 2",
                    "address": "18 Tianmushan Road, Hangzhou",
                    "time_zone": "Asia/Shanghai",
                }
            ]
        }
    )
    organisation_id: Identifier
    name: Line
    address: Text | None = None
    time_zone: Line = "UTC"
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class SitePatch(Patch):
    """What can change about a site."""

    nullable: ClassVar[frozenset[str]] = frozenset({"address", "latitude", "longitude"})
    name: Line | None = None
    address: Text | None = None
    time_zone: Line | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class ProductModelView(Output):
    """What the manufacturer makes."""

    id: str
    code: str
    name: str
    equipment_class: str
    archived_at: datetime | None
    version: int


class ProductModelCreate(Input):
    """A new product model."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"code": "P-200", "name": "Pump 200", "equipment_class": "pump"}]
        }
    )
    code: Line
    name: Line
    equipment_class: Line = "unspecified"


class ProductModelPatch(Patch):
    """What can change about a product model."""

    code: Line | None = None
    name: Line | None = None
    equipment_class: Line | None = None


class AssetView(Output):
    """One machine, with the names of what it refers to."""

    id: str
    serial_number: str
    name: str
    model_id: str
    model_code: str
    model_name: str
    equipment_class: str
    organisation_id: str
    organisation_name: str
    site_id: str | None
    site_name: str | None
    location: str | None
    manufactured_on: date | None
    delivered_on: date | None
    commissioned_on: date | None
    created_at: datetime
    archived_at: datetime | None
    version: int


class AssetCreate(Input):
    """A machine that joins the installed base."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "serial_number": "P200-000123",
                    "name": "Feed pump 1",
                    "model_id": "pm_01k9zq4m7v8w9x0y1z2a3b4c5d",
                    "organisation_id": "org_01k9zq4m7v8w9x0y1z2a3b4c5d",
                    "site_id": "site_01k9zq4m7v8w9x0y1z2a3b4c5d",
                    "commissioned_on": "2026-01-15",
                }
            ]
        }
    )
    serial_number: Line
    name: Line
    model_id: Identifier
    organisation_id: Identifier
    site_id: Identifier | None = None
    location: OptionalLine = None
    manufactured_on: date | None = None
    delivered_on: date | None = None
    commissioned_on: date | None = None


class AssetPatch(Patch):
    """What can change about an asset. A new owner takes it off its site unless one is given."""

    nullable: ClassVar[frozenset[str]] = frozenset(
        {"site_id", "location", "manufactured_on", "delivered_on", "commissioned_on"}
    )
    serial_number: Line | None = None
    name: Line | None = None
    model_id: Identifier | None = None
    organisation_id: Identifier | None = None
    site_id: Identifier | None = None
    location: OptionalLine = None
    manufactured_on: date | None = None
    delivered_on: date | None = None
    commissioned_on: date | None = None


class TagView(Output):
    """Which asset's series a gateway's tag is."""

    gateway_id: str
    tag: str
    asset_id: str
    series_name: str


class TagList(Output):
    """All tags of an asset or a gateway."""

    items: list[TagView]
