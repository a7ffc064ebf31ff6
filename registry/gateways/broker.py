"""Each gateway's own login at Mosquitto, through its dynamic security plugin.

The database says which logins there are; this makes the broker's say the same, however often it is done.
A login that is taken away is disconnected at once. Where the broker's logins are fixed (the embedded one)
there is nothing to do: revoking is then ingest's alone, which refuses what the signature gives away.
"""

import json
import queue
import uuid
from collections.abc import Sequence
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from kernel.errors import Unavailable
from kernel.settings import settings
from kernel.wire.mqtt_address import MqttAddress
from registry.gateways.keys import broker_login
from registry.settings import Gateways

_CONTROL: Final = "$CONTROL/dynamic-security/v1"
_SECONDS_MAX: Final = 10.0
# What a gateway writes, and what it may hear.
_WRITES: Final = ("frames", "schema", "status")
_READS: Final = ("acks",)

Command = dict[str, Any]
_HEAR_NOTHING: Final = [{"acltype": "publishClientReceive", "allow": False}]


class BrokerUnavailable(Unavailable):
    """The broker does not take changes of its logins."""

    code = "broker_unavailable"


def sync_logins(gateway_id: str, wanted: Sequence[int], known: Sequence[int]) -> None:
    """Make the broker know the logins of some key versions of a gateway, and of no others.

    Args:
        gateway_id: whose logins they are.
        wanted: versions of its key whose logins it may use.
        known: all versions it ever had.

    Raises:
        BrokerUnavailable: the broker is away, or refused.
    """
    commands: list[Command] = [
        # The plugin's default lets everybody hear what it is subscribed to, and beside a file of topic rights
        # the broker grants every subscription.
        {"command": "setDefaultACLAccess", "acls": _HEAR_NOTHING},
        {"command": "createRole", "rolename": gateway_id, "acls": _acls(gateway_id)},
    ]
    for version in known:
        user, password = broker_login(gateway_id, version)
        if version in wanted:
            roles = [{"rolename": gateway_id, "priority": 0}]
            commands.append(
                {"command": "createClient", "username": user, "password": password, "roles": roles}
            )
        else:
            # Also disconnects whoever is signed in with it.
            commands.append({"command": "deleteClient", "username": user})
    _done(commands, _answers(commands))


def _acls(gateway_id: str) -> list[Command]:
    topic = f"fw/v1/{gateway_id}/"
    send = [("publishClientSend", topic + name) for name in _WRITES]
    hear = [
        (kind, topic + name)
        for name in _READS
        for kind in ("subscribeLiteral", "publishClientReceive", "unsubscribeLiteral")
    ]
    return [{"acltype": kind, "topic": name, "allow": True} for kind, name in send + hear]


def _done(commands: Sequence[Command], answers: Sequence[Command]) -> None:
    """Check the answers; what is there already, or is gone already, is as it should be."""
    for command, answer in zip(commands, answers, strict=True):
        error = str(answer.get("error", ""))
        fine = "not found" if command["command"] == "deleteClient" else "already exists"
        if error and fine not in error.lower():
            raise BrokerUnavailable(f"{command['command']}: {error}")


def _answers(commands: Sequence[Command]) -> list[Command]:
    """Send commands and return the answer to each."""
    gateways = settings(Gateways)
    address = MqttAddress.parse(
        gateways.broker_admin_url.get_secret_value(), ca_file=gateways.mqtt_ca_file
    )
    arrived: queue.Queue[bytes | str] = queue.Queue()
    client = _client(address, arrived)
    # The control topic answers everybody who listens; ours are told by the mark of each command.
    mark = uuid.uuid4().hex
    marked = [{**command, "correlationData": mark} for command in commands]
    try:
        client.connect(address.host, address.port, keepalive=30)
        client.loop_start()
        _expect(arrived, "subscribed")
        client.publish(_CONTROL, json.dumps({"commands": marked}), qos=1)
        while True:
            answers = _of(_expect(arrived), mark)
            if answers:
                return answers
    except OSError as error:  # ssl.SSLError is one
        raise BrokerUnavailable(f"{address}: {error}") from None
    finally:
        client.disconnect()
        client.loop_stop()


def _expect(arrived: "queue.Queue[bytes | str]", word: str = "") -> bytes:
    try:
        found = arrived.get(timeout=_SECONDS_MAX)
    except queue.Empty:
        raise BrokerUnavailable(f"no answer in {_SECONDS_MAX:.0f} s") from None
    if isinstance(found, str) and found != word:
        raise BrokerUnavailable(found)
    return found if isinstance(found, bytes) else b""


def _of(data: bytes, mark: str) -> list[Command]:
    responses: list[Command] = json.loads(data).get("responses", [])
    return [one for one in responses if one.get("correlationData") == mark]


def _client(address: MqttAddress, arrived: "queue.Queue[bytes | str]") -> paho.Client:
    client = paho.Client(
        CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5, reconnect_on_failure=False
    )
    client.connect_timeout = _SECONDS_MAX
    client.username_pw_set(address.user, address.password)
    if address.tls:
        client.tls_set_context(address.tls_context())

    def connected(_: Any, __: Any, ___: Any, code: Any, ____: Any) -> None:
        if code.is_failure:
            arrived.put(f"the broker refused the login: {code}")
        else:
            client.subscribe(f"{_CONTROL}/response", 1)

    def subscribed(_: Any, __: Any, ___: Any, codes: list[Any], ____: Any) -> None:
        refused = any(code.is_failure for code in codes)
        arrived.put("the login may not manage the broker" if refused else "subscribed")

    client.on_connect = connected
    client.on_subscribe = subscribed
    client.on_message = lambda _, __, message: arrived.put(bytes(message.payload))
    client.on_disconnect = lambda *_: arrived.put("the broker closed the connection")
    return client
