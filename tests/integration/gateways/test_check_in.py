"""Check-ins that are not a gateway's, come twice or are broken; tokens that are old, used or guessed."""

import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from kernel.wire.control import (
    Browsed,
    CheckIn,
    ConfigurationState,
    FoundNode,
    decode_orders,
    encode_check_in,
)
from registry.assets.service import gateway_key
from registry.gateways import enrolment, keys
from registry.gateways.errors import EnrolmentTokenUsed
from registry.models import EnrolmentToken, Gateway, GatewayBrowse
from tests.integration.conftest import ClientFor
from tests.integration.gateways.conftest import World
from tests.support import factories


def _message(world: World, **facts: Any) -> CheckIn:
    return CheckIn(
        **{
            "agent": world.gateway_id,
            "nonce": os.urandom(16),
            "counter": time.time_ns() // 1000,
            "program_version": "1.0",
            "key_version": 1,
            "former_key_needed": False,
            "configuration": ConfigurationState(),
            **facts,
        }
    )


def _send(world: World, message: CheckIn, key: bytes | None = None) -> httpx.Response:
    data = encode_check_in(message, key or gateway_key(world.gateway_id, 1))
    return _post(world, data)


def _post(world: World, data: bytes) -> httpx.Response:
    with world.api.anonymous() as client:
        return client.post("/edge/check-ins", content=data)


def _refusal(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def test_messages_that_never_end_hold_nobody_up(world: World) -> None:
    base = httpx.URL(world.api.url)
    request = (
        "POST /api/v1/edge/check-ins HTTP/1.1\r\n"
        f"Host: {base.host}\r\nContent-Length: 1000\r\n\r\nx"
    ).encode()
    with ExitStack() as opened:
        for _ in range(60):
            slow = opened.enter_context(socket.create_connection((base.host, base.port or 80)))
            slow.sendall(request)
        time.sleep(0.3)
        began = time.monotonic()
        assert world.gateway["id"] == world.gateway_id
        assert time.monotonic() - began < 5  # far below the time a message may take


def test_an_answer_is_signed_and_repeats_the_nonce(world: World) -> None:
    message = _message(world)
    answer = _send(world, message)
    orders = decode_orders(answer.content, lambda _: gateway_key(world.gateway_id, 1))
    assert orders.nonce == message.nonce
    assert (orders.configuration, orders.next_key, orders.browse) == (None, None, None)
    assert orders.again_seconds == 1
    assert abs(orders.server_time_us / 1e6 - time.time()) < 60


def test_strangers_and_other_gateways_are_refused(world: World) -> None:
    stranger = _message(world, agent="gw_nobody")
    assert _refusal(_send(world, stranger)) == (401, "bad_signature")
    with world.database.transaction() as session:
        owner = factories.organisation(session)
        other = factories.gateway(session, factories.site(session, owner)).id
    forged = _send(world, _message(world), gateway_key(other, 1))
    assert _refusal(forged) == (401, "bad_signature")
    assert world.gateway["checked_in_at"] is None


def test_a_check_in_counts_once(world: World) -> None:
    message = _message(world, counter=50)
    assert _send(world, message).is_success
    again = _send(world, message)
    assert _refusal(again) == (409, "stale_counter")
    assert again.json()["facts"]["counter"] == 50
    assert _send(world, _message(world, counter=51)).is_success


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_a_frame"),
        (b"FWC", "truncated"),
        (b"hello", "not_a_frame"),
        (b"FWC\x02\x02gw", "unknown_version"),
    ],
)
def test_broken_check_ins_are_refused_with_a_code(world: World, data: bytes, code: str) -> None:
    assert _refusal(_post(world, data)) == (422, code)


def test_a_document_that_is_no_object_is_refused(world: World) -> None:
    state = ConfigurationState(digest=b"0" * 32)
    for document in ("[1]", "{", '"x"', "[" * 100_000):
        answer = _send(world, _message(world, configuration=state, document=document))
        assert _refusal(answer) == (422, "inconsistent"), document[:5]
    secret = '{"opcua": [{"name": "a\\u0000b", "password": "x"}]}'
    assert _send(world, _message(world, configuration=state, document=secret)).is_success
    drift = world.get(f"/gateways/{world.gateway_id}/drift")
    assert drift["document"] == {"opcua": [{"name": "ab"}]}


def test_what_nobody_asked_for_is_not_kept(world: World) -> None:
    nodes = (FoundNode("i=1", "a", "b", "", None, None, "number"),)
    assert _send(world, _message(world, browsed=Browsed("brw_none", nodes=nodes))).is_success
    assert world.get(f"/gateways/{world.gateway_id}/browses")["items"] == []


