"""The desk's letters: look at them, decide about those that wait for a person, send one again."""

from typing import Annotated

from fastapi import Query

from api.deps import Actor, Db, requires
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.mail import (
    MailAddIn,
    MailDiscardIn,
    MailOpenIn,
    MailSetup,
    MailStateName,
    MailView,
    MailWithText,
)
from work_orders.mail import service
from work_orders.mail.rules import State

router = ApiRouter(prefix="/mail", tags=["complaints"])

HANDLE = requires("complaints.handle")


@router.get("", dependencies=[HANDLE])
def list_mail(
    session: Db,
    actor: Actor,
    page: PageQuery,
    state: Annotated[list[MailStateName] | None, Query()] = None,
) -> Page[MailView]:
    """List letters, the newest first."""
    states = None if state is None else [State(each) for each in state]
    found = service.list_mail(session, actor, states, page)
    return Page[MailView].of(found, MailView.model_validate)


@router.get("/setup", dependencies=[HANDLE])
def get_mail_setup(session: Db, actor: Actor) -> MailSetup:
    """Tell whether letters are fetched and sent, and what is wrong."""
    return MailSetup.model_validate(service.setup(session, actor))


@router.get("/{mail_id}", dependencies=[HANDLE])
def get_mail(mail_id: str, session: Db, actor: Actor) -> MailWithText:
    """Return a letter with its text."""
    found = service.get_mail(session, actor, mail_id)
    return MailWithText(**vars(found.mail), body=found.body)


@router.post("/{mail_id}/open", dependencies=[HANDLE])
def open_mail(mail_id: str, body: MailOpenIn, session: Db, actor: Actor) -> MailView:
    """Make a complaint of a letter that waits."""
    opened = service.open_complaint(session, actor, mail_id, body.organisation_id)
    return MailView.model_validate(opened)


@router.post("/{mail_id}/add", dependencies=[HANDLE])
def add_mail(mail_id: str, body: MailAddIn, session: Db, actor: Actor) -> MailView:
    """Put a letter that waits on a ticket, as an internal word."""
    return MailView.model_validate(service.add_to_ticket(session, actor, mail_id, body.ticket_id))


@router.post("/{mail_id}/discard", dependencies=[HANDLE])
def discard_mail(mail_id: str, body: MailDiscardIn, session: Db, actor: Actor) -> MailView:
    """Put a letter that waits aside."""
    return MailView.model_validate(service.discard(session, actor, mail_id, body.reason))


@router.post("/{mail_id}/send-again", dependencies=[HANDLE])
def send_mail_again(mail_id: str, session: Db, actor: Actor) -> MailView:
    """Send a letter that was given up once more."""
    return MailView.model_validate(service.send_again(session, actor, mail_id))
