"""Each gateway's own login at Mosquitto, through its dynamic security plugin.

The database says which logins there are; this makes the broker's say the same, however often it is done.
A login that is taken away is disconnected at once. Where the broker's logins are fixed (the embedded one)
there is nothing to do: revoking is then ingest's alone, which refuses what the signature gives away.

What a role does not refuse by itself Mosquitto asks its file of topic rights about, and that one grants every
subscription, and topics by the login's name. A role therefore ends with refusals of everything. A login
also has one client id: with another's, a connection would end that one's.
"""

import json
import queue
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from kernel.errors import Unavailable
from kernel.settings import settings
from kernel.wire.frames import client_id_of
from kernel.wire.mqtt_address import MqttAddress
from registry.gateways.keys import broker_login
from registry.settings import Gateways

_CONTROL: Final = "$CONTROL/dynamic-security/v1"
_SECONDS_MAX: Final = 10.0
# Gateways that are asked about in one message; Mosquitto's messages are bounded.
_AT_ONCE: Final = 100
# What a gateway writes, and what it may hear.
_WRITES: Final = ("frames", "schema", "status")
_READS: Final = ("acks",)
_REFUSED: Final = tuple(
    (kind, topic)
    for kind, topics in (
        ("publishClientSend", ("#", "$SYS/#", "$CONTROL/#")),
        ("publishClientReceive", ("#", "$SYS/#", "$CONTROL/#")),
        ("subscribePattern", ("#", "$share/#", "$SYS/#", "$CONTROL/#")),
    )
    for topic in topics
)
_ALLOWED_PRIORITY: Final = 0
_REFUSED_PRIORITY: Final = -1

Command = dict[str, Any]
# For whoever has no role; the file of topic rights is asked then.
_DEFAULTS: Final = [
    {"acltype": kind, "allow": kind == "unsubscribe"}
    for kind in ("publishClientSend", "publishClientReceive", "subscribe", "unsubscribe")
]


class BrokerUnavailable(Unavailable):
    """The broker does not take changes of its logins."""

    code = "broker_unavailable"


class BrokerLogins:
    """The broker's logins, over one connection."""

    def __init__(self, client: paho.Client, arrived: "queue.Queue[bytes | str]") -> None:
        self._client = client
        self._arrived = arrived

    def sync(self, gateway_id: str, wanted: Sequence[int], known: Sequence[int]) -> None:
        """Make the broker know the logins of some key versions of a gateway, and of no others.

        Args:
            gateway_id: whose logins they are.
            wanted: versions of its key whose logins it may use.
            known: all versions it ever had.

        Raises:
            BrokerUnavailable: the broker is away, or refused.
        """
        role, *clients = self._ask(_questions(gateway_id, known))
        commands: list[Command] = [
            {"command": "setDefaultACLAccess", "acls": _DEFAULTS},
            *_for_role(gateway_id, role),
        ]
        for version, client in zip(known, clients, strict=True):
            commands += _for_client(gateway_id, version, client, is_wanted=version in wanted)
        _done(commands, self._ask(commands))

    def deviating(
        self, wanted: Mapping[str, Sequence[int]], known: Mapping[str, Sequence[int]]
    ) -> Iterator[str]:
        """Yield the gateways whose logins are not as they shall be; arguments by gateway, as for `sync`.

        Raises:
            BrokerUnavailable: the broker is away, or refused.
        """
        ids = list(known)
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            answers = iter(self._ask([q for one in some for q in _questions(one, known[one])]))
            for gateway_id in some:
                versions = wanted[gateway_id]
                role = _for_role(gateway_id, next(answers))
                clients = [
                    _for_client(gateway_id, one, next(answers), is_wanted=one in versions)
                    for one in known[gateway_id]
                ]
                if any(clients) or (role and versions):
                    yield gateway_id

    def _ask(self, commands: Sequence[Command]) -> list[Command]:
        """Send commands and return the answer to each."""
        # The control topic answers everybody who listens; ours are told by the mark of each command.
        mark = uuid.uuid4().hex
        marked = [{**command, "correlationData": mark} for command in commands]
        self._client.publish(_CONTROL, json.dumps({"commands": marked}), qos=1)
        while True:
            answers = _of(_expect(self._arrived), mark)
            if answers:
                return answers


