"""`web/openapi.json`, which the web app's client is generated from, is what the API is."""

import json
from pathlib import Path
from typing import Any

import httpx

from api.app import document
from tests.support.http import Api

FILE = Path(__file__).resolve().parents[3] / "web" / "openapi.json"


def test_the_committed_document_is_the_present_one() -> None:
    committed = json.loads(FILE.read_text(encoding="utf-8"))
    assert committed == json.loads(document()), (
        "write it anew: ./forewarn api openapi --output web/openapi.json"
    )


def test_the_api_serves_its_document(api: Api) -> None:
    with httpx.Client(base_url=api.url) as client:
        served = client.get("/api/v1/openapi.json").json()
    assert served["openapi"].startswith("3.1")
    assert "/api/v1/session" in served["paths"]
    assert "/healthz" not in served["paths"]


def _operations(api: Api) -> dict[str, dict[str, Any]]:
    with httpx.Client(base_url=api.url) as client:
        paths = client.get("/api/v1/openapi.json").json()["paths"]
    return {
        f"{method.upper()} {path}": operation
        for path, operations in paths.items()
        for method, operation in operations.items()
    }


def test_every_operation_documents_its_problems(api: Api) -> None:
    for name, operation in _operations(api).items():
        assert operation["responses"]["422"] == {"$ref": "#/components/responses/Problem422"}, name
        assert "503" in operation["responses"], name
        if operation["security"]:
            assert {"401", "403"} <= set(operation["responses"]), name
        assert operation.get("summary"), name
        assert operation.get("description"), name


def test_creates_have_examples_and_updates_an_etag(api: Api) -> None:
    with httpx.Client(base_url=api.url) as client:
        document = client.get("/api/v1/openapi.json").json()
    schemas = document["components"]["schemas"]
    for name, operation in _operations(api).items():
        if name.startswith("PATCH") and not name.endswith("/session"):
            headers = {parameter["name"].lower() for parameter in operation["parameters"]}
            assert "if-match" in headers, name
    creates = [name for name in schemas if name.endswith("Create") and name != "RoleCreate"]
    assert len(creates) >= 7
    for name in creates:
        assert schemas[name].get("examples"), name
