"""What a gateway's own login can do to others at Mosquitto: nothing, whatever it asks for."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from ingest.subscriber import filters
from kernel import outbox
from kernel.settings import forget_settings
from kernel.wire.frames import client_id_of
from registry.gateways import broker, keys, repository
from registry.gateways.logins import find_deviations
from tests.integration.gateways.at_mosquitto.client import Broker, Client, enrol, relay
from tests.integration.gateways.conftest import World
from tests.integration.gateways.site import until
from tests.integration.ingest.conftest import consuming

REFUSED = 128
NOT_AUTHORISED = 135
FRAMES = 40


@pytest.fixture
def hostile(world: World) -> Iterator[Client]:
    """Another gateway, whose machine somebody else has."""
    url = enrol(world, world.make_gateway("Taken over"))
    relay(world)
    client = Client(url)
    yield client
    client.close()


def _everything(world: World) -> list[str]:
    """Return every filter one could think of that is not the hostile gateway's own."""
    others = f"fw/v1/{world.gateway_id}"
    plain = [
        "#", "+/#", "+/+/+/+", "+/+/+/acks", "fw/#", "fw/v1/#", "fw/v1/+/frames", "fw/v1/+/acks",
        f"{others}/acks", f"{others}/frames", f"{others}/#",
        "spBv1.0/#", "spBv1.0/STATE/+", "spBv1.0/plant/NCMD/+", "devices/#",
    ]  # fmt: skip
    shared = [f"$share/{group}/{topic}" for group in ("x", "ingest-frames") for topic in plain]
    known = [*filters(), *(f"$share/ingest-{kind}/fw/v1/+/{kind}" for kind in ("frames", "schema"))]
    return [*plain, *shared, *known, "$SYS/#", "$SYS/broker/clients/+", "$CONTROL/#",
            "$CONTROL/dynamic-security/v1/response"]  # fmt: skip


def test_whatever_a_gateway_subscribes_it_takes_nothing_of_anybody(
    world: World, hostile: Client, port: int
) -> None:
    platform = Client(f"mqtt://platform:platform-password@127.0.0.1:{port}")
    url = enrol(world)
    relay(world)
    victim = Client(url)
    own = f"fw/v1/{world.gateway_id}"
    granted = [topic for topic in _everything(world) if hostile.subscribe(topic) < REFUSED]
    for topic in filters():
        assert platform.subscribe(topic) == 1
    granted += [topic for topic in filters() if hostile.subscribe(topic) < REFUSED]
    assert victim.subscribe(f"{own}/acks") == 1
    for number in range(FRAMES):
        assert victim.publish(f"{own}/{('frames', 'schema', 'status')[number % 3]}") == 0
        assert platform.publish(f"{own}/acks") == 0
    until(lambda: len(platform.heard) >= FRAMES and len(victim.heard) >= FRAMES)
    time.sleep(0.3)
    assert hostile.heard == []
    assert len(platform.heard) == len(victim.heard) == FRAMES
    assert granted == []
    for each in (platform, victim):
        each.close()


def test_a_session_from_before_leaves_the_group_whose_name_was_known(
    world: World, port: int
) -> None:
    at = Broker(port)
    group = "$share/ingest-frames/fw/v1/+/frames"
    before = Client(at.url("platform"), "replica-1", session_expiry_seconds=60)
    assert before.subscribe(group) == 1
    before.close()
    with consuming(world.database, at, client_id="replica-1", session_expiry_seconds=60):
        alone = Client(at.url("platform"))
        assert alone.subscribe(group) == 1
        gateway = Client(at.url("edge"))
        for _ in range(FRAMES):
            gateway.publish(f"fw/v1/{world.gateway_id}/frames")
        until(lambda: len(alone.heard) == FRAMES)
        for each in (alone, gateway):
            each.close()


