"""Trying a configuration: every source and broker is really connected to, and every node really read."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from edge_agent.config import EdgeConfig, JsonSource, OpcUaSource, SparkplugSource
from edge_agent.errors import BufferInUse
from kernel.errors import ForewarnError
from kernel.wire.frames import ack_topic
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
    yield await _check_broker(
        "platform broker",
        config.mqtt.address(),
        ack_topic(config.agent),
        f"fw-{config.agent}-check",
    )
    for source in config.sources():
        match source:
            case OpcUaSource():
                async for checked in _check_opcua(source):
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


async def _check_opcua(config: OpcUaSource) -> AsyncIterator[Checked]:
    from asyncua import ua

    from edge_agent.sources.opcua import leave, make_client
    from edge_agent.sources.opcua_items import parse_node

    client = make_client(config)
    try:
        async with asyncio.timeout(SECONDS_MAX):
            await client.connect()
        yield Checked(config.name, ok=True, detail=f"{config.url} connected")
        namespaces = await client.get_namespace_array()
        for start in range(0, len(config.tags), NODES_PER_READ):
            tags = config.tags[start : start + NODES_PER_READ]
            nodes = [parse_node(tag.node, namespaces) for tag in tags]
            known = [node for node in nodes if node is not None]
            read = iter(await client.uaclient.session.read_attributes(known, ua.AttributeIds.Value))
            for tag, node in zip(tags, nodes, strict=True):
                if node is None:
                    yield Checked(
                        tag.node, ok=False, detail="the server does not have this namespace"
                    )
                    continue
                status = next(read).StatusCode
                yield Checked(tag.node, ok=not status.is_bad(), detail=str(status.name))
    except Exception as error:  # noqa: BLE001 - asyncua raises bare Exception too; a check reports it
        yield Checked(
            config.name, ok=False, detail=f"{config.url}: {type(error).__name__} {error}".strip()
        )
    finally:
        await leave(client)