def test_a_browse_without_an_answer_ends_and_a_gateway_that_is_away_is_not_asked(
    world: World,
) -> None:
    place = f"/gateways/{world.gateway_id}/browses"
    body = {"source": "plc", "url": "opc.tcp://10.0.0.1:4840"}
    answer = world.admin.post(place, json=body)
    assert _refusal(answer) == (409, "gateway_not_checking_in")
    assert _send(world, _message(world)).is_success
    first = world.post(place, body)
    assert _refusal(world.admin.post(place, json=body)) == (409, "browse_under_way")
    no_source = {"source": "other"}
    with world.database.transaction() as session:
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        session.execute(update(GatewayBrowse).values(requested_at=long_ago))
    assert _refusal(world.admin.post(place, json=no_source)) == (404, "unknown_source")
    assert world.get(f"{place}/{first['id']}")["state"] == "expired"
    second = world.post(place, body)
    orders = decode_orders(
        _send(world, _message(world)).content, lambda _: gateway_key(world.gateway_id, 1)
    )
    assert orders.browse is not None
    assert (orders.browse.id, orders.browse.url) == (second["id"], body["url"])
    failed = Browsed(second["id"], "silent", "no answer")
    assert _send(world, _message(world, browsed=failed)).is_success
    assert world.get(f"{place}/{second['id']}")["code"] == "silent"


def _enrol(world: World, token: str) -> httpx.Response:
    with world.api.anonymous() as client:
        return client.post("/edge/enrolments", json={"token": token, "claim": "c" * 43})


def test_tokens_that_are_guessed_replaced_revoked_or_old(world: World) -> None:
    assert _refusal(_enrol(world, "fwe_" + "x" * 43)) == (422, "enrolment_token_unknown")
    first, second = world.token(), world.token()
    assert _refusal(_enrol(world, first)) == (422, "enrolment_token_unknown")
    place = f"/gateways/{world.gateway_id}/enrolment-tokens"
    shown = world.get(place)["items"]
    assert [token["state"] for token in shown] == ["open", "revoked"]
    assert first not in str(shown)
    assert second not in str(shown)
    with world.database.transaction() as session:
        long_ago = datetime.now(UTC) - timedelta(days=2)
        session.execute(update(EnrolmentToken).values(expires_at=long_ago))
    assert _refusal(_enrol(world, second)) == (422, "enrolment_token_expired")
    third = world.token()
    newest = world.get(place)["items"][0]
    assert world.admin.delete(f"{place}/{newest['id']}").status_code == 204
    assert _refusal(_enrol(world, third)) == (422, "enrolment_token_unknown")


def test_of_many_machines_with_one_token_one_becomes_the_gateway(world: World) -> None:
    token = world.token()

    def try_once(number: int) -> str:
        try:
            with world.database.transaction() as session:
                enrolled = enrolment.enrol(session, token, f"{number:043}", "127.0.0.1")
        except EnrolmentTokenUsed as error:
            return error.code
        return enrolled.key.hex()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(try_once, range(24)))
    assert answers.count("enrolment_token_used") == 23
    (key,) = set(answers) - {"enrolment_token_used"}
    assert key == gateway_key(world.gateway_id, 2).hex()


def test_a_former_key_ends_with_its_grace_period(world: World) -> None:
    with world.database.transaction() as session:
        enrolment.enrol(session, world.token(), "c" * 43, "127.0.0.1")
    assert world.gateway["key_state"]["former_version"] == 1
    # It is for what waits on a disk; who checks in with it is not the gateway any more.
    assert _refusal(_send(world, _message(world, former_key_needed=True))) == (401, "bad_signature")
    with world.database.transaction() as session:
        session.execute(update(Gateway).values(former_key_until=datetime.now(UTC)))
    with world.database.transaction() as session:
        keys.let_expired_go(session)
    with world.database.transaction() as session:
        row = session.get(Gateway, world.gateway_id)
        assert row is not None
        assert (row.key_version, row.former_key_version, row.former_key_until) == (2, None, None)


def test_guessing_is_slowed_down(world: World) -> None:
    codes = {_refusal(_enrol(world, f"fwe_{n:043}")) for n in range(60)}
    assert (429, "rate_limited") in codes


def test_somebody_elses_gateway_is_not_there(world: World, client_for: ClientFor) -> None:
    with world.database.transaction() as session:
        other = factories.organisation(session)
    place = f"/gateways/{world.gateway_id}"
    stranger = client_for("admin", other)
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/enrolment-tokens", None),
        ("POST", "/enrolment-tokens", {}),
        ("POST", "/key/rotate", {}),
        ("POST", "/key/end-former", {}),
        ("GET", "/configurations", None),
        ("POST", "/configurations", {"document": {}}),
        ("POST", "/configurations/check", {"document": {}}),
        ("POST", "/configurations/adopt", {}),
        ("GET", "/configurations/1", None),
        ("GET", "/configurations/1/differences", None),
        ("POST", "/configurations/1/roll-back", {}),
        ("GET", "/drift", None),
        ("POST", "/tags", world.tags("opc.tcp://10.0.0.1:4840", [1])),
        ("GET", "/browses", None),
        ("POST", "/browses", {"source": "plc", "url": "opc.tcp://10.0.0.1:4840"}),
        ("GET", "/browses/x", None),
        ("GET", "/browses/x/nodes", None),
    ):
        answer = stranger.request(method, place + path, json=body)
        assert _refusal(answer) == (404, "not_found"), (method, path, answer.text)
