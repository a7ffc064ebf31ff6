"""A ticket names its machine by id, by serial number, or by both where they agree."""

import httpx
import pytest

from registry.models import Organisation
from tests.integration.conftest import ClientFor
from tests.integration.work_orders.plant import Plant
from tests.support import factories
from tests.support.http import Api

BODIES = {
    "/work-orders": {"kind": "corrective", "title": "loud"},
    "/complaints": {"description": "loud"},
}


@pytest.fixture(params=BODIES)
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(plant: Plant, client_for: ClientFor, path: str) -> httpx.Client:
    person = plant.lead if path == "/work-orders" else plant.customer
    return client_for("", person_id=person.person_id)


def test_an_id_with_anothers_serial_number_is_refused(
    api: Api, plant: Plant, client: httpx.Client, path: str
) -> None:
    with api.database.transaction() as session:
        owner = session.get_one(Organisation, plant.organisation_id)
        serial_number = factories.asset(session, owner).serial_number
        foreign = factories.asset(session).serial_number
    named = {**BODIES[path], "asset_id": plant.asset_id}
    refused = client.post(path, json={**named, "serial_number": serial_number})
    assert (refused.status_code, refused.json()["code"]) == (422, "different_machines")
    assert refused.json()["facts"] == {
        "field": "serial_number",
        "serial_number": serial_number,
        "asset_id": plant.asset_id,
    }
    for unknown in ("SN-NOPE", *((foreign,) if path == "/complaints" else ())):
        refused = client.post(path, json={**named, "serial_number": unknown})
        assert (refused.status_code, refused.json()["code"]) == (422, "unknown_serial")
    assert client.get(path).json()["items"] == []


def test_an_id_and_its_serial_number_agree(plant: Plant, client: httpx.Client, path: str) -> None:
    named = {"asset_id": plant.asset_id, "serial_number": f" {plant.serial_number.lower()}"}
    made = client.post(path, json={**BODIES[path], **named})
    assert made.status_code == 201, made.text
    assert made.json()["asset_id"] == plant.asset_id
