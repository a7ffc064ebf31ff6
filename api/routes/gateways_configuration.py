"""What a gateway is to read: versions, differences, tags put to machines, servers browsed."""

from typing import Annotated, Any

from fastapi import Path, Query

from api.deps import Actor, Db, requires
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.gateways_configuration import (
    BrowseIn,
    BrowseList,
    BrowseView,
    ConfigurationCheck,
    ConfigurationCheckIn,
    ConfigurationIn,
    ConfigurationVersionDetail,
    ConfigurationVersionView,
    DifferenceList,
    DifferenceView,
    DriftView,
    NodeView,
    RollBackIn,
    TagsIn,
)
from registry.gateways import browsing, configuration
from registry.gateways.model import model

router = ApiRouter(prefix="/gateways", tags=["gateways"])
model_router = ApiRouter(tags=["gateways"])

READ = requires("gateways.read")
MANAGE = requires("gateways.manage")

Version = Annotated[int, Path(ge=1, le=2**31 - 1)]


@model_router.get("/gateway-configuration-schema", dependencies=[READ])
def read_gateway_configuration_schema() -> dict[str, Any]:
    """Return the JSON Schema of configuration documents."""
    return model().schema()


@router.get("/{gateway_id}/configurations", dependencies=[READ])
def list_gateway_configurations(
    gateway_id: str, session: Db, actor: Actor, page: PageQuery
) -> Page[ConfigurationVersionView]:
    """List the versions of a gateway's configuration, newest first."""
    found = configuration.list_versions(session, actor, gateway_id, page)
    return Page[ConfigurationVersionView].of(found, ConfigurationVersionView.model_validate)


@router.post("/{gateway_id}/configurations", status_code=201, dependencies=[MANAGE, Idempotent])
def write_gateway_configuration(
    gateway_id: str, body: ConfigurationIn, session: Db, actor: Actor
) -> ConfigurationVersionDetail:
    """Add a version, whole; the gateway applies it, or goes back and says why."""
    made = configuration.write_version(
        session, actor, gateway_id, body.document, note=body.note, based_on=body.based_on
    )
    return ConfigurationVersionDetail.model_validate(made)


@router.post("/{gateway_id}/configurations/check", dependencies=[READ])
def check_gateway_configuration(
    gateway_id: str, body: ConfigurationCheckIn, session: Db, actor: Actor
) -> ConfigurationCheck:
    """Tell what the gateway would object to in a document and what would change, without writing it."""
    checked = configuration.check(session, actor, gateway_id, body.document)
    return ConfigurationCheck.model_validate(checked)


@router.post("/{gateway_id}/configurations/adopt", status_code=201, dependencies=[MANAGE])
def adopt_gateway_configuration(
    gateway_id: str, body: RollBackIn, session: Db, actor: Actor
) -> ConfigurationVersionDetail:
    """Add a version that says what the gateway runs, changed there by hand."""
    made = configuration.adopt(session, actor, gateway_id, body.note)
    return ConfigurationVersionDetail.model_validate(made)


@router.get("/{gateway_id}/configurations/{version}", dependencies=[READ])
def read_gateway_configuration(
    gateway_id: str, version: Version, session: Db, actor: Actor
) -> ConfigurationVersionDetail:
    """Return one version."""
    found = configuration.get_version(session, actor, gateway_id, version)
    return ConfigurationVersionDetail.model_validate(found)


@router.get("/{gateway_id}/configurations/{version}/differences", dependencies=[READ])
def compare_gateway_configurations(
    gateway_id: str,
    version: Version,
    session: Db,
    actor: Actor,
    with_version: Annotated[
        int | None, Query(ge=1, le=2**31 - 1, description="Default: the version before")
    ] = None,
) -> DifferenceList:
    """Tell what a version changed."""
    found = configuration.compare(session, actor, gateway_id, version, with_version)
    items = [DifferenceView.model_validate(difference) for difference in found]
    return DifferenceList(version=version, items=items)


@router.post(
    "/{gateway_id}/configurations/{version}/roll-back", status_code=201, dependencies=[MANAGE]
)
def roll_back_gateway_configuration(
    gateway_id: str, version: Version, body: RollBackIn, session: Db, actor: Actor
) -> ConfigurationVersionDetail:
    """Add a version that says what an earlier one said; of the newest one, to have it tried again."""
    made = configuration.roll_back(session, actor, gateway_id, version, body.note)
    return ConfigurationVersionDetail.model_validate(made)


@router.get("/{gateway_id}/drift", dependencies=[READ])
def read_gateway_drift(gateway_id: str, session: Db, actor: Actor) -> DriftView:
    """Tell how what the gateway runs differs from what it was given."""
    return DriftView.model_validate(configuration.drift(session, actor, gateway_id))


@router.post("/{gateway_id}/tags", status_code=201, dependencies=[MANAGE, Idempotent])
def map_gateway_tags(
    gateway_id: str, body: TagsIn, session: Db, actor: Actor
) -> ConfigurationVersionDetail:
    """Put tags to machines: a new version, the newest one changed by these tags alone."""
    source = {"name": body.source.name, **body.source.options}
    if body.source.url is not None:
        source["url"] = body.source.url
    made = configuration.map_tags(
        session,
        actor,
        gateway_id,
        kind=body.source.kind,
        source=source,
        tags=[tag.document() for tag in body.tags],
        removed=body.removed,
        note=body.note,
        based_on=body.based_on,
    )
    return ConfigurationVersionDetail.model_validate(made)


@router.get("/{gateway_id}/browses", dependencies=[READ])
def list_gateway_browses(gateway_id: str, session: Db, actor: Actor) -> BrowseList:
    """List the last browses, newest first."""
    found = browsing.list_browses(session, actor, gateway_id)
    return BrowseList(items=[BrowseView.model_validate(browse) for browse in found])


@router.post("/{gateway_id}/browses", status_code=202, dependencies=[MANAGE])
def request_gateway_browse(
    gateway_id: str, body: BrowseIn, session: Db, actor: Actor
) -> BrowseView:
    """Ask the gateway what an OPC UA server offers; it answers within seconds to minutes."""
    made = browsing.request_browse(session, actor, gateway_id, **body.model_dump())
    return BrowseView.model_validate(made)


@router.get("/{gateway_id}/browses/{browse_id}", dependencies=[READ])
def read_gateway_browse(gateway_id: str, browse_id: str, session: Db, actor: Actor) -> BrowseView:
    """Tell how a browse stands."""
    return BrowseView.model_validate(browsing.get_browse(session, actor, gateway_id, browse_id))


@router.get("/{gateway_id}/browses/{browse_id}/nodes", dependencies=[READ])
def list_gateway_browse_nodes(
    gateway_id: str,
    browse_id: str,
    session: Db,
    actor: Actor,
    page: PageQuery,
    q: Annotated[str | None, Query(max_length=200, description="Part of a name or node id")] = None,
) -> Page[NodeView]:
    """List the variables that were found."""
    found = browsing.list_nodes(session, actor, gateway_id, browse_id, page, q=q)
    return Page[NodeView].of(found, NodeView.model_validate)
