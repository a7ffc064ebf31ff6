"""Files: told by their bytes, kept by their hash, seen by those who see what they are attached to."""

import hashlib
import io
import zipfile
from pathlib import Path

import httpx
import pytest

from kernel.settings import settings
from registry.attachments import service
from registry.settings import Registry
from tests.integration.conftest import ClientFor
from tests.support import factories, pictures
from tests.support.http import Api

PNG = pictures.png()
JPEG = pictures.jpeg()


def _zip(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


def _docx(**more: bytes) -> bytes:
    types = {"[Content_Types].xml": b"<x/>", "word__document.xml": b"<x/>"}
    return _zip(**{**types, **more})


@pytest.fixture
def asset(api: Api) -> str:
    with api.database.transaction() as session:
        return factories.asset(session).id


def _attach(
    client: httpx.Client, asset: str, name: str, content: bytes, claimed: str = "image/png"
) -> httpx.Response:
    return client.post(
        "/attachments",
        data={"object_kind": "asset", "object_id": asset},
        files={"file": (name, content, claimed)},
    )


def test_a_file_comes_back_as_it_was(client_for: ClientFor, asset: str) -> None:
    admin = client_for("admin")
    made = _attach(admin, asset, "Foto 泵 №7.png", PNG, "text/html")
    assert made.status_code == 201
    facts = made.json()
    assert (facts["content_type"], facts["size_bytes"]) == ("image/png", len(PNG))
    assert facts["sha256"] == hashlib.sha256(PNG).hexdigest()
    listed = admin.get("/attachments", params={"object_kind": "asset", "object_id": asset})
    assert listed.json() == {"items": [facts], "next_cursor": None}
    content = admin.get(f"/attachments/{facts['id']}/content")
    assert content.content == PNG
    assert content.headers["content-type"] == "image/png"
    assert content.headers["content-disposition"].startswith("attachment; filename*=UTF-8''Foto")
    assert content.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in content.headers["content-security-policy"]
    shown = admin.get(f"/attachments/{facts['id']}/content", params={"inline": True})
    assert shown.headers["content-disposition"].startswith("inline")
    history = admin.get(f"/assets/{asset}/history").json()["items"]
    assert history[0]["action"] == "attachment.add"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.png", b"", "empty_file"),
        ("a.png", JPEG, "type_mismatch"),
        ("a.png", PNG[:8] + b"\0" * 32, "broken_file"),
        ("a.png", PNG[:-4], "broken_file"),
        ("a.png", pictures.png(20_000, 20_000), "picture_too_large"),
        ("a.jpg", JPEG[:-2], "broken_file"),
        ("a.jpg", JPEG[:4] + b"<script>alert(1)</script>", "broken_file"),
        ("a.webp", b"RIFF\0\0\0\0WEBPVP8 ", "broken_file"),
        ("a.mp4", b"\0\0\0\x18ftypmp42" + b"\0" * 20, "broken_file"),
        ("a.docx", _docx(word__bomb=b"\0" * 20_000_000), "archive_too_large"),
        ("a.docx", _docx(**{f"n{n}": b"" for n in range(5001)}), "archive_too_large"),
        ("a.exe", PNG, "type_mismatch"),
        ("png", PNG, "type_mismatch"),
        ("a.exe", b"MZ\x90\0" + b"\0" * 100, "unsupported_type"),
        ("a.txt", b"MZ\x90\0" + b"\0" * 100, "unsupported_type"),
        ("a.svg", b"<svg onload='alert(1)'/>", "unsupported_type"),
        ("a.txt", b"  <html><script>alert(1)</script>", "unsupported_type"),
        ("a.html", b"hello", "type_mismatch"),
        ("a.txt", "grün".encode("latin-1"), "unsupported_type"),
        ("a.zip", _zip(a=b"1"), "unsupported_type"),
        ("a.docx", _zip(a=b"1"), "unsupported_type"),
        ("a.docx", _docx(**{"word__vbaProject.bin": b"1"}), "unsupported_type"),
        ("a.xlsx", _docx(), "type_mismatch"),
        ("a.docx", b"PK\x03\x04 but nothing more", "unsupported_type"),
    ],
)
def test_a_file_that_lies_about_itself_is_refused(
    client_for: ClientFor, asset: str, name: str, content: bytes, code: str
) -> None:
    refused = _attach(client_for("admin"), asset, name, content)
    assert (refused.status_code, refused.json()["code"]) == (422, code)


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.JPEG", JPEG, "image/jpeg"),
        ("a.pdf", b"%PDF-1.7\n...", "application/pdf"),
        ("a.csv", b"a,b\r\n1,2\r\n", "text/csv"),
        ("a.txt", ("日" * 30_000).encode(), "text/plain"),
        (
            "a.docx",
            _docx(),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("a.mp4", pictures.mp4(), "video/mp4"),
        ("a.webp", pictures.webp(), "image/webp"),
        ("a.gif", pictures.gif(), "image/gif"),
        ("a.heic", pictures.heic(), "image/heic"),
    ],
)
def test_what_people_send_is_taken(
    client_for: ClientFor, asset: str, name: str, content: bytes, media_type: str
) -> None:
    made = _attach(client_for("admin"), asset, name, content)
    assert (made.status_code, made.json()["content_type"]) == (201, media_type)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\x\\note.txt", "note.txt"),
        ("a\u202etxt.exe.txt", "atxt.exe.txt"),
        ("x" * 300 + ".txt", "x" * 146 + ".txt"),
        (" .txt", "file.txt"),
    ],
)
def test_names_are_only_names(client_for: ClientFor, asset: str, name: str, kept: str) -> None:
    made = _attach(client_for("admin"), asset, name, b"hello")
    assert made.status_code in {201, 422}, made.text
    if made.status_code == 201:
        assert made.json()["file_name"] == kept


