"""`forewarn up` on servers that are not its own: used where they answer, named where they do not."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from kernel.errors import Unavailable
from kernel.settings import Platform
from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.service import free_port
from runtime.embedded.valkey import EmbeddedValkey
from runtime.supervisor.servers import Servers
from runtime.supervisor.stack import Stack
from runtime.supervisor.state import StackState
from tests.support.databases import DatabaseUrls

SECRET = "0123456789" * 4


@pytest.mark.timeout(300)
def test_a_server_that_is_named_is_used_and_not_started(
    database_urls: DatabaseUrls, valkey: EmbeddedValkey, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    platform = Platform(
        database_url=database_urls.app,
        migrator_database_url=database_urls.owner,
        redis_url=valkey.url,
        mqtt_url=mqtt.url("platform"),
        secret_key=SecretStr(SECRET),
    )
    with Stack(tmp_path / "data", settings=platform) as stack:
        assert set(stack.processes) == {"api", "ingest", "worker", "scoring", "beat"}
        assert stack.environment["FOREWARN_DATABASE_URL"] == database_urls.app
        assert stack.environment["FOREWARN_SECRET_KEY"] == SECRET
        assert stack.mqtt_url("edge") == mqtt.url("platform")
        # The application's processes never learn the owner's password.
        assert database_urls.owner not in stack.environment.values()
    assert not (tmp_path / "data" / "postgres").exists()


@pytest.mark.parametrize(
    ("field", "url"),
    [
        ("database_url", "postgresql://me:geheim@127.0.0.1:{port}/forewarn"),
        ("redis_url", "redis://:geheim@127.0.0.1:{port}/0"),
        ("mqtt_url", "mqtt://platform:geheim@127.0.0.1:{port}"),
    ],
)
def test_a_server_that_is_away_is_named_without_its_password(
    tmp_path: Path, field: str, url: str
) -> None:
    platform = Platform.model_validate({field: url.format(port=free_port())})
    servers = Servers.choose(platform, StackState.load(tmp_path), tmp_path)
    assert len(servers.services) == 2
    with pytest.raises(Unavailable) as raised:
        servers.check_external()
    assert f"FOREWARN_{field.upper()}" in raised.value.detail
    assert "***" in raised.value.detail
    assert "geheim" not in raised.value.detail
