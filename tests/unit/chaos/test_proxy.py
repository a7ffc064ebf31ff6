"""Each fault of the proxy is seen by the two ends as the network would show it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from runtime.chaos.proxy import Proxies, Proxy


class Echo:
    """A server that sends back what it gets, and remembers how its connections ended."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.ended: list[str] = []
        self.got = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listening.accept()
            except OSError:
                return
            self._open.append(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        try:
            while data := sock.recv(65536):
                self.got += len(data)
                sock.sendall(data)
            self.ended.append("closed")
        except OSError as error:
            self.ended.append(type(error).__name__)
        finally:
            sock.close()

    def say(self, data: bytes) -> None:
        self._open[0].sendall(data)

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for sock in self._open:
            sock.close()


@contextmanager
def link() -> Iterator[tuple[Echo, Proxy]]:
    echo = Echo()
    try:
        with Proxies() as proxies:
            yield echo, proxies.add("link", echo.port)
    finally:
        echo.close()


def client(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=3)


def exchange(sock: socket.socket, data: bytes = b"hello") -> float:
    began = time.monotonic()
    sock.sendall(data)
    came = b""
    while len(came) < len(data):
        part = sock.recv(65536)
        assert part, "the connection was closed"
        came += part
    assert came == data
    return time.monotonic() - began


def _listen(proxy: Proxy) -> None:
    with client(proxy) as sock:
        sock.recv(10)


def until(what: object, seconds: float = 3) -> None:
    assert callable(what)
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_open_link_passes_everything_on_and_ends_with_its_ends() -> None:
    with link() as (echo, proxy):
        with client(proxy) as sock:
            exchange(sock, bytes(500_000))
        until(lambda: echo.ended == ["closed"])
        assert proxy.traffic.bytes == 1_000_000


def test_a_stall_holds_everything_back_and_loses_nothing() -> None:
    with link() as (echo, proxy), client(proxy) as sock:
        exchange(sock)
        proxy.stall()
        sock.sendall(b"later")
        sock.settimeout(0.3)
        with pytest.raises(TimeoutError):
            sock.recv(10)
        assert echo.got == 5
        assert proxy.traffic.held == 1
        proxy.heal()
        sock.settimeout(3)
        assert sock.recv(10) == b"later"


def test_a_reset_cuts_what_there_is_and_what_comes_until_healed() -> None:
    with link() as (echo, proxy):
        with client(proxy) as sock:
            exchange(sock)
            proxy.reset()
            with pytest.raises(ConnectionResetError):
                sock.recv(10)
        until(lambda: echo.ended == ["ConnectionResetError"])
        with pytest.raises(ConnectionResetError):
            _listen(proxy)
        assert proxy.traffic.refused == 1
        proxy.heal()
        with client(proxy) as sock:
            exchange(sock)


def test_a_server_that_vanished_leaves_its_client_talking_to_nobody_until_it_is_back() -> None:
    with link() as (echo, proxy), client(proxy) as talking, client(proxy) as silent:
        exchange(talking)
        exchange(silent)
        proxy.half_open("server")
        until(lambda: len(echo.ended) == 2)
        talking.sendall(b"is anybody there")
        with client(proxy) as late:
            late.sendall(b"hello")
            for sock in (talking, late):
                sock.settimeout(0.2)
                with pytest.raises(TimeoutError):
                    sock.recv(10)
            until(lambda: proxy.traffic.swallowed == 21)
            proxy.heal()
            for sock in (talking, late):
                sock.settimeout(3)
                with pytest.raises(ConnectionResetError):
                    sock.recv(10)
        # Whoever has nothing to say does not find out, until it has.
        silent.settimeout(0.2)
        with pytest.raises(TimeoutError):
            silent.recv(10)
        silent.sendall(b"x")
        silent.settimeout(3)
        with pytest.raises(ConnectionResetError):
            silent.recv(10)
        with client(proxy) as sock:
            exchange(sock)


def test_a_client_that_vanished_leaves_its_server_waiting_and_may_come_back() -> None:
    with link() as (echo, proxy), client(proxy) as first:
        exchange(first)
        proxy.half_open("client")
        with pytest.raises(ConnectionResetError):
            first.recv(10)
        with client(proxy) as second:
            exchange(second)
            assert echo.ended == []
            echo.say(b"to the one that is gone")
            until(lambda: proxy.traffic.swallowed == 23)
            assert echo.ended == []
            proxy.heal()
            until(lambda: echo.ended == ["ConnectionResetError"])
            exchange(second)


def test_a_delay_costs_time_in_each_direction_but_no_throughput() -> None:
    with link() as (_, proxy), client(proxy) as sock:
        assert exchange(sock) < 0.2
        proxy.slow(delay_seconds=0.3)
        assert 0.6 <= exchange(sock) < 1.0
        assert exchange(sock, bytes(1_000_000)) < 2.0
        assert proxy.traffic.slowed_seconds > 0.6
        proxy.heal()
        assert exchange(sock) < 0.2


def test_a_cap_lets_so_many_bytes_through() -> None:
    with link() as (_, proxy), client(proxy) as sock:
        proxy.slow(bytes_per_second=20_000)
        # Both ways, one after the other but for what overlaps.
        assert 0.5 <= exchange(sock, bytes(10_000)) < 2.0
        proxy.heal()
        assert exchange(sock, bytes(100_000)) < 0.5