def test_ten_megabytes_are_too_much(client_for: ClientFor, asset: str) -> None:
    refused = _attach(client_for("admin"), asset, "a.txt", b"a" * 10_000_000)
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


def test_attaching_needs_what_the_object_needs(api: Api, client_for: ClientFor, asset: str) -> None:
    for role, status in (
        ("engineer", 201),
        ("desk_lead", 201),
        ("customer", 403),
        ("finance", 403),
    ):
        assert _attach(client_for(role), asset, "a.txt", b"hello").status_code == status, role
    assert _attach(client_for("engineer"), "ast_none", "a.txt", b"hello").status_code == 404
    gateway = client_for("gateway")
    params = {"object_kind": "asset", "object_id": asset}
    assert gateway.get("/attachments", params=params).status_code == 403
    odd = client_for("admin").get("/attachments", params={"object_kind": "x", "object_id": asset})
    assert odd.status_code == 422
    del api


def test_the_same_content_is_kept_once_and_swept_when_unused(
    api: Api, client_for: ClientFor, asset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, engineer = client_for("admin"), client_for("engineer")
    first = _attach(engineer, asset, "a.txt", b"the same").json()
    second = _attach(admin, asset, "b.txt", b"the same").json()
    folder = settings(Registry).attachments()
    assert [path.name for path in _files(folder)] == [first["sha256"]]
    assert engineer.delete(f"/attachments/{second['id']}?reason=x").status_code == 403
    assert engineer.delete(f"/attachments/{first['id']}?reason=wrong").status_code == 204
    assert engineer.get(f"/attachments/{first['id']}").status_code == 404
    monkeypatch.setattr(service, "ORPHAN_SECONDS", -60)
    assert service.sweep(api.database) == 0
    assert admin.get(f"/attachments/{second['id']}/content").content == b"the same"
    assert admin.delete(f"/attachments/{second['id']}?reason=old").status_code == 204
    assert service.sweep(api.database) == 1
    assert _files(folder) == []


def test_a_lost_content_is_said_so(client_for: ClientFor, asset: str) -> None:
    admin = client_for("admin")
    made = _attach(admin, asset, "a.txt", b"lost soon").json()
    for path in _files(settings(Registry).attachments()):
        path.unlink()
    answer = admin.get(f"/attachments/{made['id']}/content")
    assert (answer.status_code, answer.json()["code"]) == (503, "content_missing")


def test_an_upload_can_be_repeated(client_for: ClientFor, asset: str) -> None:
    admin = client_for("admin")
    admin.headers["Idempotency-Key"] = f"upload-{asset}"
    first = _attach(admin, asset, "a.txt", b"once")
    again = _attach(admin, asset, "a.txt", b"once")  # another multipart boundary
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    other = _attach(admin, asset, "a.txt", b"twice")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
