"""People's ways to be told, and when they want to be."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.sealing import seal, unseal
from kernel.settings import settings
from registry import audit
from registry.identity.service import get_person
from registry.permissions import Principal
from work_orders.notices import addresses, providers, repository, templates
from work_orders.notices.errors import GatewayNotSet, InvalidChannel, TooManyChannels
from work_orders.notices.models import NoticeChannel
from work_orders.notices.rules import TOPICS, USUAL_TOPICS, Digest, Preferences
from work_orders.notices.settings import Notices

CHANNELS_MAX = 20
PURPOSE = "notice channel"
_LABEL_LENGTH_MAX = 100


@dataclass(frozen=True)
class ChannelFacts:
    """A way to somebody; `hint` is what is shown of the address, never more."""

    id: str
    kind: str
    label: str
    hint: str
    topics: list[str]
    enabled: bool
    standing: bool
    failures: int
    paused_until: datetime | None


def channel_facts(row: NoticeChannel) -> ChannelFacts:
    """Return a channel as its owner sees it."""
    return ChannelFacts(
        row.id, row.kind, row.label, row.hint, list(row.topics), row.enabled, row.standing,
        row.failures, row.paused_until,
    )  # fmt: skip


def own_id(actor: Principal) -> str:
    """Return the id of the person who acts.

    Raises:
        NotFound: it is the platform itself, which has no channels.
    """
    if actor.person_id is None:
        raise NotFound("no person")
    return actor.person_id


def list_channels(session: Session, actor: Principal) -> list[ChannelFacts]:
    """Return one's own channels, with those that the platform makes of one's address."""
    person_id = own_id(actor)
    ensure_standing(session, actor)
    return [channel_facts(row) for row in repository.channels_of(session, person_id)]


def ensure_standing(
    session: Session, owner: Principal, kinds: Collection[str] = ("email",)
) -> Sequence[NoticeChannel]:
    """Return somebody's channels; e-mail (and text message) to their own address is made when missing.

    Only where the installation has a gateway for it.
    """
    person_id = own_id(owner)
    rows = repository.channels_of(session, person_id)
    missing = {
        kind for kind in kinds if not any(row.standing and row.kind == kind for row in rows)
    } & _gateways()
    if not missing:
        return rows
    person = get_person(session, owner, person_id)
    for kind, address in (("email", person.email), ("sms", person.phone)):
        if kind in missing and address:
            made = _row(
                person_id, kind, address, kind, list(USUAL_TOPICS if kind == "email" else ())
            )
            repository.put_standing(session, made)
    return repository.channels_of(session, person_id)


def _gateways() -> set[str]:
    own = settings(Notices)
    given = {"email": own.smtp_url, "sms": own.sms_url}
    return {kind for kind, url in given.items() if url.get_secret_value()}


def _row(person_id: str, kind: str, address: str, label: str, topics: list[str]) -> NoticeChannel:
    return NoticeChannel(
        id=new_id("nch"),
        person_id=person_id,
        kind=kind,
        label=label,
        hint=_hint(kind, address),
        sealed=seal(PURPOSE, address),
        topics=topics,
    )


def _hint(kind: str, address: str) -> str:
    if kind == "email":
        return address
    if kind == "sms":
        return f"…{address[-4:]}"
    return f"{address.partition('://')[0].lower()}://…"


def _checked(kind: str, address: str) -> str:
    own = settings(Notices)
    address = address.strip()
    if kind == "email":
        value = addresses.check_email(address)
    elif kind == "sms":
        value = addresses.check_phone(address)
    elif kind == "address":
        addresses.check_address(address, {each.strip() for each in own.schemes.split(",")})
        check_reachable(address)
        value = address
        if not providers.is_readable(value):
            raise InvalidChannel(
                "the provider's address is malformed", field="address", reason="malformed"
            )
    else:
        raise InvalidChannel("kind is email, sms or address", field="kind", reason="not_a_choice")
    if kind != "address" and kind not in _gateways():
        raise GatewayNotSet(f"this installation has no gateway for {kind}", kind=kind)
    return value


def check_reachable(address: str) -> None:
    """Refuse a provider's address that leads into a private network.

    Raises:
        ForbiddenAddress: it does, and the settings do not allow that network.
    """
    host = addresses.host_of(address)
    if host is not None:
        addresses.check_host(host, addresses.networks(settings(Notices).allowed_networks))


def _topics(wanted: Collection[str]) -> list[str]:
    unknown = sorted(set(wanted) - set(TOPICS))
    if unknown:
        raise InvalidChannel(
            f"there is no topic {unknown[0]}", field="topics", reason="not_a_choice"
        )
    return [str(topic) for topic in TOPICS if topic in wanted]


def _label(value: str) -> str:
    label = templates.one_line(value)
    if not label or len(label) > _LABEL_LENGTH_MAX:
        raise InvalidChannel(
            f"a name has 1 to {_LABEL_LENGTH_MAX} characters", field="label", reason="blank"
        )
    return label


def add_channel(
    session: Session,
    actor: Principal,
    kind: str,
    address: str,
    *,
    label: str,
    topics: Collection[str] | None = None,
) -> ChannelFacts:
    """Add a way to oneself. The address is sealed at once and never given back.

    Raises:
        InvalidChannel: address, name or topics are not acceptable.
        ForbiddenAddress: the address leads into a private network.
        GatewayNotSet: the installation has no gateway for this kind.
        TooManyChannels: there are as many as there may be.
    """
    person_id = own_id(actor)
    row = _row(
        person_id,
        kind,
        _checked(kind, address),
        _label(label),
        _topics(USUAL_TOPICS if topics is None else topics),
    )
    if repository.count_channels(session, person_id) >= CHANNELS_MAX:
        raise TooManyChannels(f"nobody has more than {CHANNELS_MAX} channels")
    session.add(row)
    session.flush()
    _note(session, actor, "add", row, {"kind": [None, kind], "label": [None, row.label]})
    return channel_facts(row)


def _note(
    session: Session, actor: Principal, verb: str, row: NoticeChannel, changes: dict[str, Any]
) -> None:
    audit.record(
        session, actor, f"notice_channel.{verb}", "notice_channel", row.id,
        organisation_id=actor.organisation_id, changes=changes,
    )  # fmt: skip


def own_channel(session: Session, actor: Principal, channel_id: str) -> NoticeChannel:
    """Return one of one's own channels, locked.

    Raises:
        NotFound: there is none of that id, or it is somebody else's.
    """
    row = repository.lock_channel(session, channel_id)
    if row is None or row.person_id != actor.person_id or row.removed_at is not None:
        raise NotFound(f"no channel {channel_id}")
    return row


def change_channel(
    session: Session,
    actor: Principal,
    channel_id: str,
    *,
    label: str | None = None,
    topics: Collection[str] | None = None,
    enabled: bool | None = None,
) -> ChannelFacts:
    """Change what one is told of through a channel; None leaves a value as it is.

    Raises:
        NotFound: it is not one's own.
        InvalidChannel: name or topics are not acceptable.
    """
    row = own_channel(session, actor, channel_id)
    wanted: dict[str, Any] = {}
    if label is not None:
        wanted["label"] = _label(label)
    if topics is not None:
        wanted["topics"] = _topics(topics)
    if enabled is not None:
        wanted["enabled"] = enabled
    changes = {
        name: [getattr(row, name), value]
        for name, value in wanted.items()
        if getattr(row, name) != value
    }
    for name, value in wanted.items():
        setattr(row, name, value)
    if enabled:
        row.failures, row.paused_until = 0, None
    if changes:
        session.flush()
        _note(session, actor, "change", row, changes)
    return channel_facts(row)


def remove_channel(session: Session, actor: Principal, channel_id: str) -> None:
    """Take one of one's own channels away; what waits for it is dropped when its turn comes.

    Raises:
        NotFound: it is not one's own.
        InvalidChannel: it is the one to one's own address, which can only be turned off.
    """
    row = own_channel(session, actor, channel_id)
    if row.standing:
        raise InvalidChannel("turn this channel off instead", field="id", reason="standing")
    row.removed_at, row.enabled = utc_now(), False
    row.sealed = seal(PURPOSE, "")
    session.flush()
    _note(session, actor, "remove", row, {"label": [row.label, None]})


def full_address(row: NoticeChannel) -> str:
    """Return the provider's address that a channel leads to: a secret.

    Raises:
        GatewayNotSet: the installation has no gateway for this kind any longer.
        ForbiddenAddress: it leads into a private network by now.
    """
    own = settings(Notices)
    address = unseal(PURPOSE, row.sealed)
    if row.kind == "address":
        check_reachable(address)
        return address
    gateway = (own.smtp_url if row.kind == "email" else own.sms_url).get_secret_value()
    if not gateway:
        raise GatewayNotSet(f"this installation has no gateway for {row.kind}", kind=row.kind)
    make = providers.mail_address if row.kind == "email" else providers.sms_address
    return make(gateway, address)


def preferences_of(session: Session, person_id: str) -> Preferences:
    """Return when somebody wants to be told."""
    row = repository.preferences(session, person_id)
    if row is None:
        return Preferences()
    return Preferences(
        row.time_zone, row.quiet_from, row.quiet_to, Digest(row.digest), row.daily_at
    )


def set_preferences(
    session: Session,
    actor: Principal,
    *,
    time_zone: str,
    quiet_from: time | None,
    quiet_to: time | None,
    digest: str,
    daily_at: time,
) -> Preferences:
    """Say when one wants to be told.

    Raises:
        InvalidChannel: an unknown time zone or digest, or quiet hours with one end.
    """
    person_id = own_id(actor)
    if time_zone not in available_timezones():
        raise InvalidChannel("no such time zone", field="time_zone", reason="not_a_choice")
    if (quiet_from is None) != (quiet_to is None):
        raise InvalidChannel("quiet hours have two ends", field="quiet_to", reason="incomplete")
    if digest not in set(Digest):
        raise InvalidChannel("no such digest", field="digest", reason="not_a_choice")
    ZoneInfo(time_zone)
    values = {
        "person_id": person_id,
        "time_zone": time_zone,
        "quiet_from": quiet_from,
        "quiet_to": quiet_to,
        "digest": digest,
        "daily_at": daily_at,
        "updated_at": utc_now(),
    }
    repository.put_preferences(session, values)
    return preferences_of(session, person_id)
