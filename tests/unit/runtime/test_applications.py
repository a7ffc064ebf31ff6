"""When the platform's processes count as ready."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from runtime.embedded.service import free_port
from runtime.supervisor.applications import applications, forewarn


class Ready(BaseHTTPRequestHandler):
    """Somebody else's server, which says yes to everything."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def other_port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Ready) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield int(server.server_address[1])
        server.shutdown()
        thread.join()


def test_another_program_on_the_port_does_not_make_the_api_ready(
    other_port: int, tmp_path: Path
) -> None:
    api = applications({}, "127.0.0.1", other_port, tmp_path)[0]
    assert api.name == "api"
    assert not api.ready()
    (tmp_path / "api.alive").touch()
    assert api.ready()
    # What an earlier run of it left behind does not count either.
    api.prepare()
    assert not api.ready()


def test_who_may_have_to_wait_may_stand_still_for_longer(tmp_path: Path) -> None:
    limits = {one.name: one.pulse_seconds_max for one in applications({}, "127.0.0.1", 1, tmp_path)}
    assert limits == {"api": 30, "ingest": 30, "worker": 300, "scoring": 300, "beat": 300}
    for arguments in ((), ("edge", "run")):
        edge = forewarn("edge", *arguments, environment={}, heartbeat_dir=tmp_path)
        assert edge.pulse_seconds_max == 180
        assert edge.pulse == tmp_path / "edge.pulse"


def test_a_heartbeat_alone_does_not_either(tmp_path: Path) -> None:
    api = applications({}, "127.0.0.1", free_port(), tmp_path)[0]
    (tmp_path / "api.alive").touch()
    assert not api.ready()
