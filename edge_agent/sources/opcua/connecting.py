"""Opening a session, and taking one up again that the server still holds.

A server keeps a session, its subscriptions and their queues for a while after a connection broke or an agent
was killed. Going on with it loses nothing and leaves no second session behind; its identity is therefore
kept in a file as well. Source: OPC UA part 4, 6.7 "Re-establishing connections".
"""

import asyncio
import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from asyncua import Client, ua

from edge_agent.config import OpcUaSource
from edge_agent.sources.opcua.security import Security, refusal
from edge_agent.trust.own import write_private
from kernel.log import get_logger

REQUEST_SECONDS_MAX = 10.0
# A server forgets the session of an agent that was killed after this.
SESSION_MS = 60_000
_LEAVE_SECONDS_MAX = 3.0

_log = get_logger(__name__)


@dataclass
class HeldSubscription:
    """A subscription on the server.

    Attributes:
        id: the server's number for it.
        publishing_ms: as configured; it names the tags that are in it.
        sequence: of the next notification; 0 when it is not known.
        keepalive_seconds: how long the server is silent at most.
    """

    id: int
    publishing_ms: float
    sequence: int = 0
    keepalive_seconds: float = 5.0


@dataclass
class HeldSession:
    """What it takes to go on with a session.

    Attributes:
        fingerprint: of the source's configuration; with another one the subscriptions are of no use.
        token: the session's authentication token.
        nonce: the server's latest, in hexadecimal.
        policies: the user token policies of the endpoint: id, type, security policy.
        subscriptions: what the session has.
        failed: tags that could not be watched, by index, with the reason.
        stale: subscriptions of another configuration, to be deleted.
        heard_us: when the server made its latest message, by its own clock; up to then it told everything.
    """

    fingerprint: str
    token: str = ""
    nonce: str = ""
    policies: list[tuple[str, int, str]] = field(default_factory=list)
    subscriptions: list[HeldSubscription] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    stale: list[int] = field(default_factory=list)
    heard_us: int = 0

    @property
    def there(self) -> bool:
        """Whether there may be such a session on the server."""
        return bool(self.token)


class SessionFile:
    """Where a session's identity survives the agent; its owner's only, for it is as good as a login."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, fingerprint: str) -> HeldSession:
        """Return what was saved; an empty one when there is nothing of use."""
        try:
            facts = json.loads(self._path.read_text())
            held = HeldSession(
                fingerprint=str(facts["fingerprint"]),
                token=str(facts["token"]),
                nonce=str(facts["nonce"]),
                policies=[(str(i), int(t), str(u)) for i, t, u in facts["policies"]],
                subscriptions=[HeldSubscription(**one) for one in facts["subscriptions"]],
                failed={int(index): str(reason) for index, reason in facts["failed"].items()},
                heard_us=int(facts["heard_us"]),
            )
        except FileNotFoundError:
            return HeldSession(fingerprint)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("a saved session cannot be read", file=str(self._path), reason=str(error))
            return HeldSession(fingerprint)
        if held.fingerprint != fingerprint:
            held.stale = [one.id for one in held.subscriptions]
            held.subscriptions, held.failed, held.fingerprint = [], {}, fingerprint
        for subscription in held.subscriptions:
            subscription.sequence = 0  # it went on since
        return held

    def save(self, held: HeldSession) -> None:
        """Write it; a disk that takes nothing costs the session at the next start, no more."""
        try:
            write_private(self._path, json.dumps(asdict(held)).encode())
        except OSError as error:
            _log.warning("a session cannot be saved", file=str(self._path), reason=str(error))


async def connect(
    config: OpcUaSource, security: Security, held: HeldSession | None = None
) -> tuple[Client, bool]:
    """Open a session; returns the client and whether the session is the held one.

    Raises:
        SourceUnavailable: refused, with a code that says why.
        OSError, TimeoutError, ua.UaError: the server cannot be reached, or does not do as it should.
    """
    client = Client(config.url, timeout=REQUEST_SECONDS_MAX)
    client.name = client.description = "Forewarn edge agent"
    client.session_timeout = SESSION_MS
    try:
        await security.apply(client, config, REQUEST_SECONDS_MAX)
        await client.connect_socket()
        await client.send_hello()
        await client.open_secure_channel()
        resumed = held is not None and held.there and await _resume(client, held)
        if not resumed:
            await client.create_session()
            await _activate(client)
        client._start_renew_loop()  # noqa: SLF001 - `Client.connect` would also start its own watchdogs
    except ua.UaError as error:
        await drop(client)
        raise refusal(error, config) or error from None
    except BaseException:
        await drop(client)
        raise
    if held is not None:
        _remember(client, held)
    return client, resumed


async def leave(client: Client) -> None:
    """Close a session as far as the server still listens."""
    with suppress(Exception):  # whatever state it is in, it is given up
        async with asyncio.timeout(_LEAVE_SECONDS_MAX):
            await client.disconnect()
    await drop(client)


async def drop(client: Client) -> None:
    """Close the connection and leave the session on the server, to be taken up again."""
    await client._cancel_task(client._renew_channel_task)  # noqa: SLF001 - there is no public way to end it
    client.disconnect_socket()


async def _resume(client: Client, held: HeldSession) -> bool:
    """Try to go on with a session the server may still hold."""
    session = client.uaclient.session
    try:
        session.restore_authentication_token(ua.NodeId.from_string(held.token))
        client._server_nonce = bytes.fromhex(held.nonce)  # noqa: SLF001 - as asyncua does for its own file
        client._policy_ids = [  # noqa: SLF001 - known from CreateSession only
            ua.UserTokenPolicy(
                PolicyId=name, TokenType=ua.UserTokenType(kind), SecurityPolicyUri=uri
            )
            for name, kind, uri in held.policies
        ]
        await _activate(client)
    except (ua.UaError, ValueError) as error:
        _log.info("the session is gone", reason=type(error).__name__)
        session.reset_authentication_token()
        client._server_nonce = None  # noqa: SLF001 - see above
        held.token = ""
        return False
    return True


async def _activate(client: Client) -> None:
    await client.activate_session(
        username=client._username,  # noqa: SLF001 - set by set_user
        password=client._password,  # noqa: SLF001 - set by set_password
        certificate=client.user_certificate,
    )


def _remember(client: Client, held: HeldSession) -> None:
    held.token = client.uaclient.session.authentication_token.to_string()
    nonce: Any = client._server_nonce  # noqa: SLF001 - there is no public way to it
    held.nonce = (nonce or b"").hex()
    held.policies = [
        (policy.PolicyId or "", int(policy.TokenType), policy.SecurityPolicyUri or "")
        for policy in client._policy_ids  # noqa: SLF001 - there is no public way to them
    ]
