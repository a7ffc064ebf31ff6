"""A way to a server that can be slow, silent or cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class TcpProxy:
    """Passes bytes between a port and a server.

    Attributes:
        port: where to connect.
        delay_seconds: one way.
        gate: while it is not set, nothing passes; connections stay open.
        to_server: while it is not set, nothing passes to the server; what the server sends does.
        open: whether new connections are accepted.
        loses: an answer with these bytes in it is lost, and the connection with it.
    """

    def __init__(self, port: int, url: str) -> None:
        self.port = port
        self._target = url.removeprefix("opc.tcp://").partition("/")[0].split(":")
        self.delay_seconds = 0.0
        self.gate = asyncio.Event()
        self.gate.set()
        self.to_server = asyncio.Event()
        self.to_server.set()
        self.open = True
        self.loses = b""
        self._writers: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["TcpProxy"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        try:
            yield self
        finally:
            self.gate.set()
            self.to_server.set()
            server.close()
            await self.cut()
            await server.wait_closed()
            await asyncio.sleep(0.05)

    async def cut(self) -> None:
        """Reset all connections."""
        writers, self._writers = self._writers, set()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.open:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection(self._target[0], int(self._target[1]))
        self._writers |= {writer, back}
        await asyncio.gather(
            self._pass(reader, back, (self.gate, self.to_server)),
            self._pass(there, writer, (self.gate,), answers=True),
        )

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        gates: tuple[asyncio.Event, ...],
        *,
        answers: bool = False,
    ) -> None:
        loop = asyncio.get_running_loop()
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def send() -> None:
            while True:
                at, data = await waiting.get()
                await asyncio.sleep(at - loop.time())
                for gate in gates:
                    await gate.wait()
                if not data:
                    writer.close()
                    return
                writer.write(data)

        sending = asyncio.create_task(send())
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                if answers and self.loses and self.loses in data:
                    await self.cut()
                waiting.put_nowait((loop.time() + self.delay_seconds, data))
        waiting.put_nowait((loop.time() + self.delay_seconds, b""))
        with suppress(ConnectionError):
            await sending
