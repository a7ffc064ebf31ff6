"""A request is one transaction, committed before the client hears of success."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import func, select

from api.deps import TRANSACTIONS_MAX
from registry.models import Contact
from tests.integration.conftest import ClientFor
from tests.support import factories
from tests.support.databases import DatabaseUrls
from tests.support.http import Api


@pytest.fixture
def at_commit(module_urls: DatabaseUrls) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """The owner's connection; what it adds to `registry.contacts` is taken away afterwards."""
    with psycopg.connect(module_urls.owner, autocommit=True) as connection:
        yield connection
        connection.execute("DROP TRIGGER IF EXISTS at_commit ON registry.contacts")
        connection.execute("DROP FUNCTION IF EXISTS registry.at_commit")


def _when_committing(connection: psycopg.Connection[tuple[object, ...]], statement: str) -> None:
    connection.execute(
        "CREATE FUNCTION registry.at_commit() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {statement}; RETURN NULL; END $$"
    )
    connection.execute(
        "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON registry.contacts "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION registry.at_commit()"
    )


def _contacts(api: Api, organisation_id: str) -> int:
    with api.database.transaction() as session:
        return session.scalars(
            select(func.count())
            .select_from(Contact)
            .where(Contact.organisation_id == organisation_id)
        ).one()


def _customer(api: Api) -> str:
    with api.database.transaction() as session:
        return factories.organisation(session).id


def test_a_commit_that_fails_is_not_called_success(
    api: Api, client_for: ClientFor, at_commit: psycopg.Connection[tuple[object, ...]]
) -> None:
    customer, admin = _customer(api), client_for("admin")
    _when_committing(at_commit, "RAISE EXCEPTION 'not this one' USING ERRCODE = 'check_violation'")
    answer = admin.post("/contacts", json={"organisation_id": customer, "name": "Wang Wei"})
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert "etag" not in answer.headers
    assert _contacts(api, customer) == 0


def test_success_is_told_after_the_commit(
    api: Api, client_for: ClientFor, at_commit: psycopg.Connection[tuple[object, ...]]
) -> None:
    customer, admin = _customer(api), client_for("admin")
    # Were the answer sent first, it would be here well before the row is to be seen.
    _when_committing(at_commit, "PERFORM pg_sleep(0.4)")
    answer = admin.post("/contacts", json={"organisation_id": customer, "name": "Wang Wei"})
    seen = _contacts(api, customer)
    assert (answer.status_code, seen) == (201, 1)


def test_an_error_undoes_everything(api: Api, client_for: ClientFor) -> None:
    customer, admin = _customer(api), client_for("admin")
    made = admin.post("/contacts", json={"organisation_id": customer, "name": "Wang Wei"}).json()
    stale = admin.patch(
        f"/contacts/{made['id']}", json={"name": "Other"}, headers={"If-Match": '"7"'}
    )
    assert stale.status_code == 412
    assert admin.get(f"/contacts/{made['id']}").json() == made


def test_more_requests_than_connections_all_get_through(api: Api, client_for: ClientFor) -> None:
    customer, admin = _customer(api), client_for("admin")
    many = TRANSACTIONS_MAX * 5

    def add(number: int) -> int:
        body = {"organisation_id": customer, "name": f"Contact {number}"}
        return admin.post("/contacts", json=body).status_code

    with ThreadPoolExecutor(many) as pool:
        assert set(pool.map(add, range(many))) == {201}
    assert _contacts(api, customer) == many


def test_the_second_save_is_told_about_the_first(api: Api, client_for: ClientFor) -> None:
    customer, admin = _customer(api), client_for("admin")
    made = admin.post("/contacts", json={"organisation_id": customer, "name": "Wang Wei"})
    assert made.headers["etag"] == '"1"'
    path = f"/contacts/{made.json()['id']}"

    def save(number: int) -> int:
        return admin.patch(
            path, json={"name": f"Name {number}"}, headers={"If-Match": '"1"'}
        ).status_code

    with ThreadPoolExecutor(16) as pool:
        answers = sorted(pool.map(save, range(16)))
    assert answers == [200] + [412] * 15
    assert admin.get(path).headers["etag"] == '"2"'
