"""Looking what a server at a gateway's site offers: asked for here, done by the gateway when it checks in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from kernel import changes
from kernel.clock import utc_now
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.paging import PageRequest, Slice
from kernel.wire.control import Browse, Browsed
from registry import audit
from registry.gateways import keys, repository
from registry.gateways.errors import BrowseUnderWay, NotCheckingIn, UnknownSource
from registry.gateways.records import managed, seen
from registry.models import Gateway, GatewayBrowse
from registry.permissions import Principal

NODES_MAX: Final = 5000
KEPT: Final = 20
# A walk of a large server over a slow line takes minutes.
EXPIRES_AFTER = timedelta(minutes=10)
AWAY_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class BrowseFacts:
    """A request to browse and how it stands.

    Attributes:
        source: name of a source of the gateway's configuration, or of the one it is to become.
        url: the server's address; empty for the source's own.
        root: node the walk starts at.
        state: `waiting`, `done`, `failed`, `expired`.
        code, detail: why it failed.
        nodes: how many variables were found.
        truncated: there are more than the platform takes.
    """

    id: str
    gateway_id: str
    source: str
    url: str
    root: str
    state: str
    code: str
    detail: str
    nodes: int
    truncated: bool
    requested_by: str
    requested_at: datetime
    answered_at: datetime | None


def _facts(row: GatewayBrowse) -> BrowseFacts:
    return BrowseFacts(
        row.id,
        row.gateway_id,
        row.source,
        row.url,
        row.root,
        row.state,
        row.code,
        row.detail,
        len(row.nodes),
        row.truncated,
        row.requested_by,
        row.requested_at,
        row.answered_at,
    )


def request_browse(
    session: Session,
    actor: Principal,
    gateway_id: str,
    *,
    source: str,
    url: str = "",
    root: str = "i=85",
    security_policy: str = "None",
    security_mode: str = "SignAndEncrypt",
) -> BrowseFacts:
    """Ask a gateway to browse an OPC UA server: a source of its configuration, or a new address.

    Raises:
        Forbidden, NotFound, GatewayIsRevoked.
        NotCheckingIn: nothing will come of it.
        BrowseUnderWay: it is doing so already.
        UnknownSource: no address was given and its configuration has no such OPC UA source.
    """
    row = managed(session, actor, gateway_id)
    now = utc_now()
    link = repository.locked_link(session, gateway_id)
    if link.checked_in_at is None or link.checked_in_at < now - AWAY_AFTER:
        raise NotCheckingIn(f"gateway {row.name} last checked in: {link.checked_in_at or 'never'}")
    waiting = repository.waiting_browse(session, gateway_id)
    if waiting is not None and not _expire(waiting, now):
        raise BrowseUnderWay(f"{waiting.source} since {waiting.requested_at.isoformat()}")
    if not url and not _has_source(session, row, source):
        raise UnknownSource(f"no OPC UA source {source}; give its address")
    session.flush()
    made = GatewayBrowse(
        id=new_id("brw"),
        gateway_id=gateway_id,
        source=source,
        url=url,
        root=root,
        security_policy=security_policy,
        security_mode=security_mode,
        requested_by=actor.name,
        requested_at=now,
    )
    session.add(made)
    session.flush()
    session.refresh(made)
    for old in repository.browses(session, gateway_id, 1000)[KEPT:]:
        session.delete(old)
    keys.attend(session, gateway_id, now)
    audit.record(
        session,
        actor,
        "gateway.browse",
        "gateway",
        gateway_id,
        organisation_id=row.organisation_id,
        changes={"source": [None, source], "url": [None, url]},
    )
    return _facts(made)


def _has_source(session: Session, row: Gateway, source: str) -> bool:
    version = repository.newest_version(session, row.id)
    found = repository.configuration(session, row.id, version) if version else None
    sources = [] if found is None else found.document.get("opcua", [])
    return any(one.get("name") == source for one in sources)


def _expire(row: GatewayBrowse, now: datetime) -> bool:
    if row.state == "waiting" and row.requested_at < now - EXPIRES_AFTER:
        row.state, row.answered_at = "expired", now
        row.detail = "the gateway did not answer in time"
    return row.state != "waiting"


def list_browses(session: Session, actor: Principal, gateway_id: str) -> list[BrowseFacts]:
    """Return a gateway's last browses, newest first.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("gateways.read")
    seen(session, actor, gateway_id)
    return [_seen_now(row) for row in repository.browses(session, gateway_id, KEPT)]


def get_browse(session: Session, actor: Principal, gateway_id: str, browse_id: str) -> BrowseFacts:
    """Return how a browse stands.

    Raises:
        Forbidden, NotFound.
    """
    return _seen_now(_found(session, actor, gateway_id, browse_id))


def _seen_now(row: GatewayBrowse) -> BrowseFacts:
    _expire(row, utc_now())
    return _facts(row)


def list_nodes(
    session: Session,
    actor: Principal,
    gateway_id: str,
    browse_id: str,
    page: PageRequest,
    *,
    q: str | None = None,
) -> Slice[dict[str, Any]]:
    """Return what a browse found, in the order it was found, those only that contain `q`.

    Raises:
        Forbidden, NotFound.
    """
    row = _found(session, actor, gateway_id, browse_id)
    wanted = (q or "").casefold()
    numbered = [
        (number, node)
        for number, node in enumerate(row.nodes)
        if not wanted
        or any(wanted in str(node[key]).casefold() for key in ("node", "owner", "name"))
    ]
    after = page.after_number()
    if after is not None:
        numbered = [item for item in numbered if item[0] > after]
    found = Slice.cut(numbered[: page.limit + 1], page.limit, lambda item: (str(item[0]),))
    return found.map(lambda item: item[1])


def _found(session: Session, actor: Principal, gateway_id: str, browse_id: str) -> GatewayBrowse:
    actor.require("gateways.read")
    seen(session, actor, gateway_id)
    row = repository.browse(session, browse_id)
    if row is None or row.gateway_id != gateway_id:
        raise NotFound(f"no browse {browse_id}")
    return row


def waiting(session: Session, gateway_id: str, now: datetime) -> Browse | None:
    """Return what a gateway is to browse now."""
    row = repository.waiting_browse(session, gateway_id)
    if row is None or _expire(row, now):
        return None
    return Browse(
        row.id,
        row.source,
        row.url,
        row.root,
        row.security_policy,
        row.security_mode,
        NODES_MAX,
    )


def put_answer(session: Session, gateway: Gateway, browsed: Browsed, now: datetime) -> None:
    """Keep what a gateway found; an answer that nobody waits for is left out."""
    row = repository.browse(session, browsed.id)
    if row is None or row.gateway_id != gateway.id or row.state != "waiting":
        return
    row.state = "failed" if browsed.code else "done"
    row.code, row.detail = browsed.code, browsed.detail
    row.nodes = _plain(browsed.nodes)
    row.truncated = browsed.truncated
    row.answered_at = now
    session.flush()
    changes.announce(session, "gateway", gateway.id, gateway.organisation_id)


def _plain(nodes: Sequence[Any]) -> list[dict[str, Any]]:
    return [dict(vars(node)) for node in nodes]
