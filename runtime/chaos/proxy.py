"""TCP proxies that misbehave on command: what a network between two processes can do to them.

Every proxy runs in one thread with its own loop; commands are safe from any other thread and have taken
effect when they return. Packet loss cannot be made this way: TCP hides it from both ends.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self, TypeAlias, TypeVar

_CHUNK_BYTES: Final = 65_536
_CAPPED_CHUNK_BYTES: Final = 1024
# Chunks on their way; beyond it the sender is held back by TCP, as by a real link.
_QUEUE_CHUNKS: Final = 256
_COMMAND_SECONDS_MAX: Final = 10.0
_HARD_CLOSE: Final = struct.pack("ii", 1, 0)

Side = Literal["client", "server"]
Result = TypeVar("Result")
# When a chunk is due, and the chunk; an empty one is the end.
_Waiting: TypeAlias = asyncio.Queue[tuple[float, bytes]]


@dataclass
class Traffic:
    """What a proxy saw since it was made.

    Attributes:
        connections: accepted.
        refused: connections reset at once because the link was down.
        bytes: delivered.
        reset: connections cut by force.
        held: chunks that had to wait for a stall to end.
        swallowed: bytes sent to a peer that was not there any more.
        slowed_seconds: time chunks waited for a delay or for bandwidth.
    """

    connections: int = 0
    refused: int = 0
    bytes: int = 0
    reset: int = 0
    held: int = 0
    swallowed: int = 0
    slowed_seconds: float = 0.0


@dataclass(eq=False)
class _Connection:
    """A pair of sockets; `gone` is the side that has vanished without the other being told."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    gone: Side | None = None
    swallowed: int = 0
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    def writer(self, side: Side) -> asyncio.StreamWriter | None:
        """Return the way to one side."""
        return self.client if side == "client" else self.server


