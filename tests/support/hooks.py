"""A real HTTP server on a port of its own that keeps what it is sent, and answers as told."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Hooks:
    """What was sent; `status` is what the server answers, after `delay_s`."""

    url: str = ""
    status: int = 200
    delay_s: float = 0.0
    location: str | None = None
    received: list[Received] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def bodies(self) -> list[str]:
        """Return the texts of all requests."""
        return [each.body.decode() for each in self.received]


@contextmanager
def http_listener() -> Iterator[Hooks]:
    """Run a listener; what hangs is let go at the end."""
    hooks = Hooks()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            hooks.received.append(Received(self.path, headers, body))
            if hooks.delay_s:
                hooks.released.wait(hooks.delay_s)
            try:
                self.send_response(hooks.status)
                if hooks.location:
                    self.send_header("Location", hooks.location)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")
            except OSError:
                return  # the client waited no longer

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's form
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    hooks.url = f"127.0.0.1:{server.server_address[1]}"
    try:
        yield hooks
    finally:
        hooks.released.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def wait_until(condition: object, seconds: float = 10.0) -> None:
    """Wait for a condition to hold."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)
