"""The three servers Forewarn stands on: embedded ones to be supervised, or somebody else's to be checked."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

from kernel.durability import secure
from kernel.errors import Unavailable
from kernel.settings import Platform
from runtime.addresses import without_password
from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres
from runtime.embedded.service import Service, answers
from runtime.embedded.valkey import EmbeddedValkey
from runtime.supervisor.state import StackState

MQTT_USERS = ("platform", "edge", "plant")
DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True)
class Servers:
    """Addresses of the database, Redis and MQTT, and what there is to start for them.

    Attributes:
        services: the embedded servers to start; empty when all three are somebody else's.
        postgres: the embedded database, which gets its roles once it runs; None when it is not ours.
        mqtt_urls: the broker as each of `MQTT_USERS` signs in; somebody else's has one login for all.
    """

    database_url: str
    migrator_database_url: str
    redis_url: str
    mqtt_urls: dict[str, str]
    services: tuple[Service, ...]
    postgres: EmbeddedPostgres | None

    @classmethod
    def choose(
        cls,
        platform: Platform,
        state: StackState,
        data_dir: Path,
        port: Callable[[str], int] | None = None,
        *,
        mqtt_v4_port: int = 0,
    ) -> "Servers":
        """Take each server from the settings where they name one, else embed one in `data_dir`.

        `port` gives the port of a server by name; by default a free one is chosen. `mqtt_v4_port` is that of
        an embedded broker for MQTT 3.1.1, 0 for none.
        """
        port = port or state.port
        services = []
        secrets = state.secrets
        database_url, migrator_url, postgres = (
            platform.database_url,
            platform.migrator_database_url,
            None,
        )
        if not database_url:
            postgres = EmbeddedPostgres(
                data_dir / "postgres", port("postgres"), secrets["postgres_superuser"]
            )
            database_url = postgres.url(APP_ROLE, secrets["postgres_app"])
            migrator_url = postgres.url(OWNER_ROLE, secrets["postgres_owner"])
            services.append(postgres.service())
        redis_url = platform.redis_url
        if not redis_url:
            valkey = EmbeddedValkey(data_dir / "valkey", port("valkey"), secrets["valkey"])
            redis_url = valkey.url
            services.append(valkey.service())
        mqtt_urls = dict.fromkeys(MQTT_USERS, platform.mqtt_url)
        if not platform.mqtt_url:
            logins = {user: secrets[f"mqtt_{user}"] for user in MQTT_USERS}
            mqtt = EmbeddedMqtt(data_dir / "mqtt", port("mqtt"), logins, mqtt_v4_port)
            mqtt_urls = {user: mqtt.url(user) for user in MQTT_USERS}
            services.append(mqtt.service())
        return cls(
            database_url,
            migrator_url or database_url,
            redis_url,
            mqtt_urls,
            tuple(services),
            postgres,
        )

    def check_external(self) -> None:
        """Make sure that servers which are not ours answer.

        Raises:
            Unavailable: one does not; it is named without its password.
            NotDurable: the database may lose what it has confirmed.
        """
        ours = {service.name for service in self.services}
        if "postgres" not in ours:
            try:
                with psycopg.connect(self.database_url, connect_timeout=5) as connection:
                    secure(connection)
            except psycopg.OperationalError as error:
                raise _not_reached("FOREWARN_DATABASE_URL", self.database_url, error) from None
        if "valkey" not in ours:
            try:
                with redis.Redis.from_url(
                    self.redis_url, socket_connect_timeout=5, socket_timeout=5
                ) as client:
                    client.ping()
            except (redis.RedisError, ValueError) as error:
                raise _not_reached("FOREWARN_REDIS_URL", self.redis_url, error) from None
        if "mqtt" not in ours:
            url = self.mqtt_urls["platform"]
            parts = urlsplit(url)
            port = parts.port or DEFAULT_PORTS.get(parts.scheme, 1883)
            if not parts.hostname or not answers(port, parts.hostname):
                raise _not_reached("FOREWARN_MQTT_URL", url, None)


def _not_reached(setting: str, url: str, error: Exception | None) -> Unavailable:
    why = f": {' '.join(str(error).split())}" if error else ""
    return Unavailable(f"{setting} ({without_password(url)}) cannot be reached{why}")
