"""Public verbs on attached files.

Whether somebody may see or change what a file is attached to is for the caller to ask that object's own
package; here an attachment carries the object's organisation, and that must be in scope.
"""

import io
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.orm import Session

from kernel.db import Database
from kernel.errors import Forbidden, InvalidInput, NotFound
from kernel.ids import new_id
from kernel.paging import PageRequest, Slice
from kernel.settings import settings
from registry import audit
from registry.attachments import repository, rules
from registry.attachments.errors import ContentMissing
from registry.attachments.films import FILMS, bare_film
from registry.attachments.pictures import PICTURES, bare_picture
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
    internal: bool
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
        row.internal,
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
    internal: bool = False,
    keep_metadata: bool = False,
) -> AttachmentFacts:
    """Attach a file, read from a seekable stream.

    Pictures and films lose place, time, owner and device, unless `keep_metadata`. What is `internal` is for
    the manufacturer's own people.

    Raises:
        NotFound: the organisation is out of scope.
        Forbidden: somebody else than the manufacturer's people wants it internal.
        EmptyFile, FileTooLarge, UnsupportedType, TypeMismatch, BrokenFile, PictureTooLarge, ArchiveTooLarge.
    """
    actor.require_sees(organisation_id, f"{object_kind} {object_id}")
    if internal and not _is_staff(actor):
        raise Forbidden("only the manufacturer's people attach internal files")
    name = rules.clean_name(file_name)
    store = _store()
    store.measure(content, bytes_max)
    media_type = rules.content_type(content, name)
    content = _checked(content, media_type, keep_metadata=keep_metadata)
    stored = store.measure(content, bytes_max)
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
        internal=internal,
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


def _is_staff(actor: Principal) -> bool:
    return actor.scope is None


def _checked(content: BinaryIO, media_type: str, *, keep_metadata: bool) -> BinaryIO:
    """Return the content to keep; a picture that is none is refused even where all of it is kept."""
    if media_type in PICTURES:
        bare = bare_picture(media_type, content.read())
    elif media_type in FILMS:
        bare = bare_film(media_type, content.read())
    else:
        return content
    content.seek(0)
    return content if keep_metadata else io.BytesIO(bare)


def list_attachments(
    session: Session, actor: Principal, object_kind: str, object_id: str, page: PageRequest
) -> Slice[AttachmentFacts]:
    """Return what is attached to an object and meant for the actor, newest first."""
    rows = repository.attachments_of(
        session, object_kind, object_id, page, internal=_is_staff(actor)
    )
    return Slice.cut(rows, page.limit, lambda row: (row.id,)).map(_facts)


def get_attachment(session: Session, actor: Principal, attachment_id: str) -> AttachmentFacts:
    """Return one attachment's facts.

    Raises:
        NotFound: it is not there, out of scope, or internal and not for the actor.
    """
    return _facts(_find(session, actor, attachment_id))


def _find(session: Session, actor: Principal, attachment_id: str) -> Attachment:
    row = repository.attachment(session, attachment_id)
    if row is None or (row.internal and not _is_staff(actor)):
        raise NotFound(f"no attachment {attachment_id}")
    actor.require_sees(row.organisation_id, f"attachment {attachment_id}")
    return row


def content_path(attachment: AttachmentFacts) -> Path:
    """Return the file that holds an attachment's bytes.

    Raises:
        ContentMissing: the folder is not the one it was stored in, or the file is lost.
    """
    path = _store().path_of(attachment.sha256)
    if not path.is_file():
        raise ContentMissing(f"the content of {attachment.file_name} is missing")
    return path


def remove_attachment(
    session: Session, actor: Principal, attachment_id: str, reason: str
) -> AttachmentFacts:
    """Take a file off an object; its uploader and administrators may. The audit trail keeps its hash.

    Raises:
        Forbidden, NotFound.
        InvalidInput: no reason is given.
    """
    row = _find(session, actor, attachment_id)
    if not reason.strip():
        raise InvalidInput("say why it is taken off", field="reason")
    if row.uploaded_by != actor.person_id and not actor.may("administration.manage"):
        raise Forbidden("only who attached it, or an administrator, can take it off")
    gone = _facts(row)
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
        reason=reason,
    )
    return gone


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
