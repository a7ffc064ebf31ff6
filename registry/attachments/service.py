"""Public verbs on attached files.

Whether somebody may see or change what a file is attached to is for the caller to ask that object's own
package; here an attachment carries the object's organisation, and that must be in scope.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.orm import Session

from kernel.db import Database
from kernel.errors import Forbidden, NotFound
from kernel.ids import new_id
from kernel.paging import PageRequest, Slice
from kernel.settings import settings
from registry import audit
from registry.attachments import repository, rules
from registry.attachments.errors import ContentMissing
from registry.attachments.store import FileStore
from registry.models import Attachment
from registry.permissions import Principal
from registry.settings import Registry

# A file that nobody refers to is kept this long, so that one being uploaded is never taken for one.
ORPHAN_SECONDS = 24 * 3600


@dataclass(frozen=True)
class AttachmentFacts:
    """A file and what it is attached to."""

    id: str
    object_kind: str
    object_id: str
    organisation_id: str
    file_name: str
    content_type: str
    size_bytes: int
    sha256: str
    uploaded_by: str | None
    created_at: datetime


def _facts(row: Attachment) -> AttachmentFacts:
    return AttachmentFacts(
        row.id,
        row.object_kind,
        row.object_id,
        row.organisation_id,
        row.file_name,
        row.content_type,
        row.size_bytes,
        row.sha256,
        row.uploaded_by,
        row.created_at,
    )


def _store() -> FileStore:
    return FileStore(settings(Registry).attachments())


def add_attachment(
    session: Session,
    actor: Principal,
    *,
    object_kind: str,
    object_id: str,
    organisation_id: str,
    file_name: str,
    content: BinaryIO,
    bytes_max: int,
) -> AttachmentFacts:
    """Attach a file, read from a seekable stream.

    Raises:
        NotFound: the organisation is out of scope.
        EmptyFile, FileTooLarge, UnsupportedType, TypeMismatch.
    """
    actor.require_sees(organisation_id, f"{object_kind} {object_id}")
    name = rules.clean_name(file_name)
    store = _store()
    stored = store.measure(content, bytes_max)
    media_type = rules.content_type(content, name)
    repository.lock_content(session, stored.sha256)
    store.put(content, stored.sha256)
    row = Attachment(
        id=new_id("att"),
        object_kind=object_kind,
        object_id=object_id,
        organisation_id=organisation_id,
        file_name=name,
        content_type=media_type,
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        uploaded_by=actor.person_id,
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    audit.record(
        session,
        actor,
        "attachment.add",
        object_kind,
        object_id,
        organisation_id=organisation_id,
        changes={"attachment": [None, {"id": row.id, "file_name": name, "sha256": row.sha256}]},
    )
    return _facts(row)


def list_attachments(
    session: Session, object_kind: str, object_id: str, page: PageRequest
) -> Slice[AttachmentFacts]:
    """Return what is attached to an object, newest first."""
    rows = repository.attachments_of(session, object_kind, object_id, page)
    return Slice.cut(rows, page.limit, lambda row: (row.id,)).map(_facts)


def get_attachment(session: Session, actor: Principal, attachment_id: str) -> AttachmentFacts:
    """Return one attachment's facts.

    Raises:
        NotFound: it is not there or out of scope.
    """
    row = repository.attachment(session, attachment_id)
    if row is None:
        raise NotFound(f"no attachment {attachment_id}")
    actor.require_sees(row.organisation_id, f"attachment {attachment_id}")
    return _facts(row)


def content_path(attachment: AttachmentFacts) -> Path:
    """Return the file that holds an attachment's bytes.

    Raises:
        ContentMissing: the folder is not the one it was stored in, or the file is lost.
    """
    path = _store().path_of(attachment.sha256)
    if not path.is_file():
        raise ContentMissing(f"the content of {attachment.file_name} is missing")
    return path


def remove_attachment(session: Session, actor: Principal, attachment_id: str) -> None:
    """Take a file off an object; its uploader and administrators may. The audit trail keeps its hash.

    Raises:
        Forbidden, NotFound.
    """
    row = repository.attachment(session, attachment_id)
    if row is None:
        raise NotFound(f"no attachment {attachment_id}")
    actor.require_sees(row.organisation_id, f"attachment {attachment_id}")
    if row.uploaded_by != actor.person_id and not actor.may("administration.manage"):
        raise Forbidden("only who attached it, or an administrator, can take it off")
    before = {"id": row.id, "file_name": row.file_name, "sha256": row.sha256}
    session.delete(row)
    session.flush()
    audit.record(
        session,
        actor,
        "attachment.remove",
        row.object_kind,
        row.object_id,
        organisation_id=row.organisation_id,
        changes={"attachment": [before, None]},
    )


def sweep(database: Database) -> int:
    """Remove contents that nothing refers to any more; return how many."""
    store = _store()
    removed = 0
    for sha256 in list(store.older_than(time.time() - ORPHAN_SECONDS)):
        with database.transaction() as session:
            repository.lock_content(session, sha256)
            if not repository.is_used(session, sha256):
                store.remove(sha256)
                removed += 1
    return removed
