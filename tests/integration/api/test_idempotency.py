"""A create with an `Idempotency-Key` is carried out once, however often and however soon it is repeated."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import httpx
import pytest
from sqlalchemy import func, select

from api import idempotency
from api.models import IdempotencyKey
from kernel.ids import new_id
from registry.models import Contact
from tests.integration.conftest import ClientFor
from tests.support import factories
from tests.support.http import Api


@pytest.fixture
def customer(api: Api) -> str:
    with api.database.transaction() as session:
        return factories.organisation(session).id


def _create(
    client: httpx.Client, customer: str, key: str, name: str = "Wang Wei"
) -> httpx.Response:
    return client.post(
        "/contacts",
        json={"organisation_id": customer, "name": name},
        headers={"Idempotency-Key": key},
    )


def _count(api: Api, customer: str) -> int:
    with api.database.transaction() as session:
        return session.scalars(
            select(func.count()).select_from(Contact).where(Contact.organisation_id == customer)
        ).one()


def test_the_same_request_gets_the_same_answer(
    api: Api, client_for: ClientFor, customer: str
) -> None:
    admin, key = client_for("admin"), new_id("key")
    first, again = _create(admin, customer, key), _create(admin, customer, key)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first.headers["etag"] == again.headers["etag"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert _count(api, customer) == 1


def test_another_request_with_the_key_is_refused(
    api: Api, client_for: ClientFor, customer: str
) -> None:
    admin, key = client_for("admin"), new_id("key")
    _create(admin, customer, key)
    other = _create(admin, customer, key, "Somebody Else")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    elsewhere = admin.post(
        "/sites",
        json={"organisation_id": customer, "name": "Wang Wei"},
        headers={"Idempotency-Key": key},
    )
    assert elsewhere.status_code == 409
    assert _count(api, customer) == 1


def test_keys_of_two_people_are_apart(api: Api, client_for: ClientFor, customer: str) -> None:
    key = new_id("key")
    for client in (client_for("admin"), client_for("admin")):
        assert _create(client, customer, key).status_code == 201
    assert _count(api, customer) == 2


def test_a_request_that_failed_may_be_tried_again(
    api: Api, client_for: ClientFor, customer: str
) -> None:
    admin, key = client_for("admin"), new_id("key")
    assert _create(admin, customer, key, "").status_code == 422
    assert _create(admin, "org_nowhere", key).status_code == 422
    assert _create(admin, customer, key).status_code == 201
    assert _count(api, customer) == 1


def test_thirty_two_at_once_make_one_row(api: Api, client_for: ClientFor, customer: str) -> None:
    admin, key = client_for("admin"), new_id("key")
    together = Barrier(32)

    def create(_: int) -> httpx.Response:
        together.wait()
        return _create(admin, customer, key)

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(create, range(32)))
    assert Counter(answer.status_code for answer in answers) == {201: 32}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert _count(api, customer) == 1


@pytest.mark.parametrize("key", ["short", "x" * 201, "with spaces", "é" * 10])
def test_a_key_that_cannot_be_one_is_refused(
    client_for: ClientFor, customer: str, key: str
) -> None:
    answer = client_for("admin").post(
        "/contacts",
        json={"organisation_id": customer, "name": "a"},
        headers=[(b"Idempotency-Key", key.encode("latin-1"))],
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_old_keys_are_forgotten(api: Api, client_for: ClientFor, customer: str) -> None:
    admin, key = client_for("admin"), new_id("key")
    _create(admin, customer, key)
    with api.database.transaction() as session:
        idempotency.forget(session, datetime.now(UTC) - timedelta(hours=1))
        assert session.get(IdempotencyKey, (admin.headers["x-test-person"], key)) is not None
        idempotency.forget(session, datetime.now(UTC) + timedelta(hours=1))
        session.expire_all()
        assert session.get(IdempotencyKey, (admin.headers["x-test-person"], key)) is None