class Proxy:
    """One link between two processes, passing everything on until told otherwise."""

    def __init__(self, name: str, loop: asyncio.AbstractEventLoop, port_behind: int) -> None:
        self.name = name
        self.port = 0
        self.traffic = Traffic()
        self._loop = loop
        self._port_behind = port_behind
        self._connections: set[_Connection] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._refusing = False
        self._absent: Side | None = None
        self._delay_seconds = 0.0
        self._bytes_per_second = 0.0
        self._server: asyncio.Server | None = None

    def stall(self) -> None:
        """Pass nothing on, in either direction, and lose nothing."""
        self._command(self._set(flowing=False))

    def reset(self) -> None:
        """Cut every connection by force, and every new one."""
        self._command(self._cut())

    def half_open(self, gone: Side) -> None:
        """Let one side vanish without a word to the other.

        The one that vanished sees its connections cut. The other goes on sending to nobody until `heal`
        brings the peer back without its memory: what is sent to it, then or before, is answered by a reset.
        While the server is away, new connections are as silent; a client that is away comes back anew.
        """
        self._command(self._vanish(gone))

    def slow(self, *, delay_seconds: float = 0.0, bytes_per_second: float = 0.0) -> None:
        """Delay every chunk, in each direction, or let so many bytes a second through."""
        self._command(self._set(delay_seconds=delay_seconds, bytes_per_second=bytes_per_second))

    def heal(self) -> None:
        """Pass everything on again, what was held back included."""
        self._command(self._heal())

    async def open(self) -> None:
        """Listen on a free port of loopback."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and cut what there is."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            self._end(connection)

    def _command(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_COMMAND_SECONDS_MAX)

    async def _set(
        self,
        *,
        flowing: bool = True,
        delay_seconds: float = 0.0,
        bytes_per_second: float = 0.0,
    ) -> None:
        self._delay_seconds = delay_seconds
        self._bytes_per_second = bytes_per_second
        if flowing:
            self._flowing.set()
        else:
            self._flowing.clear()

    async def _cut(self) -> None:
        self._refusing = True
        for connection in list(self._connections):
            self.traffic.reset += 1
            self._end(connection)

    async def _vanish(self, gone: Side) -> None:
        self._absent = gone
        for connection in self._connections:
            vanished = connection.writer(gone)
            if connection.gone is None and vanished is not None:
                connection.gone = gone
                self.traffic.reset += 1
                _abort(vanished)

    async def _heal(self) -> None:
        self._refusing, self._absent = False, None
        await self._set()
        for connection in list(self._connections):
            if connection.gone is not None and connection.swallowed:
                self._end(connection)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.traffic.connections += 1
        if self._refusing:
            self.traffic.refused += 1
            _abort(writer)
            return
        connection = _Connection(writer)
        self._connections.add(connection)
        if self._absent == "server":
            connection.gone = "server"
            self._start(connection, self._read("client", connection, reader, None))
            return
        try:
            behind, connection.server = await asyncio.open_connection(
                "127.0.0.1", self._port_behind
            )
        except OSError:
            self._end(connection)
            return
        self._pump("client", connection, reader, connection.server)
        self._pump("server", connection, behind, writer)

    def _start(self, connection: _Connection, work: Coroutine[Any, Any, None]) -> None:
        connection.tasks.add(self._loop.create_task(work))

    def _pump(
        self,
        side: Side,
        connection: _Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Read one side in one task and write in another, so that a delay costs no throughput."""
        waiting: _Waiting = asyncio.Queue(_QUEUE_CHUNKS)
        self._start(connection, self._read(side, connection, reader, waiting))
        self._start(connection, self._deliver(connection, waiting, writer))

    async def _read(
        self,
        side: Side,
        connection: _Connection,
        reader: asyncio.StreamReader,
        waiting: _Waiting | None,
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK_BYTES):
                if connection.gone is None and waiting is not None:
                    await waiting.put((self._loop.time() + self._delay_seconds, data))
                    continue
                connection.swallowed += len(data)
                self.traffic.swallowed += len(data)
                if self._absent is None:
                    break  # the peer is back and knows nothing of this connection
        if connection.gone is None and waiting is not None:
            await waiting.put((0.0, b""))
        elif connection.gone != side:
            self._end(connection)

    async def _deliver(
        self, connection: _Connection, waiting: _Waiting, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError):
            while connection.gone is None:
                due, data = await waiting.get()
                if not data:
                    break
                await self._pass(due, data, writer)
        if connection.gone is None:
            self._end(connection)

    async def _pass(self, due: float, data: bytes, writer: asyncio.StreamWriter) -> None:
        early = due - self._loop.time()
        if early > 0:
            self.traffic.slowed_seconds += early
            await asyncio.sleep(early)
        while data:
            if not self._flowing.is_set():
                self.traffic.held += 1
                await self._flowing.wait()
            rate = self._bytes_per_second
            size = _CAPPED_CHUNK_BYTES if rate else len(data)
            part, data = data[:size], data[size:]
            if rate:
                self.traffic.slowed_seconds += len(part) / rate
                await asyncio.sleep(len(part) / rate)
            writer.write(part)
            await writer.drain()
            self.traffic.bytes += len(part)

    def _end(self, connection: _Connection) -> None:
        """Close both sides: cleanly where all was delivered, else by a reset."""
        self._connections.discard(connection)
        for writer in (connection.client, connection.server):
            if writer is not None:
                if self._refusing or connection.gone is not None:
                    _abort(writer)
                else:
                    writer.close()
        for task in connection.tasks:
            if task is not asyncio.current_task():
                task.cancel()


def _abort(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            # Closing sends a reset then, as from a peer that knows nothing of the connection.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _HARD_CLOSE)
    writer.transport.abort()


class Proxies:
    """Proxies by name, in a thread of their own, for the length of a `with` block."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxies", daemon=True)
        self._proxies: dict[str, Proxy] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for proxy in self._proxies.values():
            self._run(proxy.close())
        self._run(_settle())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __getitem__(self, name: str) -> Proxy:
        return self._proxies[name]

    def add(self, name: str, port_behind: int) -> Proxy:
        """Put a proxy before a port of loopback."""
        proxy = self._proxies[name] = Proxy(name, self._loop, port_behind)
        self._run(proxy.open())
        return proxy

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_COMMAND_SECONDS_MAX)


async def _settle() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
