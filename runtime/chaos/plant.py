"""The chaos plant: an OPC UA server that emits `signals` tick by tick and keeps a journal of it.

The journal is a file of pairs of little-endian int64, (tick, source time in µs), written before the values
are; a plant started again goes on with the next tick. While the pause file is there nothing is emitted.

    python -m runtime.chaos.plant PORT JOURNAL PAUSE_FILE
"""

import asyncio
import contextlib
import logging
import os
import signal
import struct
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from asyncua import Server, ua

from runtime.chaos import signals

NAMESPACE: Final = "urn:forewarn:chaos"
_PAIR: Final = struct.Struct("<qq")
_SERIES: Final = signals.all_series()


def url_of(port: int) -> str:
    """Return where a plant on a port is reached."""
    return f"opc.tcp://127.0.0.1:{port}/forewarn/chaos/"


def node_of(series: signals.Series) -> str:
    """Return the node id of a series as `edge.toml` has it."""
    return f"nsu={NAMESPACE};s={series.machine}.{series.name}"


class TickJournal:
    """The append-only journal of ticks."""

    def __init__(self, path: Path) -> None:
        whole = path.stat().st_size // _PAIR.size if path.exists() else 0
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        # A pair that was cut in two by the end of an earlier run is written over.
        os.lseek(self._handle, whole * _PAIR.size, os.SEEK_SET)
        self.next_tick = 0
        if whole:
            with path.open("rb") as file:
                file.seek((whole - 1) * _PAIR.size)
                self.next_tick = _PAIR.unpack(file.read(_PAIR.size))[0] + 1

    def note(self, ts_us: int) -> int:
        """Note the next tick and its source time; returns its number."""
        tick = self.next_tick
        os.write(self._handle, _PAIR.pack(tick, ts_us))
        self.next_tick += 1
        return tick


async def serve(port: int, journal: TickJournal, pause_file: Path) -> None:
    """Emit until cancelled."""
    server = Server()
    await server.init()
    server.set_endpoint(url_of(port))
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    nodes = await _nodes(server)
    async with server:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            if not os.path.exists(pause_file):  # noqa: ASYNC240, PTH110 - a look, 20 times a second
                await _emit(server, nodes, journal)
            due = max(due + signals.TICK_SECONDS, loop.time())
            await asyncio.sleep(due - loop.time())


async def _nodes(server: Any) -> list[Any]:
    index = await server.register_namespace(NAMESPACE)
    folders: dict[str, Any] = {}
    nodes = []
    for series in _SERIES:
        if series.machine not in folders:
            folders[series.machine] = await server.nodes.objects.add_folder(
                ua.NodeId(series.machine, index), ua.QualifiedName(series.machine, index)
            )
        node = await folders[series.machine].add_variable(
            ua.NodeId(f"{series.machine}.{series.name}", index),
            ua.QualifiedName(series.name, index),
            ua.Variant(0.0, ua.VariantType.Double),
            datatype=ua.NodeId(ua.ObjectIds.Double),
        )
        waiting = ua.StatusCode(ua.StatusCodes.BadWaitingForInitialData)
        await server.write_attribute_value(node.nodeid, ua.DataValue(None, waiting))
        nodes.append(node.nodeid)
    return nodes


async def _emit(server: Any, nodes: list[Any], journal: TickJournal) -> None:
    ts_us = time.time_ns() // 1000
    tick = journal.note(ts_us)
    at = datetime.fromtimestamp(ts_us // 1_000_000, UTC).replace(microsecond=ts_us % 1_000_000)
    emitted = zip(_SERIES, nodes, *signals.of_tick(tick), strict=True)
    for series, node, value, quality in emitted:
        await server.write_attribute_value(
            node,
            ua.DataValue(
                ua.Variant(value, ua.VariantType.Double),
                ua.StatusCode(quality),
                SourceTimestamp=None if series.clockless else at,
                ServerTimestamp=None if series.clockless else at,
            ),
        )


async def _main(port: int, journal: Path, pause_file: Path) -> None:
    task = asyncio.ensure_future(serve(port, TickJournal(journal), pause_file))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(_main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
