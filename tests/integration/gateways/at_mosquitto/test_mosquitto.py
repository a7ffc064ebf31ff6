"""Gateways with logins of their own at Mosquitto, through its dynamic security plugin."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit, urlunsplit

import pytest

from edge_agent.buffer.file import open_file
from edge_agent.checking import Checked, check
from edge_agent.managed.loading import load
from kernel import outbox
from kernel.clock import utc_now
from kernel.settings import forget_settings
from registry.gateways import keys, repository
from tests.integration.gateways.at_mosquitto.client import Broker, Client, enrol, relay
from tests.integration.gateways.conftest import World
from tests.integration.gateways.site import Site, until
from tests.integration.ingest.conftest import consuming


def test_a_gateway_has_its_own_topics_and_no_others(world: World, port: int) -> None:
    url = enrol(world)
    relay(world)
    client = Client(url)
    assert world.gateway["own_broker_login"] is True
    own, other = f"fw/v1/{world.gateway_id}", "fw/v1/gw_other"
    for name in ("frames", "schema", "status"):
        assert client.publish(f"{own}/{name}") in {0, 16}, name
        assert client.publish(f"{other}/{name}") == 135, name
    assert client.publish(f"{own}/acks") == 135
    assert client.publish("$CONTROL/dynamic-security/v1") == 135
    assert client.subscribe(f"{own}/acks") == 1
    # Beside a file of topic rights Mosquitto grants every subscription; what counts is what is delivered.
    for topic in (f"{other}/acks", "fw/v1/+/acks", "fw/v1/#", "#", "$SYS/#", f"{own}/frames"):
        client.subscribe(topic)
    platform = Client(f"mqtt://platform:platform-password@127.0.0.1:{port}")
    shared = Client(f"mqtt://edge:edge-password@127.0.0.1:{port}")
    shared.publish(f"{other}/frames")
    platform.publish(f"{other}/acks")
    platform.publish(f"{own}/acks")
    until(lambda: client.heard)
    time.sleep(0.3)
    assert set(client.heard) == {f"{own}/acks"}
    for each in (client, platform, shared):
        each.close()


def test_revoking_disconnects_at_once_and_for_good(world: World) -> None:
    url = enrol(world)
    relay(world)
    client = Client(url)
    assert client.up
    world.post(f"/gateways/{world.gateway_id}/revoke")
    relay(world)
    until(lambda: not client.up)
    client.close()
    again = Client(url)
    assert again.refused
    again.close()


def test_a_new_key_brings_a_new_login_and_the_old_one_ends_with_the_old_key(world: World) -> None:
    old = enrol(world)
    relay(world)
    # A machine ends it by itself when it first checks in.
    world.post(f"/gateways/{world.gateway_id}/key/end-former")
    offered = world.post(f"/gateways/{world.gateway_id}/key/rotate")
    assert offered["key_state"]["state"] == "preparing"
    relay(world)
    assert world.gateway["key_state"]["state"] == "offered"
    with world.database.transaction() as session:
        row = repository.locked(session, world.gateway_id)
        assert row is not None
        keys.confirm_key(session, row, utc_now())
        new = keys.broker_url(world.gateway_id, row.key_version)
    relay(world)
    for url in (old, new):
        client = Client(url)
        assert client.up
        client.close()
    world.post(f"/gateways/{world.gateway_id}/key/end-former")
    relay(world)
    refused, taken = Client(old), Client(new)
    assert refused.refused
    assert taken.up
    refused.close()
    taken.close()


@contextmanager
def _relaying(world: World) -> Iterator[None]:
    """Deliver events as the worker does."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.2):
            outbox.relay(world.database)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(30)


def _is_refused(url: str) -> bool:
    client = Client(url)
    client.close()
    return bool(client.refused)


def test_a_gateway_goes_over_to_its_new_login_by_itself(
    world: World, site: Site, port: int
) -> None:
    with _relaying(world), consuming(world.database, Broker(port)):
        world.enrol()
        with site.gateway(world.config):
            world.map(site.plc.url, [0, 1, 2])
            world.wait_for("applied")
            site.count_up(5)
            until(lambda: world.gateway["stored"] >= 12)
            until(lambda: world.gateway["key_state"]["state"] == "current")
            assert not _is_refused(keys.broker_url(world.gateway_id, 2))
            world.post(f"/gateways/{world.gateway_id}/key/rotate")
            site.count_up(20)
            until(lambda: world.gateway["key_state"]["version"] == 3)
            until(lambda: world.gateway["key_state"]["state"] == "current")
            until(lambda: _is_refused(keys.broker_url(world.gateway_id, 2)))
            assert not _is_refused(keys.broker_url(world.gateway_id, 3))
            site.count_up(5)
            gateway = until(
                lambda: (
                    (g := world.gateway)["buffered"] == 0
                    and g["taken"] == g["stored"] + g["quarantined"]
                    and g["stored"] >= 72
                    and g
                )
            )
            assert gateway["quarantined"] == 0


def test_a_configuration_is_checked_with_the_gateways_own_login(world: World) -> None:
    world.enrol()
    relay(world)
    config = load(world.config).config

    async def broker() -> list[Checked]:
        return [one async for one in check(config) if one.item == "platform broker"]

    assert [one.ok for one in asyncio.run(broker())] == [True]
    with closing(open_file(config.buffer.path, config.agent, config.buffer.bytes_max)):
        # Its login has one connection, which is the running agent's.
        found = asyncio.run(broker())
    assert [one.ok for one in found] == [True]
    assert "running" in found[0].detail


def test_the_platforms_other_logins_are_as_they_were(world: World, port: int) -> None:
    platform = Client(f"mqtt://platform:platform-password@127.0.0.1:{port}")
    assert platform.publish(f"fw/v1/{world.gateway_id}/acks") in {0, 16}
    assert platform.subscribe("fw/v1/+/frames") == 1
    assert platform.publish("$CONTROL/dynamic-security/v1") == 135
    platform.close()
    shared = Client(f"mqtt://edge:edge-password@127.0.0.1:{port}")
    assert shared.publish("fw/v1/gw_by_hand/frames") in {0, 16}
    shared.close()


def test_a_broker_that_is_away_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = urlsplit("mqtt://broker-admin:admin-password@127.0.0.1:1")
    monkeypatch.setenv("FOREWARN_GATEWAYS_BROKER_ADMIN_URL", urlunsplit(parts))
    forget_settings()
    world.post(f"/gateways/{world.gateway_id}/key/rotate")
    assert outbox.relay(world.database) == 0
    assert world.gateway["key_state"]["state"] == "preparing"
