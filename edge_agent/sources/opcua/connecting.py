"""Opening a session, and taking one up again that the server still holds.

A server keeps a session, its subscriptions and their queues for a while after a connection broke or an agent
was killed. Going on with it loses nothing and leaves no second session behind; its identity is therefore
kept in a file as well. Source: OPC UA part 4, 6.7 "Re-establishing connections".
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from asyncua import Client, ua
from asyncua.client.ua_session import SessionState

from edge_agent.config import OpcUaSource
from edge_agent.sources.opcua.held import SESSION_MS, HeldSession
from edge_agent.sources.opcua.security import Security, refusal
from kernel.log import get_logger

REQUEST_SECONDS_MAX = 10.0
_LEAVE_SECONDS_MAX = 3.0
_GONE = (ua.uaerrors.BadSessionIdInvalid, ua.uaerrors.BadSessionClosed)

_log = get_logger(__name__)


async def connect(
    config: OpcUaSource,
    security: Security,
    held: HeldSession | None = None,
    save: Callable[[HeldSession], None] | None = None,
) -> tuple[Client, bool]:
    """Open a session; returns the client and whether the session is the held one.

    Args:
        config: the server, and how to log in.
        security: the agent's certificates.
        held: the session to go on with; it is made to tell of the one that was opened.
        save: keeps `held` over a kill; called before a session is asked for.

    Raises:
        SessionsLeftBehind: too many sessions may still be there.
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
            await _open(client, held, save)
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


async def leave(client: Client) -> bool:
    """Close a session as far as the server still listens; returns whether the server has closed it."""
    closed = False
    try:
        async with asyncio.timeout(_LEAVE_SECONDS_MAX):
            closed = await _close(client)
            await client.close_secure_channel()
    except Exception as error:  # noqa: BLE001 - asyncua raises bare Exception too; it is given up whatever its state
        _log.debug("a connection ended untidily", reason=str(error) or type(error).__name__)
    await drop(client)
    return closed


async def _close(client: Client) -> bool:
    protocol = client.uaclient.protocol
    if protocol is None or protocol.is_closed:
        return False
    try:
        await client.close_session()
    except _GONE:
        return True
    return True


async def drop(client: Client) -> None:
    """Close the connection and leave the session on the server, to be taken up again."""
    await client._cancel_task(client._renew_channel_task)  # noqa: SLF001 - there is no public way to end it
    client.disconnect_socket()


async def _open(
    client: Client, held: HeldSession | None, save: Callable[[HeldSession], None] | None
) -> None:
    """Open a new session, and leave none behind that can be closed."""
    noted = held.opening(time.time()) if held else 0.0
    if held and save:
        save(held)
    try:
        await client.create_session()
        await _activate(client)
    except BaseException as error:
        created = client.uaclient.session.state is not SessionState.NEW
        refused = isinstance(error, ua.UaStatusCodeError) and not created
        if refused or (created and await leave(client)):
            _opened(held, noted)
        raise
    _opened(held, noted)


def _opened(held: HeldSession | None, noted: float) -> None:
    if held:
        held.opened(noted)


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
        if isinstance(error, _GONE):
            held.token = ""
        else:
            held.lose(time.time())
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
