"""Files of a ticket as its timeline tells of them. The files themselves are the registry's."""

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from registry.attachments.service import AttachmentFacts
from registry.permissions import Principal
from work_orders.tickets.service import find_any
from work_orders.tickets.timeline import write


def note_file(
    session: Session, actor: Principal, file: AttachmentFacts, *, removed_because: str | None = None
) -> None:
    """Write into a ticket's timeline that a file was attached, or taken off and why.

    What is internal of the file is internal of the entry.

    Raises:
        NotFound: the ticket is not there or not in the actor's scope.
    """
    write(
        session,
        actor,
        find_any(session, actor, file.object_id),
        "attachment",
        utc_now(),
        text=removed_because,
        internal=file.internal,
        data={
            "attachment_id": file.id,
            "file_name": file.file_name,
            "content_type": file.content_type,
            "sha256": file.sha256,
            "removed": removed_because is not None,
        },
    )
