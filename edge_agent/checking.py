"""Trying a configuration: every source and broker is really connected to, and every node really read."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from edge_agent.config import EdgeConfig, JsonSource, OpcUaSource, SparkplugSource
from edge_agent.errors import BufferInUse
from edge_agent.keys import Keys
from kernel.errors import ForewarnError
from kernel.wire.frames import ack_topic, client_id_of
from kernel.wire.mqtt import MqttLink
from kernel.wire.mqtt_address import MqttAddress
from kernel.wire.sparkplug import NAMESPACE

SECONDS_MAX = 10.0
NODES_PER_READ = 500


@dataclass(frozen=True)
class Checked:
    """What was tried, and how it went."""

    item: str
    ok: bool
    detail: str


async def check(config: EdgeConfig) -> AsyncIterator[Checked]:
    """Try one thing after the other."""
    yield _check_key(config)
    yield _check_buffer(config)
    yield await _check_platform_broker(config)
    for source in config.sources():
        if why := config.withheld.get(source.name):
            yield Checked(source.name, ok=False, detail=f"{why.code}: {why.detail}")
            continue
        match source:
            case OpcUaSource():
                async for checked in _check_opcua(source, config):
                    yield checked
            case JsonSource():
                topic = source.subscriptions()[0]
                yield await _check_broker(source.name, source.address(), topic, "fw-check")
            case SparkplugSource():
                topic = f"{NAMESPACE}/{source.group}/NBIRTH/{source.node or '+'}"
                yield await _check_broker(source.name, source.address(), topic, "fw-check")


def _check_key(config: EdgeConfig) -> Checked:
    try:
        config.signing_key()
    except ForewarnError as error:
        return Checked("key", ok=False, detail=error.detail)
    return Checked("key", ok=True, detail="found")


def _check_buffer(config: EdgeConfig) -> Checked:
    from edge_agent.buffer.file import open_file

    path = config.buffer.path
    if not path.exists():
        there = path.parent.is_dir()
        return Checked(
            "buffer",
            ok=there,
            detail=f"{path} {'will be made' if there else ': no such directory'}",
        )
    try:
        open_file(path, config.agent, config.buffer.bytes_max).close()
    except BufferInUse:
        return Checked("buffer", ok=True, detail=f"{path} is in use by a running agent")
    except ForewarnError as error:
        return Checked("buffer", ok=False, detail=error.detail)
    return Checked("buffer", ok=True, detail=str(path))


async def _check_platform_broker(config: EdgeConfig) -> Checked:
    item, address, client_id = "platform broker", config.mqtt.address(), client_id_of(config.agent)
    try:
        address = Keys(config.credentials(), None).login(address)
    except ForewarnError as error:
        return Checked(item, ok=False, detail=error.detail)
    if address == config.mqtt.address():
        client_id += "-check"
    elif _is_running(config):
        # A login of its own has one client id; a second connection would end the first.
        return Checked(item, ok=True, detail="not tried: the running agent is signed in with it")
    return await _check_broker(item, address, ack_topic(config.agent), client_id)


def _is_running(config: EdgeConfig) -> bool:
    """Tell whether an agent holds the buffer."""
    from edge_agent.buffer.file import open_file

    if not config.buffer.path.exists():
        return False
    try:
        open_file(config.buffer.path, config.agent, config.buffer.bytes_max).close()
    except BufferInUse:
        return True
    except ForewarnError:
        return False  # it is reported as such
    return False


async def _check_broker(item: str, address: MqttAddress, topic: str, client_id: str) -> Checked:
    changed = asyncio.Event()
    link = MqttLink(address, client_id, subscriptions=[topic], on_change=changed.set)
    task = asyncio.create_task(link.run())
    try:
        async with asyncio.timeout(SECONDS_MAX):
            await changed.wait()
    except TimeoutError:
        return Checked(item, ok=False, detail=f"{address} did not answer in {SECONDS_MAX:.0f} s")
    finally:
        up, detail = link.up, link.detail
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return Checked(item, ok=up, detail=f"{address} connected" if up else f"{address}: {detail}")


async def _check_opcua(config: OpcUaSource, whole: EdgeConfig) -> AsyncIterator[Checked]:
    from asyncua import ua

    from edge_agent.sources.opcua.connecting import connect, leave
    from edge_agent.sources.opcua.items import nodes_of
    from edge_agent.sources.opcua.profiles import PROFILES, limits_of
    from edge_agent.sources.opcua.security import Security

    client = None
    try:
        async with asyncio.timeout(SECONDS_MAX):
            client, _ = await connect(config, Security(whole.agent, whole.pki))
        yield Checked(config.name, ok=True, detail=f"{config.url} connected")
        profile = PROFILES[config.profile]
        limits = await limits_of(client.uaclient.session, profile)
        if profile.note:
            yield Checked(config.name, ok=True, detail=f"{config.profile}: {profile.note}")
        if limits.items_max is not None and len(config.tags) > limits.items_max:
            yield Checked(
                config.name,
                ok=False,
                detail=f"{len(config.tags)} tags, but a {config.profile} has {limits.items_max} items",
            )
        nodes = nodes_of(config, await client.get_namespace_array())
        for index, reason in nodes.failed.items():
            yield Checked(config.tags[index].node, ok=False, detail=reason)
        found = list(nodes.found.items())
        for start in range(0, len(found), limits.nodes_per_read):
            part = found[start : start + limits.nodes_per_read]
            read = await client.uaclient.session.read_attributes(
                [node for _, node in part], ua.AttributeIds.Value
            )
            for (index, _), data in zip(part, read, strict=True):
                status = data.StatusCode
                yield Checked(
                    config.tags[index].node, ok=not status.is_bad(), detail=str(status.name)
                )
    except ForewarnError as error:
        yield Checked(config.name, ok=False, detail=f"{config.url}: {error.code}: {error.detail}")
    except Exception as error:  # noqa: BLE001 - asyncua raises bare Exception too; a check reports it
        yield Checked(
            config.name, ok=False, detail=f"{config.url}: {type(error).__name__} {error}".strip()
        )
    finally:
        if client is not None:
            await leave(client)
