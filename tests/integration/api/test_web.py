"""The built web app is served beside the API, safely."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from kernel.db import Database
from kernel.settings import forget_settings
from tests.support.http import serve

pytestmark = pytest.mark.usefixtures("api_settings")


@pytest.fixture
def web_dir(tmp_path: Path) -> Path:
    return tmp_path / "dist"


@pytest.fixture
def site(
    module_database: Database, monkeypatch: pytest.MonkeyPatch, web_dir: Path
) -> Iterator[httpx.Client]:
    monkeypatch.setenv("FOREWARN_API_WEB_DIR", str(web_dir))
    forget_settings()
    with serve(create_app(module_database)) as url, httpx.Client(base_url=url) as client:
        yield client


def _build(web_dir: Path) -> None:
    (web_dir / "assets").mkdir(parents=True)
    (web_dir / "index.html").write_text("<!doctype html><title>Forewarn</title>")
    (web_dir / "favicon.svg").write_text("<svg/>")
    (web_dir / "assets" / "index-abc123.js").write_text("// " + "x" * 2000)
    (web_dir.parent / "secret.txt").write_text("not for everybody")


def test_without_a_build_there_is_a_clear_page(site: httpx.Client) -> None:
    answer = site.get("/")
    assert answer.status_code == 503
    assert "not built" in answer.text
    assert site.get("/healthz").status_code == 200


def test_every_page_is_the_app(site: httpx.Client, web_dir: Path) -> None:
    _build(web_dir)
    for path in ("/", "/assets-list", "/work-orders/wo_1", "/assets/ast_01"):
        answer = site.get(path, headers={"Accept": "text/html,*/*"})
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache"), path
        assert "<title>Forewarn</title>" in answer.text
        assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert site.head("/").status_code == 200


def test_hashed_files_are_kept_for_good(site: httpx.Client, web_dir: Path) -> None:
    _build(web_dir)
    script = site.get("/assets/index-abc123.js")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["content-encoding"] == "gzip"
    assert site.get("/favicon.svg").headers["cache-control"] == "no-cache"


def test_a_missing_file_is_not_answered_with_a_page(site: httpx.Client, web_dir: Path) -> None:
    _build(web_dir)
    for path in ("/assets/old-123.js", "/robots.txt", "/api/v1/nowhere", "/api", "/api/v2/x"):
        answer = site.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path


def test_nothing_outside_of_the_build_is_served(site: httpx.Client, web_dir: Path) -> None:
    _build(web_dir)
    (web_dir / "link.txt").symlink_to(web_dir.parent / "secret.txt")
    for path in (
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "//etc/passwd",
        "/link.txt",
        "/%00",
    ):
        answer = site.get(path)
        assert "not for everybody" not in answer.text, path
        assert "root:" not in answer.text, path
        assert answer.status_code < 500, path