@contextmanager
def broker_logins() -> Iterator[BrokerLogins]:
    """Connect to the broker as the one who manages its logins.

    Raises:
        BrokerUnavailable: it is away, or refuses.
    """
    gateways = settings(Gateways)
    address = MqttAddress.parse(
        gateways.broker_admin_url.get_secret_value(), ca_file=gateways.mqtt_ca_file
    )
    arrived: queue.Queue[bytes | str] = queue.Queue()
    client = _client(address, arrived)
    try:
        client.connect(address.host, address.port, keepalive=30)
        client.loop_start()
        _expect(arrived, "subscribed")
        yield BrokerLogins(client, arrived)
    except OSError as error:  # ssl.SSLError is one
        raise BrokerUnavailable(f"{address}: {error}") from None
    finally:
        client.disconnect()
        client.loop_stop()


def _questions(gateway_id: str, known: Sequence[int]) -> list[Command]:
    names = [broker_login(gateway_id, version)[0] for version in known]
    return [
        {"command": "getRole", "rolename": gateway_id},
        *({"command": "getClient", "username": name} for name in names),
    ]


def _for_role(gateway_id: str, answer: Command) -> list[Command]:
    """Return what makes a gateway's role as it shall be; a role of an earlier program refuses less."""
    acls = _acls(gateway_id)
    role = answer.get("data", {}).get("role")
    if role is None:
        return [{"command": "createRole", "rolename": gateway_id, "acls": acls}]
    if sorted(map(_canonical, role.get("acls", []))) == sorted(map(_canonical, acls)):
        return []
    return [{"command": "modifyRole", "rolename": gateway_id, "acls": acls}]


def _for_client(
    gateway_id: str, version: int, answer: Command, *, is_wanted: bool
) -> list[Command]:
    """Return what makes a gateway's login as it shall be."""
    user, password = broker_login(gateway_id, version)
    client = answer.get("data", {}).get("client")
    if not is_wanted:
        # Also disconnects whoever is signed in with it.
        return [{"command": "deleteClient", "username": user}] if client else []
    roles = [{"rolename": gateway_id, "priority": 0}]
    client_id = client_id_of(gateway_id)
    if client is None:
        return [
            {"command": "createClient", "username": user, "password": password,
             "clientid": client_id, "roles": roles}
        ]  # fmt: skip
    if client.get("clientid") == client_id:
        return []
    return [{"command": "setClientId", "username": user, "clientid": client_id}]


def _acls(gateway_id: str) -> list[Command]:
    topic = f"fw/v1/{gateway_id}/"
    send = [("publishClientSend", topic + name) for name in _WRITES]
    hear = [
        (kind, topic + name)
        for name in _READS
        for kind in ("subscribeLiteral", "publishClientReceive", "unsubscribeLiteral")
    ]
    return [
        *_rules(send + hear, _ALLOWED_PRIORITY, allow=True),
        *_rules(_REFUSED, _REFUSED_PRIORITY, allow=False),
    ]


def _rules(topics: Sequence[tuple[str, str]], priority: int, *, allow: bool) -> list[Command]:
    return [
        {"acltype": kind, "topic": topic, "priority": priority, "allow": allow}
        for kind, topic in topics
    ]


def _canonical(rule: Command) -> str:
    return json.dumps(rule, sort_keys=True)


def _done(commands: Sequence[Command], answers: Sequence[Command]) -> None:
    """Check the answers; what is there already, or is gone already, is as it should be."""
    for command, answer in zip(commands, answers, strict=True):
        error = str(answer.get("error", ""))
        fine = "not found" if command["command"] == "deleteClient" else "already exists"
        if error and fine not in error.lower():
            raise BrokerUnavailable(f"{command['command']}: {error}")


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
