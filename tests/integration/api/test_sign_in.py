"""People sign in with a password and stay signed in by a cookie; nobody is told more than they should be."""

import httpx
import pytest

from api.auth import CSRF_COOKIE, SESSION_COOKIE
from registry.identity.service import set_password
from registry.permissions import PLATFORM
from tests.support import factories
from tests.support.http import Api

PASSWORD = "four sensible words"


@pytest.fixture
def person(api: Api) -> str:
    with api.database.transaction() as session:
        made = factories.person(session, "engineer")
        set_password(session, PLATFORM, made.id, PASSWORD)
        return made.email


def _sign_in(client: httpx.Client, email: str, password: str = PASSWORD) -> httpx.Response:
    return client.post("/session", json={"email": email, "password": password})


def test_signing_in_sets_cookies_and_tells_who(anonymous: httpx.Client, person: str) -> None:
    answer = _sign_in(anonymous, person.upper())
    assert answer.status_code == 201
    cookies = {item.partition("=")[0]: item for item in answer.headers.get_list("set-cookie")}
    assert "HttpOnly" in cookies[SESSION_COOKIE]
    assert "SameSite=lax" in cookies[SESSION_COOKIE]
    assert "HttpOnly" not in cookies[CSRF_COOKIE]
    seen = anonymous.get("/session").json()
    assert seen == answer.json()
    assert seen["roles"] == ["engineer"]
    assert "work_orders.handle" in seen["permissions"]
    assert seen["organisation"]["kind"] == "manufacturer"
    assert seen["csrf_token"] == anonymous.cookies[CSRF_COOKIE]


def test_wrong_and_unknown_are_answered_alike(anonymous: httpx.Client, person: str) -> None:
    wrong = _sign_in(anonymous, person, "not this one at all")
    unknown = _sign_in(anonymous, "nobody@example.com")
    assert wrong.status_code == unknown.status_code == 401
    same = ("code", "title", "detail", "facts")
    assert [wrong.json()[key] for key in same] == [unknown.json()[key] for key in same]
    assert wrong.json()["code"] == "wrong_sign_in"
    assert wrong.headers["content-type"] == "application/problem+json"
