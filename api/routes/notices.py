"""Notices: one's own channels and hours, the words, and what was delivered."""

from typing import Annotated

from fastapi import Query, Response

from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.notices import (
    AttemptView,
    ChannelCreate,
    ChannelList,
    ChannelPatch,
    ChannelView,
    DeliveryDetailView,
    DeliveryDrop,
    DeliveryState,
    DeliveryView,
    LanguageName,
    PreferencesUpdate,
    PreferencesView,
    PreviewRequest,
    PreviewView,
    TemplateList,
    TemplateUpdate,
    TemplateView,
    TopicList,
    TopicName,
    TopicView,
)
from work_orders.notices import channels, service, wording
from work_orders.notices.rules import TOPICS, Topic
from work_orders.notices.templates import Words

router = ApiRouter(tags=["notices"])

ADMINISTER = requires("administration.manage")


@router.get("/notice-topics")
def list_notice_topics(_: Actor) -> TopicList:
    """List what somebody can be told of."""
    return TopicList(
        items=[
            TopicView.model_validate(
                {"topic": str(topic), "urgent": spec.urgent, "usual": spec.usual}
            )
            for topic, spec in TOPICS.items()
        ]
    )


@router.get("/notice-channels")
def list_notice_channels(session: Db, actor: Actor) -> ChannelList:
    """List one's own channels."""
    found = channels.list_channels(session, actor)
    return ChannelList(items=[ChannelView.model_validate(each) for each in found])


@router.post("/notice-channels", status_code=201)
def create_notice_channel(body: ChannelCreate, session: Db, actor: Actor) -> ChannelView:
    """Add a channel of one's own; its address is kept sealed and never given back."""
    made = channels.add_channel(
        session, actor, body.kind, body.address, label=body.label, topics=body.topics
    )
    return ChannelView.model_validate(made)


@router.put("/notice-channels/{channel_id}")
def update_notice_channel(
    channel_id: str, body: ChannelPatch, session: Db, actor: Actor
) -> ChannelView:
    """Set what is given of one of one's own channels; what is left out stays."""
    changed = channels.change_channel(
        session, actor, channel_id, label=body.label, topics=body.topics, enabled=body.enabled
    )
    return ChannelView.model_validate(changed)


@router.delete("/notice-channels/{channel_id}", status_code=204)
def delete_notice_channel(channel_id: str, session: Db, actor: Actor) -> None:
    """Take one of one's own channels away."""
    channels.remove_channel(session, actor, channel_id)


@router.post("/notice-channels/{channel_id}/test", status_code=202)
def test_notice_channel(channel_id: str, session: Db, actor: Actor) -> None:
    """Send a test through one of one's own channels; its delivery says what became of it."""
    service.send_test(session, actor, channel_id)


@router.get("/notice-preferences")
def read_notice_preferences(session: Db, actor: Actor) -> PreferencesView:
    """Tell when one wants to be told."""
    found = channels.preferences_of(session, channels.own_id(actor))
    return PreferencesView.model_validate(found)


@router.put("/notice-preferences")
def set_notice_preferences(body: PreferencesUpdate, session: Db, actor: Actor) -> PreferencesView:
    """Say when one wants to be told."""
    return PreferencesView.model_validate(
        channels.set_preferences(
            session,
            actor,
            time_zone=body.time_zone,
            quiet_from=body.quiet_from,
            quiet_to=body.quiet_to,
            digest=body.digest,
            daily_at=body.daily_at,
        )
    )


@router.get("/own-notices")
def list_own_notices(page: PageQuery, session: Db, actor: Actor) -> Page[DeliveryView]:
    """List what one was sent, the newest first."""
    found = service.list_deliveries(session, actor, page, own=True)
    return Page[DeliveryView].of(found, DeliveryView.model_validate)


@router.get("/notice-templates", dependencies=[ADMINISTER])
def list_notice_templates(session: Db, actor: Actor) -> TemplateList:
    """List the words of every topic in both languages."""
    found = wording.list_templates(session, actor)
    return TemplateList(items=[TemplateView.model_validate(each) for each in found])


@router.post("/notice-templates/preview", dependencies=[ADMINISTER])
def preview_notice_template(body: PreviewRequest, session: Db, actor: Actor) -> PreviewView:
    """Fill words in with a real ticket; nothing is saved or sent."""
    words = Words(body.subject, body.body)
    shown = wording.preview(
        session, actor, Topic(body.topic), body.language, words, ticket_id=body.ticket_id
    )
    return PreviewView.model_validate(shown)


@router.put("/notice-templates/{topic}/{language}", dependencies=[ADMINISTER])
def set_notice_template(
    topic: TopicName,
    language: LanguageName,
    body: TemplateUpdate,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> TemplateView:
    """Use the installation's own words."""
    words = Words(body.subject, body.body)
    saved = wording.set_template(
        session, actor, Topic(topic), language, words, expected_version=if_match
    )
    if saved.version is not None:
        set_etag(response, saved.version)
    return TemplateView.model_validate(saved)


@router.delete("/notice-templates/{topic}/{language}", dependencies=[ADMINISTER])
def reset_notice_template(
    topic: TopicName, language: LanguageName, session: Db, actor: Actor
) -> TemplateView:
    """Go back to the shipped words."""
    return TemplateView.model_validate(
        wording.reset_template(session, actor, Topic(topic), language)
    )


@router.get("/notice-deliveries", dependencies=[ADMINISTER])
def list_notice_deliveries(
    page: PageQuery,
    session: Db,
    actor: Actor,
    state: Annotated[list[DeliveryState] | None, Query()] = None,
) -> Page[DeliveryView]:
    """List deliveries to everybody, the newest first."""
    found = service.list_deliveries(session, actor, page, states=state or ())
    return Page[DeliveryView].of(found, DeliveryView.model_validate)


@router.get("/notice-deliveries/{delivery_id}", dependencies=[ADMINISTER])
def get_notice_delivery(delivery_id: str, session: Db, actor: Actor) -> DeliveryDetailView:
    """Return a delivery with every attempt."""
    found, attempts = service.get_delivery(session, actor, delivery_id)
    shown = DeliveryView.model_validate(found).model_dump()
    log = [AttemptView.model_validate(each) for each in attempts]
    return DeliveryDetailView.model_validate({**shown, "attempt_log": log})


@router.post("/notice-deliveries/{delivery_id}/send-again", dependencies=[ADMINISTER, Idempotent])
def send_notice_delivery_again(delivery_id: str, session: Db, actor: Actor) -> DeliveryView:
    """Let a dead delivery wait for its turn again."""
    return DeliveryView.model_validate(service.send_again(session, actor, delivery_id))


@router.post("/notice-deliveries/{delivery_id}/drop", dependencies=[ADMINISTER, Idempotent])
def drop_notice_delivery(
    delivery_id: str, body: DeliveryDrop, session: Db, actor: Actor
) -> DeliveryView:
    """End a dead delivery for good, with a reason."""
    return DeliveryView.model_validate(service.drop(session, actor, delivery_id, body.reason))
