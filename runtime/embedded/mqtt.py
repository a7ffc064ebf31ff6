"""An MQTT broker (rumqttd) from the `iotcore` wheel, with logins.

It has no topic ACL and its logins are fixed when it starts: what keeps one gateway from speaking for
another is the signature on every frame, not the broker. Production runs Mosquitto with ACLs.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from kernel.errors import Unavailable
from runtime.embedded.service import Service, answers

PAYLOAD_BYTES_MAX = 4 * 1024 * 1024

_CONFIG = """\
id = 0
[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10
"""
_LISTENER = """\
[{version}.1]
name = "{version}"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
[{version}.1.connections]
connection_timeout_ms = 10000
max_payload_size = {payload_bytes_max}
max_inflight_count = 100
dynamic_filters = true
[{version}.1.connections.auth]
{logins}
"""

# rumqttd has no shutdown and never returns; the process is simply ended.
_RUN = """\
import logging, sys
from iotcore.iotcore import IotCoreBroker
logging.basicConfig(level="WARNING")
logging.getLogger("rumqttd").setLevel("CRITICAL")
IotCoreBroker(config_path=sys.argv[1]).run_forever()
"""


@dataclass(frozen=True)
class EmbeddedMqtt:
    """A broker on loopback.

    Attributes:
        port: of MQTT 5.
        logins: passwords by user name.
        v4_port: of MQTT 3.1.1, for devices that speak nothing else; 0: none. Messages go from one to the
            other. It is for those who publish: a message with properties, as MQTT 5 has them, ends this
            listener (and only this one) when somebody with 3.1.1 is subscribed to its topic.
    """

    data_dir: Path
    port: int
    logins: Mapping[str, str]
    v4_port: int = 0

    def url(self, user: str) -> str:
        """Address as `user` signs in to it."""
        return f"mqtt://{user}:{self.logins[user]}@127.0.0.1:{self.port}"

    def service(self) -> Service:
        """Write the configuration and return how to run the broker."""
        if find_spec("iotcore") is None:
            raise Unavailable(
                "the embedded MQTT broker is not installed; install forewarn[embedded] or set "
                "FOREWARN_MQTT_URL"
            )
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        config = self.data_dir / "rumqttd.toml"
        listeners = [("v5", self.port), *([("v4", self.v4_port)] if self.v4_port else [])]
        config.write_text(_CONFIG + "".join(self._listener(*one) for one in listeners))
        config.chmod(0o600)
        argv = [sys.executable, "-I", "-c", _RUN, str(config)]
        ports = [port for _, port in listeners]
        return Service("mqtt", argv, lambda: all(answers(port) for port in ports))

    def _listener(self, version: str, port: int) -> str:
        # A JSON string is a valid TOML basic string.
        logins = "\n".join(f"{json.dumps(u)} = {json.dumps(p)}" for u, p in self.logins.items())
        return _LISTENER.format(
            version=version, port=port, payload_bytes_max=PAYLOAD_BYTES_MAX, logins=logins
        )
