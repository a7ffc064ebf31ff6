"""The whole way: API, ingest, broker, a PLC and a gateway that is enrolled with a token."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.settings import ApiSettings
from edge_agent.enrolment import enrol, service_of
from kernel.db import Database
from kernel.settings import forget_settings
from runtime.embedded.mqtt import EmbeddedMqtt
from tests.integration.conftest import ClientFor
from tests.integration.edge_agent.peers import NAMESPACE
from tests.integration.gateways.site import Site, until
from tests.integration.ingest.conftest import consuming
from tests.support import factories
from tests.support.http import Api


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    made = Site()
    made.start()
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def _gateway_settings(
    api_settings: ApiSettings, mqtt: EmbeddedMqtt, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    assert api_settings, "it sets the secret before these are read"
    monkeypatch.setenv("FOREWARN_GATEWAYS_MQTT_URL", mqtt.url("edge"))
    monkeypatch.setenv("FOREWARN_GATEWAYS_CHECK_IN_SECONDS", "1")
    forget_settings()
    yield
    forget_settings()


@dataclass
class World:
    """A customer with a machine and a gateway, and the administrator who looks after them."""

    api: Api
    admin: httpx.Client
    database: Database
    folder: Path
    organisation_id: str = ""
    site_id: str = ""
    serial: str = ""
    asset_id: str = ""
    gateway_id: str = ""
    numbers: list[int] = field(default_factory=lambda: [0])

    @property
    def config(self) -> Path:
        return self.folder / "gateway" / "edge.toml"

    def set_up(self) -> None:
        with self.database.transaction() as session:
            owner = factories.organisation(session)
            place = factories.site(session, owner)
            asset = factories.asset(session, owner, on_site=place)
            self.organisation_id, self.site_id = owner.id, place.id
            self.serial, self.asset_id = asset.serial_number, asset.id
        self.gateway_id = self.make_gateway("Pump house")

    def make_gateway(self, name: str) -> str:
        return str(self.post("/gateways", {"name": name, "site_id": self.site_id})["id"])

    def post(self, path: str, body: Any = None) -> Any:
        answer = self.admin.post(path, json=body or {})
        assert answer.is_success, (path, answer.text)
        return answer.json()

    def get(self, path: str) -> Any:
        answer = self.admin.get(path)
        assert answer.is_success, (path, answer.text)
        return answer.json()

    @property
    def gateway(self) -> dict[str, Any]:
        """The gateway as the API shows it."""
        found: dict[str, Any] = self.get(f"/gateways/{self.gateway_id}")
        return found

    def token(self, gateway_id: str = "") -> str:
        made = self.post(f"/gateways/{gateway_id or self.gateway_id}/enrolment-tokens")
        return str(made["token"])

    def enrol(self) -> None:
        enrol(service_of(self.api.url, None, allow_http=False), self.token(), self.config)

    def tags(self, url: str, numbers: list[int], **more: Any) -> dict[str, Any]:
        """Return a body that maps the PLC's tags to the machine."""
        return {
            "source": {"kind": "opcua", "name": "plc", "url": url,
                       "options": {"publishing_interval_ms": 20}},
            "tags": [
                {"node": f"nsu={NAMESPACE};s={n}", "asset": self.serial, "series": f"tag{n}"}
                for n in numbers
            ],
            **more,
        }  # fmt: skip

    def map(self, url: str, numbers: list[int], **more: Any) -> int:
        made = self.post(f"/gateways/{self.gateway_id}/tags", self.tags(url, numbers, **more))
        return int(made["version"])

    def configuration(self) -> dict[str, Any]:
        found: dict[str, Any] = self.gateway["configuration"]
        return found

    def wait_for(self, state: str, seconds: float = 40) -> dict[str, Any]:
        """Wait until the gateway's configuration is in a state."""
        found: dict[str, Any] = until(
            lambda: (now := self.configuration())["state"] == state and now, seconds
        )
        return found


@pytest.fixture
def world(api: Api, client_for: ClientFor, database: Database, tmp_path: Path) -> World:
    made = World(api, client_for("admin"), database, tmp_path)
    made.set_up()
    return made


@pytest.fixture
def ingest(database: Database, mqtt: EmbeddedMqtt) -> Iterator[None]:
    with consuming(database, mqtt):
        yield
