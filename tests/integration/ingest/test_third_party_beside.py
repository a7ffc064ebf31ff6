"""Adopting from the command line, and Eclipse Tahu's own Sparkplug client straight at the platform."""

import json
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from kernel.db import Database
from kernel.db import database as kernel_database
from kernel.errors import InvalidInput
from kernel.settings import forget_settings
from kernel.wire.sparkplug import (
    REBIRTH,
)
from registry.gateways import service as gateways
from registry.permissions import PLATFORM
from runtime.commands import ingest_sources as commands
from runtime.embedded.mqtt import EmbeddedMqtt
from tests.integration.ingest.conftest import consuming
from tests.integration.ingest.devices import (
    JSON_MAPPING,
    SPARKPLUG_MAPPING,
    STARTED,
    adopt,
    gaps,
    rows,
    until,
)
from tests.peers import peer as peers
from tests.support.databases import DatabaseUrls


def test_tahus_own_client_is_adopted_and_asked_to_be_born_again(
    database: Database, mqtt: EmbeddedMqtt, place: tuple[str, str, str]
) -> None:
    _, site, serial = place
    address = urlsplit(mqtt.url("plant"))
    login = str(address.username), str(address.password)
    mapping = json.loads(json.dumps(SPARKPLUG_MAPPING).replace("SERIAL", serial))
    gateway = adopt(database, "plant/tahu", site, mapping)

    def metric(value: float, at: int) -> dict[str, Any]:
        told = {"name": "torque", "type": "Double", "value": value, "alias": 4, "timestamp": at}
        return {"at": at, "metrics": [told]}

    with ExitStack() as stack:
        node = stack.enter_context(
            peers.running(
                "sparkplug-node.mjs", f"mqtt://127.0.0.1:{address.port}", *login, "plant", "tahu"
            )
        )
        node.wait("birth wanted")
        stack.enter_context(consuming(database, mqtt))
        assert node.wait("command")["names"] == [REBIRTH]
        node.order("nodeBirth", **metric(1.0, STARTED + 1000))
        node.order("nodeData", **metric(2.0, STARTED + 2000), compress={})
        until(lambda: len(rows(database)) == 2)
        node.order("lose", count=2)
        node.order("nodeData", **metric(3.0, STARTED + 3000))
        until(lambda: gaps(database) == [("source_gap", 2000, 3000)])
        assert [row[1:] for row in rows(database)] == [
            (1000, 1.0, 0), (2000, 2.0, 0), (3000, 3.0, 0),
        ]  # fmt: skip
        with database.transaction() as session:
            gateways.revoke_gateway(session, PLATFORM, gateway)
        time.sleep(2.5)
        node.order("nodeData", **metric(4.0, STARTED + 4000))
        time.sleep(1.0)
        assert len(rows(database)) == 3


def test_the_command_adopts_shows_maps_and_releases(
    database_urls: DatabaseUrls,
    place: tuple[str, str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FOREWARN_DATABASE_URL", database_urls.app)
    forget_settings()
    kernel_database.cache_clear()
    _, site, _ = place
    mapping = tmp_path / "mapping.json"

    def told(*arguments: str) -> Any:
        result = CliRunner().invoke(commands.app, list(arguments), catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    mapping.write_text(json.dumps(JSON_MAPPING))
    made = told("adopt", "devices/#", "--site", site, "--mapping", str(mapping))
    gateway = made["gateway_id"]
    assert [record["address"] for record in told("list")["adopted"]] == ["devices/#"]
    mapping.write_text(json.dumps({**JSON_MAPPING, "timestamp": None}))
    assert told("map", gateway, "--mapping", str(mapping))["mapping"]["timestamp"] is None
    assert told("release", gateway)["released_at"]
    mapping.write_text("[]")
    with pytest.raises(InvalidInput, match="no JSON object"):
        told("adopt", "devices/#", "--site", site, "--mapping", str(mapping))
    kernel_database().dispose()
    kernel_database.cache_clear()
    forget_settings()
