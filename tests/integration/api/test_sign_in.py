"""People sign in with a password and stay signed in by a cookie; nobody is told more than they should be."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from api.auth import CSRF_COOKIE, SESSION_COOKIE
from api.rate_limits import SignInLimits
from api.settings import ApiSettings
from kernel.errors import RateLimited
from kernel.settings import settings
from registry.identity.service import set_password
from registry.models import Person
from registry.models import Session as SignIn
from registry.permissions import PLATFORM
from runtime.embedded.service import free_port
from runtime.embedded.valkey import EmbeddedValkey
from tests.integration.conftest import ClientFor
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


@contextmanager
def _signed_in(api: Api, email: str) -> Iterator[httpx.Client]:
    with api.anonymous() as client:
        answer = _sign_in(client, email)
        assert answer.status_code == 201
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        yield client


def test_a_person_without_a_password_or_inactive_cannot_sign_in(
    api: Api, anonymous: httpx.Client, person: str
) -> None:
    with api.database.transaction() as session:
        invited = factories.person(session, "engineer").email
        session.execute(update(Person).where(Person.email == person).values(active=False))
    assert _sign_in(anonymous, invited, "").status_code == 422
    assert _sign_in(anonymous, invited, "anything at all").status_code == 401
    assert _sign_in(anonymous, person).status_code == 401


def test_signing_out_ends_the_session_for_good(api: Api, person: str) -> None:
    with _signed_in(api, person) as client:
        token = client.cookies[SESSION_COOKIE]
        assert client.delete("/session").status_code == 204
        assert SESSION_COOKIE not in client.cookies
        client.cookies.set(SESSION_COOKIE, token)
        answer = client.get("/session")
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_session_ends_with_its_time_and_with_its_owner(api: Api, person: str) -> None:
    with _signed_in(api, person) as client, _signed_in(api, person) as other:
        with api.database.transaction() as session:
            newest = session.scalars(
                select(SignIn)
                .join(Person, Person.id == SignIn.person_id)
                .where(Person.email == person)
                .order_by(SignIn.id.desc())
            ).first()
            assert newest is not None
            newest.expires_at = datetime.now(UTC) - timedelta(seconds=1)
        answers = {client.get("/session").status_code, other.get("/session").status_code}
        assert answers == {200, 401}
        with api.database.transaction() as session:
            session.execute(update(Person).where(Person.email == person).values(active=False))
        assert client.get("/session").status_code == other.get("/session").status_code == 401


def test_one_sees_and_ends_only_ones_own_sessions(api: Api, person: str) -> None:
    with _signed_in(api, person) as here, _signed_in(api, person) as there:
        listed = here.get("/sessions").json()["items"]
        assert [one["present"] for one in listed].count(True) == 1
        assert len(listed) == 2
        theirs = next(one["id"] for one in listed if not one["present"])
        with api.client_for("admin") as stranger:
            assert stranger.delete(f"/sessions/{theirs}").status_code == 404
        assert here.delete(f"/sessions/{theirs}").status_code == 204
        assert there.get("/session").status_code == 401
        assert here.get("/session").status_code == 200


def test_changing_the_password_ends_every_session(api: Api, person: str) -> None:
    new = "five other sensible words"
    with _signed_in(api, person) as here, _signed_in(api, person) as there:
        wrong = here.put("/session/password", json={"present_password": "no", "new_password": new})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_password")
        weak = here.put(
            "/session/password",
            json={"present_password": PASSWORD, "new_password": "aaaaaaaaaaaaa"},
        )
        assert (weak.status_code, weak.json()["code"]) == (422, "weak_password")
        assert there.get("/session").status_code == 200
        done = here.put(
            "/session/password", json={"present_password": PASSWORD, "new_password": new}
        )
        assert done.status_code == 200
        assert here.get("/session").status_code == 200
        assert there.get("/session").status_code == 401
    with api.anonymous() as client:
        assert _sign_in(client, person).status_code == 401
        assert _sign_in(client, person, new).status_code == 201


def test_one_may_change_ones_own_name_and_language(client_for: ClientFor) -> None:
    client = client_for("storekeeper")
    changed = client.patch("/session", json={"language": "zh", "name": "王伟"})
    assert changed.status_code == 200
    assert (changed.json()["language"], changed.json()["name"]) == ("zh", "王伟")
    assert client.patch("/session", json={"roles": ["admin"]}).status_code == 422


def test_changes_with_a_cookie_need_our_own_page(client_for: ClientFor) -> None:
    client = client_for("admin")
    body = {"language": "zh"}
    token = client.headers.pop("X-CSRF-Token")
    for headers in (
        {},
        {"X-CSRF-Token": "0" * 64},
        {"X-CSRF-Token": token, "Origin": "https://evil.example"},
        {"X-CSRF-Token": token, "Origin": "null"},
        {"X-CSRF-Token": token, "Sec-Fetch-Site": "cross-site"},
    ):
        refused = client.patch("/session", json=body, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed"), headers
    own = str(client.base_url).removesuffix("/api/v1/")
    good = {"X-CSRF-Token": token, "Origin": own}
    assert client.patch("/session", json=body, headers=good).status_code == 200
    assert client.get("/session", headers={"Origin": "https://evil.example"}).status_code == 200


def test_signing_in_from_another_site_is_refused(anonymous: httpx.Client, person: str) -> None:
    answer = anonymous.post(
        "/session",
        json={"email": person, "password": PASSWORD},
        headers={"Origin": "https://evil.example"},
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    assert "set-cookie" not in answer.headers


def test_machines_sign_in_with_a_token_and_need_no_csrf(
    api: Api, client_for: ClientFor, anonymous: httpx.Client
) -> None:
    admin = client_for("admin")
    with api.database.transaction() as session:
        machine = factories.person(session, "desk_lead").id
    made = admin.post(f"/people/{machine}/tokens", json={"name": "ERP"})
    assert made.status_code == 201
    anonymous.headers["Authorization"] = f"Bearer {made.json()['secret']}"
    me = anonymous.get("/session").json()
    assert (me["person_id"], me["csrf_token"]) == (machine, None)
    assert anonymous.patch("/session", json={"language": "zh"}).status_code == 200
    listed = admin.get(f"/people/{machine}/tokens").json()["items"]
    assert [one["id"] for one in listed] == [made.json()["id"]]
    assert listed[0]["last_used_at"] is not None
    assert "secret" not in listed[0]
    gone = admin.delete(f"/people/{machine}/tokens/{made.json()['id']}")
    assert gone.status_code == 204
    assert anonymous.get("/session").status_code == 401


def test_a_wrong_token_is_not_saved_by_a_good_cookie(client_for: ClientFor) -> None:
    client = client_for("admin")
    for wrong in ("Bearer fwt_nonsense", "Basic YTpi", "Bearer", "fwt_x"):
        assert client.get("/session", headers={"Authorization": wrong}).status_code == 401


def test_an_expired_token_is_refused(
    api: Api, client_for: ClientFor, anonymous: httpx.Client
) -> None:
    with api.database.transaction() as session:
        machine = factories.person(session, "engineer").id
    past = "2020-01-01T00:00:00Z"
    made = client_for("admin").post(
        f"/people/{machine}/tokens", json={"name": "old", "expires_at": past}
    )
    headers = {"Authorization": f"Bearer {made.json()['secret']}"}
    assert anonymous.get("/session", headers=headers).status_code == 401


def test_attempts_are_limited_by_account(anonymous: httpx.Client, person: str) -> None:
    most = settings(ApiSettings).sign_ins_per_account
    for _ in range(most):
        assert _sign_in(anonymous, person, "wrong wrong wrong").status_code == 401
    limited = _sign_in(anonymous, person)
    assert (limited.status_code, limited.json()["code"]) == (429, "rate_limited")
    assert 0 < int(limited.headers["retry-after"]) <= 15 * 60 + 1


def test_a_right_password_forgets_the_wrong_ones(anonymous: httpx.Client, person: str) -> None:
    for _ in range(3):
        for _ in range(settings(ApiSettings).sign_ins_per_account // 2):
            assert _sign_in(anonymous, person, "wrong wrong wrong").status_code == 401
        assert _sign_in(anonymous, person).status_code == 201


def test_attempts_from_one_address_are_limited(
    served_app: tuple[FastAPI, str], anonymous: httpx.Client
) -> None:
    served_app[0].state.sign_in_limits = SignInLimits("", ApiSettings(sign_ins_per_minute=3))
    answers = [_sign_in(anonymous, f"p{n}@example.com").status_code for n in range(8)]
    # A minute may end in between.
    assert 3 <= answers.count(401) <= 6
    assert 429 in answers


def test_attempts_are_counted_together_in_redis(
    api: Api, valkey: EmbeddedValkey, person: str
) -> None:
    one, other = (SignInLimits(valkey.url, settings(ApiSettings)) for _ in range(2))
    for number in range(settings(ApiSettings).sign_ins_per_account):
        (one if number % 2 else other).attempt("sign_in", f"10.0.0.{number}", person)
    for limits in (one, other):
        with pytest.raises(RateLimited):
            limits.attempt("sign_in", "10.0.1.1", person)
    one.succeeded("sign_in", person)
    other.attempt("sign_in", "10.0.1.2", person)
    del api


def test_without_redis_each_process_counts_for_itself(api: Api, person: str) -> None:
    limits = SignInLimits(f"redis://127.0.0.1:{free_port()}/0", settings(ApiSettings))
    for number in range(settings(ApiSettings).sign_ins_per_account):
        limits.attempt("sign_in", f"10.0.0.{number}", person)
    with pytest.raises(RateLimited):
        limits.attempt("sign_in", "10.0.1.1", person)
    del api


def test_many_people_sign_in_at_once(api: Api) -> None:
    with api.database.transaction() as session:
        emails = []
        for _ in range(12):
            made = factories.person(session, "engineer")
            set_password(session, PLATFORM, made.id, PASSWORD)
            emails.append(made.email)

    def sign_in(email: str) -> int:
        with api.anonymous() as client:
            return _sign_in(client, email).status_code

    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(sign_in, emails)) == {201}
