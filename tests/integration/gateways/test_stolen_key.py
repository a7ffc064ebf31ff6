"""What somebody with a gateway's key can do to the gateway, and what ends it."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from kernel.clock import utc_now
from kernel.errors import ForewarnError
from kernel.wire.control import CheckIn, ConfigurationState, decode_orders, encode_check_in
from registry.assets.service import gateway_key
from registry.gateways import enrolment, repository
from registry.gateways.check_in import check_in
from registry.gateways.errors import EnrolmentTokenUnknown
from tests.integration.gateways.conftest import World
from tests.integration.gateways.site import Site, until

HIGHEST = 2**63 - 1
DAY_US = 86_400_000_000


def _now_us() -> int:
    return time.time_ns() // 1000


def _say(world: World, version: int, counter: int, **facts: Any) -> str:
    """Check in with a version of the key; returns the refusal's code, empty when it was taken."""
    key = gateway_key(world.gateway_id, version)
    message = CheckIn(
        agent=world.gateway_id,
        nonce=os.urandom(16),
        counter=counter,
        program_version="1.0",
        key_version=version,
        former_key_needed=True,
        configuration=ConfigurationState(),
        **facts,
    )
    try:
        with world.database.transaction() as session:
            answer = check_in(session, encode_check_in(message, key))
    except ForewarnError as error:
        return error.code
    assert decode_orders(answer, lambda _: key).nonce == message.nonce
    return ""


def _enrol(world: World, claim: str = "c") -> int:
    with world.database.transaction() as session:
        return enrolment.enrol(session, world.token(), claim * 43, "127.0.0.1").key_version


def test_the_greatest_counter_keeps_nobody_out(world: World) -> None:
    for counter in (HIGHEST, HIGHEST - 1, 2**60, _now_us() + 2 * DAY_US):
        assert _say(world, 1, counter) == "counter_too_high"
    assert _say(world, 1, _now_us()) == ""
    # Step by step it would take more than a hundred million check-ins.
    counter = _now_us()
    for _ in range(5):
        counter += DAY_US - 10_000_000
        assert _say(world, 1, counter) == ""
    assert _say(world, 1, _now_us()) == "stale_counter"
    assert _say(world, 1, counter + 1) == ""


def test_enrolling_anew_begins_a_new_count_and_ends_the_old_keys_check_ins(world: World) -> None:
    ahead = _now_us() + DAY_US - 10_000_000
    assert _say(world, 1, ahead) == ""
    assert _enrol(world) == 2
    assert _say(world, 1, ahead + 1) == "bad_signature"
    assert _say(world, 2, 5) == ""
    assert _say(world, 2, 5) == "stale_counter"
    assert _say(world, 1, ahead + 2) == "bad_signature"
    assert _say(world, 2, 6) == ""
    assert _enrol(world, "d") == 3
    assert _say(world, 2, 7) == "bad_signature"
    assert _say(world, 3, 1) == ""


def test_a_key_that_was_offered_has_a_count_of_its_own(world: World) -> None:
    ahead = _now_us() + DAY_US - 10_000_000
    assert _say(world, 1, ahead) == ""
    world.post(f"/gateways/{world.gateway_id}/key/rotate")
    assert _say(world, 2, 1) == ""
    assert world.gateway["key_state"]["version"] == 2
    assert _say(world, 1, ahead + 1) == "bad_signature"
    assert _say(world, 2, 1) == "stale_counter"
    assert _say(world, 2, 2) == ""


def test_whoever_holds_the_old_key_loses_every_race_with_the_new_one(world: World) -> None:
    """Check-ins with the old key all the while: each is taken before the enrolment, none after it."""
    over = threading.Event()
    enrolled = threading.Event()
    late: list[str] = []

    def thief(number: int) -> None:
        step = 0
        while not over.is_set():
            was_enrolled = enrolled.is_set()
            step += 1
            code = _say(world, 1, _now_us() + DAY_US - 60_000_000 + step * 10 + number)
            if was_enrolled and code != "bad_signature":
                late.append(code)

    with ThreadPoolExecutor(4) as pool:
        thieves = [pool.submit(thief, number) for number in range(4)]
        time.sleep(0.5)
        try:
            version = _enrol(world)
            enrolled.set()
            said = [_say(world, version, _now_us()) for _ in range(30)]
        finally:
            over.set()
        for each in thieves:
            each.result()
    assert set(said) == {""}
    assert late == []


def test_of_one_check_in_sent_many_times_at_once_one_is_taken(world: World) -> None:
    counter = _now_us()
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: _say(world, 1, counter), range(24)))
    assert sorted(said) == ["", *["stale_counter"] * 23]


def test_a_machine_that_enrols_and_an_administrator_with_a_new_token_do_not_block_each_other(
    world: World,
) -> None:
    """Both lock the gateway and its token; each in its own order they would wait for each other."""
    token = world.token()
    waiting = threading.Event()

    def machine() -> str:
        waiting.set()
        try:
            with world.database.transaction() as session:
                enrolment.enrol(session, token, "c" * 43, "127.0.0.1")
        except EnrolmentTokenUnknown as error:
            return error.code
        return ""

    with ThreadPoolExecutor(1) as pool:
        with world.database.transaction() as session:
            # As an administrator who makes another token: first the gateway, then its tokens.
            assert repository.locked(session, world.gateway_id)
            enrolling = pool.submit(machine)
            waiting.wait()
            time.sleep(0.5)
            repository.void_tokens(session, world.gateway_id, utc_now())
        assert enrolling.result(10) == "enrolment_token_unknown"


@pytest.mark.parametrize("years", [-30, 30])
def test_a_gateway_whose_clock_is_years_off_checks_in(
    world: World, site: Site, monkeypatch: pytest.MonkeyPatch, years: int
) -> None:
    world.enrol()
    right = time.time_ns
    monkeypatch.setattr(
        "edge_agent.check_in_counter.time.time_ns", lambda: right() + years * 365 * DAY_US * 1000
    )
    with site.gateway(world.config):
        first = until(lambda: world.gateway["checked_in_at"])
        until(lambda: world.gateway["checked_in_at"] > first)
        world.post(f"/gateways/{world.gateway_id}/key/rotate")
        until(lambda: world.gateway["key_state"]["version"] == 3)
    with site.gateway(world.config):
        last = world.gateway["checked_in_at"]
        until(lambda: world.gateway["checked_in_at"] > last)
