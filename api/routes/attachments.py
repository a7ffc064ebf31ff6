"""Files attached to assets, sites, organisations, tickets and claims."""

from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import File, Form, Query, UploadFile
from fastapi.responses import FileResponse

from api.attachables import ATTACHABLES
from api.deps import Actor, Db
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.attachments import AttachmentView
from api.settings import ApiSettings
from kernel.errors import Forbidden
from kernel.settings import settings
from registry.attachments import service
from registry.attachments.service import AttachmentFacts
from registry.permissions import Principal

router = ApiRouter(prefix="/attachments", tags=["attachments"])

ObjectKind = Literal["asset", "site", "organisation", "work_order", "complaint", "claim"]
ObjectId = Annotated[str, Query(max_length=64)]

# A page of ours may show these in place; everything else is only ever saved.
SHOWN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})


def _require_attach(actor: Principal, kind: str) -> None:
    needs = ATTACHABLES[kind].attach_needs
    if not any(actor.may(permission) for permission in needs):
        raise Forbidden(f"this needs one of {', '.join(needs)}", permissions=list(needs))


@router.post("", status_code=201, dependencies=[Idempotent])
def add_attachment(
    session: Db,
    actor: Actor,
    object_kind: Annotated[ObjectKind, Form()],
    object_id: Annotated[str, Form(min_length=1, max_length=64)],
    file: Annotated[UploadFile, File(description="Its type is told from its content")],
    internal: Annotated[bool, Form(description="For the manufacturer's own people only")] = False,
    keep_metadata: Annotated[
        bool, Form(description="Keep what a picture tells besides: place, time, owner, device")
    ] = False,
) -> AttachmentView:
    """Attach a file. What the file is, is told from its bytes, and its name has to agree.

    Pictures and films lose the place, time, owner and device they carry, unless `keep_metadata`.
    """
    _require_attach(actor, object_kind)
    organisation_id = ATTACHABLES[object_kind].organisation_of(session, actor, object_id)
    made = service.add_attachment(
        session,
        actor,
        object_kind=object_kind,
        object_id=object_id,
        organisation_id=organisation_id,
        file_name=file.filename or "file",
        content=file.file,
        bytes_max=settings(ApiSettings).upload_bytes_max,
        internal=internal,
        keep_metadata=keep_metadata,
    )
    note = ATTACHABLES[object_kind].note
    if note is not None:
        note(session, actor, made)
    return AttachmentView.model_validate(made)


@router.get("")
def list_attachments(
    session: Db, actor: Actor, page: PageQuery, object_kind: ObjectKind, object_id: ObjectId
) -> Page[AttachmentView]:
    """List what is attached to an object, newest first."""
    ATTACHABLES[object_kind].organisation_of(session, actor, object_id)
    rows = service.list_attachments(session, actor, object_kind, object_id, page)
    return Page[AttachmentView].of(rows, AttachmentView.model_validate)


def _seen(session: Db, actor: Principal, attachment_id: str) -> AttachmentFacts:
    found = service.get_attachment(session, actor, attachment_id)
    ATTACHABLES[found.object_kind].organisation_of(session, actor, found.object_id)
    return found


@router.get("/{attachment_id}")
def read_attachment(attachment_id: str, session: Db, actor: Actor) -> AttachmentView:
    """Return what is known of a file."""
    return AttachmentView.model_validate(_seen(session, actor, attachment_id))


@router.get(
    "/{attachment_id}/content",
    response_class=FileResponse,
    responses={200: {"content": {"application/octet-stream": {"schema": {"type": "string"}}}}},
)
def read_attachment_content(
    attachment_id: str,
    session: Db,
    actor: Actor,
    inline: Annotated[
        bool, Query(description="Show a picture in place instead of saving it")
    ] = False,
) -> FileResponse:
    """Return a file's bytes."""
    found = _seen(session, actor, attachment_id)
    shown = inline and found.content_type in SHOWN
    name = quote(found.file_name, safe="")
    return FileResponse(
        service.content_path(found),
        media_type=found.content_type,
        headers={
            "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{name}",
            # Whatever the file turns out to be, it runs nothing and is of no origin.
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, max-age=3600",
        },
    )


@router.delete("/{attachment_id}", status_code=204)
def remove_attachment(
    attachment_id: str,
    session: Db,
    actor: Actor,
    reason: Annotated[
        str, Query(min_length=1, max_length=1000, description="Kept in the history of the object")
    ],
) -> None:
    """Take a file off an object; who attached it and administrators may."""
    _seen(session, actor, attachment_id)
    gone = service.remove_attachment(session, actor, attachment_id, reason)
    note = ATTACHABLES[gone.object_kind].note
    if note is not None:
        note(session, actor, gone, removed_because=reason)
