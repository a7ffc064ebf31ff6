"""One search finds everything one may see, and nothing else."""

import pytest

from kernel.ids import new_id
from registry.models import Contact
from tests.integration.conftest import ClientFor
from tests.support import factories
from tests.support.http import Api


@pytest.fixture
def word(api: Api, client_for: ClientFor) -> str:
    """A word that an organisation, a site, an asset, two people, an order, a complaint and a part hold."""
    mark = new_id("w")
    with api.database.transaction() as session:
        owner = factories.organisation(session, name=f"Works {mark}")
        site = factories.site(session, owner)
        site.name = f"Hall {mark}"
        asset = factories.asset(session, owner, on_site=site, serial_number=f"S-{mark}")
        factories.person(session, "customer", owner, name=f"Li {mark}")
        session.add(
            Contact(id=new_id("con"), organisation_id=owner.id, name=f"Wang {mark}", phone="123")
        )
    admin = client_for("admin")
    for path, body in (
        ("/complaints", {"asset_id": asset.id, "title": f"Noise {mark}", "description": "x"}),
        ("/work-orders", {"kind": "corrective", "asset_id": asset.id, "title": f"Bearing {mark}"}),
    ):
        made = admin.post(path, json=body)
        assert made.status_code == 201, made.text
    return mark


def _found(client_for: ClientFor, role: str, query: str) -> dict[str, str]:
    answer = client_for(role).get("/search", params={"q": query})
    assert answer.status_code == 200, answer.text
    assert answer.json()["query"] == query.strip()
    return {hit["kind"]: hit["title"] for hit in answer.json()["items"]}


def test_everything_is_found_by_one_word(client_for: ClientFor, word: str) -> None:
    found = _found(client_for, "admin", word)
    assert set(found) >= {
        "organisation", "site", "asset", "person", "contact", "complaint", "work_order",
    }  # fmt: skip
    assert found["asset"].startswith(f"S-{word}")


def test_a_serial_is_found_however_it_is_typed(client_for: ClientFor, word: str) -> None:
    for typed in (f"s{word}", f" S {word.upper()} ", f"s-{word}"[:-3]):
        assert "asset" in _found(client_for, "admin", typed), typed


def test_a_role_finds_what_it_may_see(client_for: ClientFor, word: str) -> None:
    assert _found(client_for, "gateway", word) == {}
    keeper = _found(client_for, "storekeeper", word)
    assert set(keeper) == {"organisation", "site", "asset", "work_order"}


def test_a_search_needs_a_word(client_for: ClientFor) -> None:
    client = client_for("admin")
    for query in ("", "   ", "x" * 201):
        assert client.get("/search", params={"q": query}).status_code == 422
    for query in ("%", "_", "\\", "'", "*", "(", "a & b", "的"):
        assert client.get("/search", params={"q": query}).status_code == 200, query
