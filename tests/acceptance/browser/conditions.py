"""Gateways in a bad way, each brought there by what really does that at a customer's site.

Real gateways, enrolled and configured, read real OPC UA servers: one is changed by hand, one is given what
does not work, one what it cannot take, one meets a certificate it was never told to trust, or one that has
expired. What takes days to come about, such as a full disk or a clock gone wrong, is told by signed messages,
as a gateway would.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from edge_agent.enrolment import enrol, service_of
from kernel.wire.messages import Tag
from runtime.demo.client import ApiClient
from runtime.demo.world import World
from runtime.embedded.service import free_port
from runtime.supervisor.stack import Stack
from tests.integration.edge_agent.peers import NAMESPACE
from tests.integration.edge_agent.secure_plc import SecurePlc, certificate
from tests.integration.gateways.site import Site as Plant
from tests.integration.ingest.edge import Edge
from tests.integration.ingest.edge import Plant as Signed

PATIENCE_SECONDS = 90.0
# A clock is believed to be wrong once it was so for half a minute.
CLOCK_SECONDS = 36
HOUR_US = 3_600_000_000


@dataclass
class Conditions:
    """Gateways by what is wrong with them."""

    stack: Stack
    world: World
    folder: Path
    api: ApiClient
    plant: Plant
    ids: dict[str, str] = field(default_factory=dict)
    site_id: str = ""
    serial: str = ""
    keys: dict[str, bytes] = field(default_factory=dict)

    def make(self, name: str) -> Path:
        """Make a gateway; return where the configuration of a real one would be."""
        made = self.api.post("/gateways", {"name": name, "site_id": self.site_id})
        self.ids[name], self.keys[name] = made["id"], bytes.fromhex(made["key"])
        return self.folder / made["id"] / "edge.toml"

    def enrolled(self, name: str) -> Path:
        config = self.make(name)
        token = self.api.post(f"/gateways/{self.ids[name]}/enrolment-tokens", {})["token"]
        enrol(service_of(self.stack.address, None, allow_http=True), token, config)
        return config

    def map(self, name: str, source: str, url: str, tags: list[int], **options: Any) -> None:
        self.api.post(
            f"/gateways/{self.ids[name]}/tags",
            {
                "source": {"kind": "opcua", "name": source, "url": url,
                           "options": {"publishing_interval_ms": 500, **options}},
                "tags": [
                    {"node": f"nsu={NAMESPACE};s={n}", "asset": self.serial,
                     "series": f"{self.ids[name][-4:]}_{source}_{n}", "unit": "bar", "kind": "pressure"}
                    for n in tags
                ],
            },
        )  # fmt: skip

    def gateway(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(f"/gateways/{self.ids[name]}")
        return found

    def wait(self, what: str, condition: Callable[[], Any]) -> None:
        self.api.wait_for(what, condition, timeout_seconds=PATIENCE_SECONDS, every_seconds=0.5)

    def configured(self, name: str, state: str) -> None:
        self.wait(
            f"{name} is {state}", lambda: self.gateway(name)["configuration"]["state"] == state
        )

    def says(self, name: str, *, sources: list[dict[str, Any]], **facts: Any) -> Edge:
        """Connect as a gateway and say this of it."""
        tags = (Tag("t", self.serial, f"{self.ids[name][-4:]}_t", "bar"),)
        plant = Signed(self.ids[name], self.keys[name], tags)
        edge = Edge(self.stack.environment["FOREWARN_GATEWAYS_MQTT_URL"], plant)
        edge.announce()
        edge.report(version="0.1.0", sources=sources, **facts)
        return edge


@contextmanager
def conditions(stack: Stack, world: World, folder: Path) -> Iterator[Conditions]:
    """Bring gateways into every bad condition, for the length of the block."""
    login = world.logins["admin"]
    api = ApiClient(stack.address, login.email, login.password)
    plant = Plant()
    plant.start()
    made = Conditions(stack, world, folder, api, plant)
    home = api.get(f"/gateways/{world.gateway_id}")
    made.site_id = home["site_id"]
    made.serial = next(iter(world.serials.values()))
    with ExitStack() as running:
        try:
            _really(made, running)
            _told(made)
            yield made
        finally:
            running.close()
            plant.stop()
            for gateway_id in made.ids.values():
                api.post(f"/gateways/{gateway_id}/revoke", {})
            api.close()


def _really(made: Conditions, running: ExitStack) -> None:
    """What real gateways come to."""
    plant = made.plant
    drifted = made.enrolled("Changed by hand")
    with plant.gateway(drifted):
        made.map("Changed by hand", "plc", plant.plc.url, [0, 1])
        made.configured("Changed by hand", "applied")
    kept = drifted.parent / "platform-configuration.json"
    content = json.loads(kept.read_text())
    content["document"]["opcua"][0]["tags"][0]["unit"] = "MPa"
    content["document"]["opcua"][0]["tags"].pop()
    kept.write_text(json.dumps(content))
    running.enter_context(plant.gateway(drifted))

    running.enter_context(plant.gateway(made.enrolled("Gone back")))
    made.map("Gone back", "plc", plant.plc.url, [0, 1])
    made.configured("Gone back", "applied")
    made.map("Gone back", "mixer", "opc.tcp://127.0.0.1:9/x", [2])

    refusing = made.enrolled("Does not take it")
    running.enter_context(plant.gateway(refusing))
    made.map("Does not take it", "plc", plant.plc.url, [0])
    made.configured("Does not take it", "applied")
    refusing.write_text(refusing.read_text() + "\nbuffers = {\n")
    made.map("Does not take it", "plc", plant.plc.url, [1])

    for name, days in (("Stranger's certificate", 30), ("Expired certificate", -3)):
        secure = SecurePlc(free_port(), certificate(days=days))
        server = secure.running()
        plant.call(server.__aenter__())
        running.callback(lambda server=server: plant.call(server.__aexit__(None, None, None)))  # type: ignore[misc]  # bound now
        # Of the gateway's own: what the platform gives is taken back after a minute without connection.
        config = made.enrolled(name)
        tag = {
            "node": f"nsu={NAMESPACE};s=0",
            "asset": made.serial,
            "series": f"{config.parent.name[-4:]}_0",
        }
        config.write_text(
            f'{config.read_text()}\n[[opcua]]\nname = "press"\nurl = "{secure.url}"\n'
            'security_policy = "Basic256Sha256"\n[[opcua.tags]]\n'
            + "".join(f'{key} = "{value}"\n' for key, value in tag.items())
        )
        running.enter_context(plant.gateway(config))

    partly = "Some nodes are wrong"
    running.enter_context(plant.gateway(made.enrolled(partly)))
    made.map(partly, "plc", plant.plc.url, [0, 1, 77, 78])
    plant.count_up(20)

    made.configured("Changed by hand", "drifted")
    made.wait("the change is told", lambda: made.api.get(
        f"/gateways/{made.ids['Changed by hand']}/drift")["document"])  # fmt: skip
    made.configured("Gone back", "rolled_back")
    made.configured("Does not take it", "refused")
    for name in ("Stranger's certificate", "Expired certificate", partly):
        made.wait(f"{name} reports", lambda name=name: _in_trouble(made.gateway(name)))  # type: ignore[misc]  # bound now


def _in_trouble(gateway: dict[str, Any]) -> bool:
    readers = [each for each in gateway["sources"] if each["kind"] == "opcua"]
    return gateway["state"] == "trouble" and bool(readers)


def _told(made: Conditions) -> None:
    """What gateways say of themselves, signed, and what the platform makes of it."""
    reader = {"kind": "opcua", "name": "plc", "state": "connected", "tags": 12, "values": 90_000}
    now = datetime.now(UTC)
    made.make("Full buffer")
    made.says(
        "Full buffer",
        taken=90_000,
        buffered=41_000,
        dropped=1_250,
        sources=[
            reader,
            {"kind": "agent", "name": "agent", "state": "ok", "disk_free": 2_000_000,
             "started_at_us": int((now - timedelta(days=3)).timestamp() * 1e6)},
            {"kind": "buffer", "name": "buffer", "state": "trouble", "policy": "drop_oldest",
             "trouble": "database or disk is full", "bytes_used": 990_000_000,
             "bytes_max": 1_000_000_000, "dropped": 1_250, "readings": 41_000, "frames": 190,
             "disk_free": 2_000_000,
             "oldest_at_us": int((now - timedelta(hours=5)).timestamp() * 1e6)},
        ],
    )  # fmt: skip
    made.make("Wrong clock")
    clock = made.says("Wrong clock", sources=[reader])
    for _ in range(CLOCK_SECONDS // 3):
        clock.report(clock_us=int(time.time() * 1e6) + HOUR_US, version="0.1.0", sources=[reader])
        time.sleep(3)
    made.wait("the clock is noticed", lambda: made.gateway("Wrong clock")["alarms"])
    made.make("Quarantined")
    edge = made.says("Quarantined", taken=40, sources=[reader])
    frames = [edge.plant.frame([float("nan"), 1.0, 2.0]) for _ in range(9)]
    frames += [edge.plant.frame([1.0], ts=[int(time.time() * 1e6) + HOUR_US]) for _ in range(4)]
    edge.send(*frames)
    edge.wait_acked(*frames)
    edge.raw(f"fw/v1/{made.ids['Quarantined']}/frames", b"junk")
    made.make("Silent")
    made.says("Silent", taken=500, sources=[reader])
    made.wait("it was heard of", lambda: made.gateway("Silent")["last_seen_at"])
    _long_ago(made, "Silent")
    made.make("Revoked")
    made.says("Revoked", taken=500, sources=[reader])
    made.api.post(f"/gateways/{made.ids['Revoked']}/revoke", {})
    made.make("Never seen")


def _long_ago(made: Conditions, name: str) -> None:
    """Let what was heard of a gateway be an hour old: nobody waits for that."""
    with psycopg.connect(made.stack.environment["FOREWARN_DATABASE_URL"]) as connection:
        connection.execute(
            "UPDATE ingest.agents SET last_seen_at = now() - interval '1 hour' WHERE agent_id = %s",
            (made.ids[name],),
        )
    made.wait("the silence is noticed", lambda: made.gateway(name)["alarms"])
