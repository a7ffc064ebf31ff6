"""Detectors: what there is to choose from, and which one judges which type of asset."""

from typing import Annotated

from fastapi import Query, Response

from anomaly.choices import service
from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.detectors import ChoiceCreate, ChoiceView, OfferedView

router = ApiRouter(prefix="/detectors", tags=["detectors"])
choices_router = ApiRouter(prefix="/detector-choices", tags=["detectors"])

READ = requires("alarms.read")
ADMINISTER = requires("administration.manage")

Past = Annotated[bool, Query(description="Those that have been replaced or withdrawn as well")]


@router.get("", dependencies=[READ])
def read_detectors(actor: Actor) -> OfferedView:
    """Return the detectors there are, and what River models may be made of."""
    return OfferedView.model_validate(service.offered_detectors(actor))


@choices_router.get("", dependencies=[READ])
def list_detector_choices(
    session: Db, actor: Actor, page: PageQuery, past: Past = False
) -> Page[ChoiceView]:
    """List choices, the newest first; the narrowest that fits an asset counts."""
    rows = service.list_choices(session, actor, page, past=past)
    return Page[ChoiceView].of(rows, ChoiceView.model_validate)


@choices_router.post("", status_code=201, dependencies=[ADMINISTER, Idempotent])
def choose_detector(
    body: ChoiceCreate, response: Response, session: Db, actor: Actor, if_match: IfMatch
) -> ChoiceView:
    """Choose a detector; it replaces the one chosen for the same target.

    Scoring follows within a minute: models are learnt anew from stored readings, open alarms end.
    """
    draft = service.ChoiceDraft(**body.model_dump())
    made = service.choose(session, actor, draft, expected_version=if_match)
    set_etag(response, made.version)
    return ChoiceView.model_validate(made)


@choices_router.get("/{choice_id}", dependencies=[READ])
def read_detector_choice(
    choice_id: str, response: Response, session: Db, actor: Actor
) -> ChoiceView:
    """Return one choice, in force or not."""
    found = service.get_choice(session, actor, choice_id)
    set_etag(response, found.version)
    return ChoiceView.model_validate(found)


@choices_router.post("/{choice_id}/withdraw", dependencies=[ADMINISTER])
def withdraw_detector_choice(
    choice_id: str, response: Response, session: Db, actor: Actor, if_match: IfMatch
) -> ChoiceView:
    """End a choice; the next wider one counts again."""
    ended = service.withdraw(session, actor, choice_id, expected_version=if_match)
    set_etag(response, ended.version)
    return ChoiceView.model_validate(ended)
