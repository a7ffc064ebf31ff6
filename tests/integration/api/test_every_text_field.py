"""SQL, HTML, odd characters, endless texts in every text field: refused with a code, or kept as they are."""

import copy
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from kernel.db import Database
from tests.integration.api.bench import Bench, Body
from tests.integration.api.forms import FORMS, REFUSED
from tests.integration.conftest import ClientFor
from tests.support.http import Api

NASTY = (
    "'; DROP TABLE registry.people; -- <script>alert(1)</script> ${7*7} {{7*7}} %s %_ \\ "
    "泵轴承 \N{WRENCH} \N{RIGHT-TO-LEFT OVERRIDE}x"
)
NOT_TEXT = ("a\x00b", "a\ud800b", "\x1b[31m")
TOO_LONG = "长" * 20_001
ENDLESS = "x" * 1_000_000

Path = tuple[str | int, ...]


def _text_leaves(schema: Body, definitions: Body, path: Path = ()) -> Iterator[Path]:
    """Yield where a schema takes text; the first element stands for all of a list."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    for each in schema.get("anyOf", []):
        yield from _text_leaves(each, definitions, path)
    match schema.get("type"):
        case "string":
            yield path
        case "array":
            yield from _text_leaves(schema["items"], definitions, (*path, 0))
        case "object":
            for name, each in schema.get("properties", {}).items():
                yield from _text_leaves(each, definitions, (*path, name))
            if isinstance(schema.get("additionalProperties"), dict):
                yield from _text_leaves(
                    schema["additionalProperties"], definitions, (*path, "contact_name")
                )


def _fields(app: FastAPI) -> dict[str, list[Path]]:
    document = app.openapi()
    definitions = document["components"]["schemas"]
    return {
        f"{method.upper()} {path.removeprefix('/api/v1')}": sorted(
            set(_text_leaves(content["application/json"]["schema"], definitions)), key=str
        )
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if "application/json" in (content := operation.get("requestBody", {}).get("content", {}))
    }


def _with(body: Body, path: Path, value: str) -> Body:
    """Return a copy of a body with a text put in; what leads there and is not there is made."""
    made = copy.deepcopy(body)
    place: Any = made
    for step, following in pairwise(path):
        missing: Any = [] if isinstance(following, int) else {}
        if isinstance(step, int):
            if not place:
                place.append(missing)
        elif place.get(step) is None:
            place[step] = missing
        place = place[step]
    if isinstance(path[-1], int):
        place[:] = [value]
    else:
        place[path[-1]] = value
    return made


def _values(answer: Any, name: str | int) -> list[Any]:
    """Return every value an answer has under a name."""
    found = []
    if isinstance(answer, dict):
        found = [value for key, value in answer.items() if key == name]
        answer = list(answer.values())
    if isinstance(answer, list):
        found += [value for each in answer for value in _values(each, name)]
    return found


@pytest.fixture
def bench(api: Api, client_for: ClientFor) -> Bench:
    made = Bench(api, client_for("admin"))
    made.set_up()
    return made


def _send(bench: Bench, route: str, path: str, body: Body) -> httpx.Response:
    content = json.dumps(body).encode()  # a lone surrogate as JSON escapes it
    headers = {"Content-Type": "application/json"}
    answer = bench.admin.request(route.partition(" ")[0], path, content=content, headers=headers)
    assert answer.status_code < 500, (route, body, answer.text)
    if not answer.is_success:
        assert answer.headers["content-type"] == "application/problem+json", (route, answer.text)
        assert answer.json()["code"], route
        assert answer.status_code == answer.json()["status"]
    return answer


def test_every_route_that_takes_a_body_has_a_good_one(
    served_app: tuple[FastAPI, str], bench: Bench
) -> None:
    assert set(_fields(served_app[0])) == set(FORMS)
    wrong = []
    for route, form in FORMS.items():
        answer = _send(bench, route, *form(bench))
        if (None if answer.is_success else answer.status_code) != REFUSED.get(route):
            wrong.append(f"{route}: {answer.status_code} {answer.text}")
    assert not wrong, "\n".join(wrong)


# Fields whose text is kept as it is, and shown by the answer; there may be more.
KEPT = {
    "POST /organisations name", "POST /contacts name", "POST /people name", "POST /sites address",
    "POST /assets name", "PATCH /assets/{asset_id} location", "POST /product-models code",
    "POST /gateways name", "POST /work-orders title", "POST /work-orders description",
    "PATCH /work-orders/{order_id} title", "POST /complaints description",
    "POST /work-orders/{order_id}/actions/{action} resolution.findings",
    "POST /work-orders/{order_id}/comments text", "POST /complaints/{complaint_id}/comments text",
    "POST /claims lines.0.position", "POST /claims invoice_number", "POST /parts name_zh",
    "POST /locations name", "POST /movements reason", "POST /people/{person_id}/tokens name",
}  # fmt: skip


@pytest.mark.timeout(300)
def test_nasty_texts_are_kept_as_they_are_or_refused(
    served_app: tuple[FastAPI, str], bench: Bench, module_database: Database
) -> None:
    before = _tables(module_database)
    kept = set()
    for route, fields in _fields(served_app[0]).items():
        for field in fields:
            path, body = FORMS[route](bench)
            answer = _send(bench, route, path, _with(body, field, NASTY))
            if not answer.is_success or not answer.content:
                continue
            name = next(step for step in reversed(field) if isinstance(step, str))
            shown = _values(answer.json(), name)
            if any(
                value == NASTY or (isinstance(value, list) and NASTY in value) for value in shown
            ):
                kept.add(f"{route} {'.'.join(map(str, field))}")
    assert kept >= KEPT, KEPT - kept
    assert _tables(module_database) == before
    _everything_can_still_be_read(served_app[0], bench)


def _tables(database: Database) -> list[str]:
    with database.transaction() as session:
        return list(
            session.scalars(
                text(
                    "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname NOT LIKE"
                    " 'pg\\_%' ORDER BY 1"
                )
            )
        )


def _everything_can_still_be_read(app: FastAPI, bench: Bench) -> None:
    """Read every list, also with the nasty text in each of its parameters."""
    read = 0
    for path, operations in app.openapi()["paths"].items():
        route = path.removeprefix("/api/v1")
        if "get" not in operations or route == "/events" or not path.startswith("/api/v1"):
            continue
        given = operations["get"].get("parameters", [])
        place = route
        for parameter in (each["name"] for each in given if each["in"] == "path"):
            place = place.replace(f"{{{parameter}}}", "%27%3B%20DROP%20TABLE%20x%3B--%3Cscript%3E")
        answers = [bench.admin.get(place)]
        for parameter in (each["name"] for each in given if each["in"] == "query"):
            answers.append(bench.admin.get(place, params={parameter: NASTY}))
            answers.append(bench.admin.get(place, params={parameter: "a\x00b"}))
        for answer in answers:
            assert answer.status_code < 500, (str(answer.url), answer.text)
            if not answer.is_success:
                assert answer.json()["code"], str(answer.url)
        read += answers[0].is_success
    assert read > 10


@pytest.mark.timeout(300)
def test_what_is_no_text_or_too_much_is_refused_everywhere(
    served_app: tuple[FastAPI, str], bench: Bench
) -> None:
    for route, fields in _fields(served_app[0]).items():
        if not fields:
            continue
        path, body = FORMS[route](bench)
        for field in fields:
            for value in (*NOT_TEXT, TOO_LONG):
                answer = _send(bench, route, path, _with(body, field, value))
                assert answer.status_code in {422, 429}, (
                    route,
                    field,
                    value[:9],
                    answer.text[:300],
                )
                assert value not in answer.text
        answer = _send(bench, route, path, _with(body, fields[0], ENDLESS))
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large"), route
