"""Enrolling: what a stranger, a broken line or a power cut makes of it."""

import json
import ssl
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge_agent import credentials as credentials_module
from edge_agent.config import load_config
from edge_agent.credentials import load_credentials
from edge_agent.enrolment import enrol, service_of
from kernel.errors import ConfigurationError, ForewarnError, InvalidInput

TOKEN = "fwe_" + "t" * 43
ANSWER = {
    "gateway_id": "gw_1", "name": "Pump house", "key": "ab" * 32, "key_version": 2,
    "broker": {"url": "mqtts://gw_1.2:secret@broker:8883", "ca": "PEM", "own_login": True},
    "check_in_seconds": 15,
}  # fmt: skip

Answer = Callable[[dict[str, Any]], tuple[int, str, bytes]]


def _platform(answer: dict[str, Any]) -> Answer:
    return lambda _: (201, "application/json", json.dumps(answer).encode())


@contextmanager
def serving(answer: Answer, certificate: Path | None = None) -> Iterator[str]:
    """A server on a port of its own that answers every POST."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, kind, data = answer(json.loads(body))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Location", "https://elsewhere.example/")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    scheme = "http"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # refused handshakes are the point
        scheme = "https"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"{scheme}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _certificate(path: Path, host: str = "127.0.0.1", days: int = 10) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    text = made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(text)
    return path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "gateway" / "edge.toml"


def _enrol(url: str, config: Path, ca_file: Path | None = None) -> Any:
    return enrol(service_of(url, ca_file, allow_http=False), TOKEN, config)


def _code(url: str, config: Path, ca_file: Path | None = None) -> str:
    with pytest.raises(ForewarnError) as caught:
        _enrol(url, config, ca_file)
    assert TOKEN not in caught.value.detail
    assert "\n" not in caught.value.detail
    assert not config.exists()
    return str(getattr(caught.value, "reason", caught.value.code))


def test_what_is_written_is_for_its_owner_alone_and_can_be_run(
    config: Path, tmp_path: Path
) -> None:
    certificate = _certificate(tmp_path / "server.pem")
    with serving(_platform(ANSWER), certificate) as url:
        done = _enrol(url, config, certificate)
        assert _enrol(url, config, certificate).already
    assert (done.agent, done.own_login) == ("gw_1", True)
    assert sorted(path.name for path in config.parent.iterdir()) == [
        "broker-ca.pem", "credentials.json", "edge.toml",
    ]  # fmt: skip
    assert {stat.S_IMODE(path.stat().st_mode) for path in config.parent.iterdir()} == {0o600}
    assert "secret" not in config.read_text()
    loaded = load_config(config)
    assert loaded.signing_key().hex() == ANSWER["key"]
    assert loaded.credentials().current.broker_url == "mqtts://gw_1.2:secret@broker:8883"
    assert "secret" not in repr(loaded.credentials())
    assert loaded.mqtt.address().user == ""
    assert loaded.platform is not None
    assert loaded.platform.ca_file == certificate


def test_a_certificate_that_is_not_right(config: Path, tmp_path: Path) -> None:
    good = _certificate(tmp_path / "good.pem")
    for other, trusted in (
        (_certificate(tmp_path / "expired.pem", days=-1), tmp_path / "expired.pem"),
        (_certificate(tmp_path / "host.pem", host="10.1.2.3"), tmp_path / "host.pem"),
        (_certificate(tmp_path / "own.pem"), good),
        (good, None),
    ):
        with serving(_platform(ANSWER), other) as url:
            assert _code(url, config, trusted) == "platform_certificate", other
    (tmp_path / "none.pem").write_text("nothing")
    with serving(_platform(ANSWER), good) as url:
        assert _code(url, config, tmp_path / "none.pem") == "platform_certificate"


def test_what_is_not_the_platform(config: Path) -> None:
    answers: list[tuple[int, str, bytes]] = [
        (404, "text/html", b"<h1>Not found</h1>"),
        (200, "text/html", b"<h1>Welcome</h1>"),
        (201, "application/json", b"{}"),
        (201, "application/json", b'{"gateway_id": "x", "key": "zz", "key_version": 1}'),
        (307, "text/plain", b""),
        (500, "application/problem+json", b"[]"),
        (201, "application/json", b" " * (4 * 1024 * 1024 + 1)),
    ]
    for answer in answers:
        with serving(lambda _, answer=answer: answer) as url:  # type: ignore[misc]  # bound now
            assert _code(url, config) == "not_the_platform", answer[:2]
    assert _code("http://127.0.0.1:9", config) == "platform_unreachable"
    assert _code("https://nowhere.invalid", config) == "platform_unreachable"


@pytest.mark.parametrize("code", ["enrolment_token_expired", "enrolment_token_used"])
def test_what_the_platform_says_is_said_on(config: Path, code: str) -> None:
    problem = json.dumps({"code": code, "title": "No", "detail": "it ended yesterday"}).encode()
    with serving(lambda _: (422, "application/problem+json", problem)) as url:
        assert _code(url, config) == code


@pytest.mark.parametrize(
    "url", ["ftp://x", "https://", "http://forewarn.example", "https://u:p@x", "https://x?y=1"]
)
def test_an_address_that_cannot_be_used(url: str) -> None:
    with pytest.raises(InvalidInput):
        service_of(url, None, allow_http=False)


@pytest.mark.parametrize("writes", range(4))
def test_a_power_cut_at_any_write_is_repaired_by_the_same_command(
    config: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    claims: list[str] = []
    left = [writes]
    whole = credentials_module.write_secret

    def answer(body: dict[str, Any]) -> tuple[int, str, bytes]:
        claims.append(body["claim"])
        return _platform(ANSWER)(body)

    def cut(path: Path, text: str) -> None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        whole(path, text)

    with serving(answer) as url:
        with monkeypatch.context() as cutting:
            for module in ("edge_agent.enrolment", "edge_agent.credentials"):
                cutting.setattr(f"{module}.write_secret", cut)
            with pytest.raises(KeyboardInterrupt):
                _enrol(url, config)
        assert not _enrol(url, config).already
        assert _enrol(url, config).already
    assert len(claims) == (2 if writes else 1)
    assert len(set(claims)) == 1
    assert load_config(config).signing_key().hex() == ANSWER["key"]
    assert not (config.parent / "enrolment.json").exists()


def test_enrolling_again_keeps_the_former_key_for_what_waits(config: Path) -> None:
    with serving(_platform(ANSWER)) as url:
        _enrol(url, config)
    again = {**ANSWER, "key": "cd" * 32, "key_version": 3}
    with serving(_platform(again)) as url:
        enrol(service_of(url, None, allow_http=False), "fwe_" + "u" * 43, config)
    kept = load_credentials(config.parent / "credentials.json", "gw_1")
    assert (kept.current.version, kept.former and kept.former.version) == (3, 2)
    assert config.read_text().count("[mqtt]") == 1
    other = {**ANSWER, "gateway_id": "gw_2"}
    with serving(_platform(other)) as url, pytest.raises(ForewarnError) as caught:
        enrol(service_of(url, None, allow_http=False), "fwe_" + "v" * 43, config)
    assert caught.value.code == "enrolled_as_another"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"agent": "gw_1", "current": {"version": 1, "key": "ab"}}']
)
def test_credentials_that_cannot_be_used(config: Path, text: str) -> None:
    with serving(_platform(ANSWER)) as url:
        _enrol(url, config)
    path = config.parent / "credentials.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="credentials_file"):
        load_config(config).signing_key()
