"""What is or was wrong with gateways themselves: lost, a wrong clock, too many tags."""

from api.deps import Actor, Db, requires
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.gateways import GatewayAlarmView
from ingest import service as ingest

router = ApiRouter(prefix="/gateway-alarms", tags=["gateways"])


@router.get("", dependencies=[requires("gateways.read")])
def list_gateway_alarms(
    session: Db,
    actor: Actor,
    page: PageQuery,
    gateway_id: str | None = None,
    only_open: bool = False,
) -> Page[GatewayAlarmView]:
    """List alarms of gateways, the newest first; `silent` ones tell when a gateway was lost and back."""
    found = ingest.list_gateway_alarms(
        session, actor, page, agent_id=gateway_id, only_open=only_open
    )
    return Page[GatewayAlarmView].of(found, GatewayAlarmView.model_validate)