def test_a_gateway_is_no_third_party(world: World, hostile: Client, port: int) -> None:
    """Topics of Sparkplug nodes and JSON devices go by the login's name: a gateway's has none."""
    platform = Client(f"mqtt://platform:platform-password@127.0.0.1:{port}")
    for topic in ("spBv1.0/#", "devices/#"):
        assert platform.subscribe(topic) == 1
    for name in (hostile.user, hostile.gateway_id, world.gateway_id):
        for topic in (
            *(f"spBv1.0/plant/{kind}/{name}" for kind in ("NBIRTH", "NDATA", "NDEATH", "NCMD")),
            *(f"spBv1.0/plant/{kind}/{name}/fan" for kind in ("DBIRTH", "DDATA", "DDEATH")),
            f"devices/{name}/state",
            f"anything/{name}",
            f"fw/v1/{name}/other",
            f"fw/v1/{name}/acks",
        ):
            assert hostile.publish(topic) == NOT_AUTHORISED, topic
    time.sleep(0.2)
    assert platform.heard == []
    platform.close()


def test_a_gateway_cannot_end_anothers_connection_by_its_client_id(
    world: World, hostile: Client, port: int
) -> None:
    url = enrol(world)
    relay(world)
    victim = Client(url)
    own = keys.broker_url(hostile.gateway_id, 2)
    ingest = Client(f"mqtt://platform:platform-password@127.0.0.1:{port}", "forewarn-ingest-1")
    for client_id in (client_id_of(world.gateway_id), "forewarn-ingest-1"):
        assert Client(own, client_id).refused
    time.sleep(0.2)
    assert victim.up
    assert ingest.up
    for each in (victim, ingest):
        each.close()


def test_the_roles_of_an_earlier_program_are_mended(world: World, hostile: Client) -> None:
    with world.database.transaction() as session:
        assert find_deviations(session) == []
    earlier = [rule for rule in broker._acls(hostile.gateway_id) if rule["allow"]]  # what it gave
    with broker.broker_logins() as logins:
        logins._ask(
            [
                {"command": "modifyRole", "rolename": hostile.gateway_id, "acls": earlier},
                {"command": "setClientId", "username": hostile.user, "clientid": ""},
            ]
        )
    until(lambda: not hostile.up)
    url = keys.broker_url(hostile.gateway_id, 2)
    before = Client(url, "somebody")
    assert before.subscribe("$share/x/fw/v1/+/frames") == 1
    with world.database.transaction() as session:
        assert find_deviations(session) == [hostile.gateway_id]
    relay(world)
    until(lambda: not before.up)
    assert Client(url, "somebody").refused
    after = Client(url)
    assert after.subscribe("$share/x/fw/v1/+/frames") == NOT_AUTHORISED
    assert after.subscribe(f"fw/v1/{hostile.gateway_id}/acks") == 1
    with world.database.transaction() as session:
        assert find_deviations(session) == []
    after.close()


def test_logins_the_broker_lost_are_made_again(world: World, hostile: Client) -> None:
    with broker.broker_logins() as logins:
        logins._ask([{"command": "deleteClient", "username": hostile.user}])
    until(lambda: not hostile.up)
    with world.database.transaction() as session:
        assert find_deviations(session) == [hostile.gateway_id]
    relay(world)
    again = Client(keys.broker_url(hostile.gateway_id, 2))
    assert again.up
    again.close()


def test_a_broker_that_hangs_holds_up_no_gateway(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its logins are changed over the network; the gateway itself checks in meanwhile."""
    enrol(world)
    with socket.create_server(("127.0.0.1", 0)) as hung:
        address = f"mqtt://broker-admin:admin-password@127.0.0.1:{hung.getsockname()[1]}"
        monkeypatch.setenv("FOREWARN_GATEWAYS_BROKER_ADMIN_URL", address)
        forget_settings()
        with ThreadPoolExecutor(1) as pool:
            relaying = pool.submit(outbox.relay, world.database)
            connection, _ = hung.accept()
            with connection:
                began = time.monotonic()
                with world.database.transaction() as session:
                    assert repository.locked(session, world.gateway_id)
                assert time.monotonic() - began < 2
            assert relaying.result(30) == 0
