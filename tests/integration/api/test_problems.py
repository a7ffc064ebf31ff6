"""Bad input gets a clear, coded problem; what fails inside is not shown."""

import json
import socket
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from api.settings import ApiSettings
from kernel.db import Database, engine_for
from kernel.settings import settings
from runtime.embedded.service import free_port
from tests.integration.conftest import ClientFor
from tests.support import factories
from tests.support.http import Api


def _customer(api: Api) -> str:
    with api.database.transaction() as session:
        return factories.organisation(session).id


def test_a_validation_error_names_every_field(client_for: ClientFor) -> None:
    answer = client_for("admin").post("/sites", json={"name": "", "latitude": 91, "colour": "red"})
    problem = answer.json()
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert (problem["code"], problem["status"]) == ("invalid_request", 422)
    assert problem["type"] == "urn:forewarn:problem:invalid_request"
    assert {(item["field"], item["where"], item["code"]) for item in problem["errors"]} == {
        ("organisation_id", "body", "missing"),
        ("name", "body", "string_too_short"),
        ("latitude", "body", "less_than_equal"),
        ("colour", "body", "extra_forbidden"),
    }


def test_a_problem_never_repeats_what_was_sent(anonymous: httpx.Client) -> None:
    secret = "x" * 250
    answer = anonymous.post("/session", json={"email": "a@example.com", "password": secret})
    assert answer.status_code == 422
    assert secret[:50] not in answer.text


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"\xff\xfe",
        b'{"name": "a\x00b"}',
        b'{"name": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"name": 1e400}',
        b'{"name": NaN}',
        b'{"name": ' + b"9" * 5000 + b"}",
        b'{"name": {"a":' + b'{"a":' * 40 + b"1" + b"}" * 41 + b"}",
        b"[]",
        b"null",
        b'"text"',
    ],
)
def test_what_is_no_good_json_is_refused(client_for: ClientFor, raw: bytes) -> None:
    answer = client_for("admin").post(
        "/sites", content=raw, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422, raw[:40]
    assert answer.json()["code"] == "invalid_request"


@pytest.mark.parametrize("character", ["\0", "\x01", "\x1b", "\x7f", "\x85", "\ud800"])
def test_control_characters_are_refused_everywhere(
    api: Api, client_for: ClientFor, character: str
) -> None:
    admin, customer = client_for("admin"), _customer(api)
    body = json.dumps({"organisation_id": customer, "name": f"a{character}b"})
    answer = admin.post("/sites", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "field": "name",
            "where": "body",
            "code": "control_character",
            "message": "Control characters are not allowed",
        }
    ]
    if character != "\ud800":
        assert admin.get("/sites", params={"q": character}).status_code == 422
    if ord(character) < 0x80:
        assert admin.get(f"/sites/a%{ord(character):02x}b").status_code == 422


def test_line_ends_and_every_script_are_text(api: Api, client_for: ClientFor) -> None:
    admin, customer = client_for("admin"), _customer(api)
    words = "Zeile 1\n\t第二行\r\nहिन्दी 🛠"
    body = {"organisation_id": customer, "name": "工厂", "address": words}
    made = admin.post("/sites", json=body)
    assert made.status_code == 201
    assert made.json()["address"] == words


def test_a_body_of_ten_megabytes_is_refused(client_for: ClientFor) -> None:
    admin = client_for("admin")
    body = b'{"name": "' + b"a" * 10_000_000 + b'"}'
    answer = admin.post("/sites", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.json()["facts"] == {"bytes_max": settings(ApiSettings).json_bytes_max}


def test_a_large_body_is_refused_before_it_is_sent(api: Api) -> None:
    address = urlsplit(api.url)
    with socket.create_connection(
        (address.hostname or "", address.port or 0), timeout=10
    ) as client:
        client.sendall(
            b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 10000000\r\n\r\n"
        )
        received = b""
        while b'"code"' not in received:
            received += client.recv(65536)
    assert received.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"too_large"' in received


def test_a_large_body_of_unknown_length_is_cut_off(client_for: ClientFor) -> None:
    def chunks() -> list[bytes]:
        return [b"a" * 100_000] * 100

    answer = client_for("admin").post(
        "/sites", content=iter(chunks()), headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_unknown_paths_and_methods(anonymous: httpx.Client) -> None:
    nowhere = anonymous.get("/nowhere")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
    method = anonymous.put("/session")
    assert (method.status_code, method.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize("cursor", ["x", "W10", "bnVsbA", "é", "WzFd", "a" * 999, "WyJcdTAwMDAiXQ"])
def test_a_cursor_that_is_not_ours_is_refused(client_for: ClientFor, cursor: str) -> None:
    answer = client_for("admin").get("/sites", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


def test_limits_of_a_page(client_for: ClientFor) -> None:
    admin = client_for("admin")
    for limit in ("0", "201", "many", "-1", "1.5"):
        assert admin.get("/sites", params={"limit": limit}).status_code == 422


@pytest.mark.parametrize("tag", ["1", "abc", '"one"', '"1", "2"', '"99999999999999999999"'])
def test_an_if_match_that_is_not_ours_is_refused(client_for: ClientFor, tag: str) -> None:
    answer = client_for("admin").patch(
        "/sites/site_x", json={"name": "x"}, headers={"If-Match": tag}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_if_match")


def test_weak_and_any_tags_are_understood(api: Api, client_for: ClientFor) -> None:
    admin, customer = client_for("admin"), _customer(api)
    made = admin.post("/sites", json={"organisation_id": customer, "name": "a"}).json()
    for tag, name in (('W/"1"', "b"), ("*", "c")):
        changed = admin.patch(
            f"/sites/{made['id']}", json={"name": name}, headers={"If-Match": tag}
        )
        assert (changed.status_code, changed.json()["name"]) == (200, name)


def test_an_error_nobody_foresaw_tells_nothing(
    served_app: tuple[FastAPI, str], api: Api, client_for: ClientFor
) -> None:
    app, _ = served_app
    admin = client_for("admin")
    app.state.database = None  # a fault in our own code, as good as any
    answer = admin.get("/sites")
    app.state.database = api.database
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (500, "internal_error")
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert "NoneType" not in answer.text
    assert "transaction" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_database_that_is_away_is_said_so(
    served_app: tuple[FastAPI, str], api: Api, client_for: ClientFor
) -> None:
    app, _ = served_app
    admin = client_for("admin")
    away = Database(engine_for(f"postgresql://nobody@127.0.0.1:{free_port()}/none"))
    app.state.database = away
    answer = admin.get("/sites")
    app.state.database = api.database
    away.dispose()
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"] == "5"
    assert "127.0.0.1" not in answer.text


def test_every_answer_carries_the_security_headers(anonymous: httpx.Client) -> None:
    for path in ("/session", "/nowhere", "/../../healthz"):
        headers = anonymous.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers
    assert anonymous.get("/session").headers["cache-control"] == "no-store"


def test_long_json_is_compressed(client_for: ClientFor) -> None:
    admin = client_for("admin")
    answer = admin.get("/permissions", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.json()["items"]) > 20
    plain = admin.get("/permissions", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
