"""The audit trail."""

from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime

from api.deps import Actor, Db, requires
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.people import AuditView
from registry.audit_trail import service

router = ApiRouter(prefix="/audit", tags=["audit"])

Id = Annotated[str | None, Query(max_length=64)]


@router.get("", dependencies=[requires("audit.read")])
def list_audit_entries(
    session: Db,
    actor: Actor,
    page: PageQuery,
    object_kind: Id = None,
    object_id: Id = None,
    actor_id: Id = None,
    action: Id = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> Page[AuditView]:
    """List who did what, newest first; `since` is inclusive, `until` is not."""
    wanted = service.AuditFilter(object_kind, object_id, actor_id, action, since, until)
    rows = service.list_entries(session, actor, wanted, page)
    return Page[AuditView].of(rows, AuditView.model_validate)
