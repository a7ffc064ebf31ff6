"""What files can be attached to: whose it is, and whether somebody may see or change it.

Each kind asks the package that owns the object, which refuses with its own words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from registry.assets import service as assets
from registry.attachments.service import AttachmentFacts
from registry.organisations import service as organisations
from registry.permissions import Principal
from registry.sites import service as sites
from warranty_parts import service as warranty_parts
from work_orders import service as work_orders


class Note(Protocol):
    """Tells an object of one of its files."""

    def __call__(
        self,
        session: Session,
        actor: Principal,
        file: AttachmentFacts,
        *,
        removed_because: str | None = None,
    ) -> None:
        """Tell of a file that came, or of one that went and why."""


@dataclass(frozen=True)
class Attachable:
    """A kind of object: how to find its organisation, and what attaching to it needs."""

    organisation_of: Callable[[Session, Principal, str], str]
    attach_needs: tuple[str, ...]
    """Any one of these permissions."""
    note: Note | None = None
    """Tells the object's own history of a file that came or went, and why it went."""


def _of_asset(session: Session, actor: Principal, object_id: str) -> str:
    return assets.read_asset(session, actor, object_id).organisation_id


def _of_site(session: Session, actor: Principal, object_id: str) -> str:
    return sites.get_site(session, actor, object_id).organisation_id


def _of_organisation(session: Session, actor: Principal, object_id: str) -> str:
    return organisations.get_organisation(session, actor, object_id).id


def _of_work_order(session: Session, actor: Principal, object_id: str) -> str:
    return work_orders.get_work_order(session, actor, object_id).ticket.organisation_id


def _of_complaint(session: Session, actor: Principal, object_id: str) -> str:
    return work_orders.get_complaint(session, actor, object_id).ticket.organisation_id


def _of_claim(session: Session, actor: Principal, object_id: str) -> str:
    return warranty_parts.get_claim(session, actor, object_id).organisation_id


ATTACHABLES: dict[str, Attachable] = {
    "asset": Attachable(_of_asset, ("assets.write", "work_orders.handle")),
    "site": Attachable(_of_site, ("administration.manage", "work_orders.handle")),
    "organisation": Attachable(_of_organisation, ("administration.manage",)),
    "work_order": Attachable(
        _of_work_order,
        # As with comments: customers and the desk send with the right to complain.
        ("work_orders.handle", "work_orders.create", "work_orders.assign", "complaints.create"),
        work_orders.note_file,
    ),
    "complaint": Attachable(
        _of_complaint, ("complaints.create", "complaints.handle"), work_orders.note_file
    ),
    "claim": Attachable(_of_claim, ("claims.submit", "claims.decide")),
}
