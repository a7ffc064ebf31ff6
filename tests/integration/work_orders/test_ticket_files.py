"""Files on tickets: who may send, see and take off which, and what the timeline tells of it."""

from typing import Any

import httpx
import pytest

from registry.permissions import Principal
from tests.integration.conftest import ClientFor
from tests.integration.work_orders.plant import Plant, assigned_order, complaint
from tests.support import pictures
from tests.support.http import Api

STAFF = ("lead", "agent", "engineer")


@pytest.fixture(params=["work_order", "complaint"])
def ticket(api: Api, plant: Plant, request: pytest.FixtureRequest) -> tuple[str, str]:
    """Return family and id of one of the plant's tickets."""
    with api.database.transaction() as session:
        made = (assigned_order if request.param == "work_order" else complaint)(session, plant)
        return str(request.param), made.ticket.id


def _client(client_for: ClientFor, person: Principal) -> httpx.Client:
    return client_for("", person_id=person.person_id)


def _send(
    client: httpx.Client, ticket: tuple[str, str], content: bytes | None = None, **fields: str
) -> httpx.Response:
    return client.post(
        "/attachments",
        data={"object_kind": ticket[0], "object_id": ticket[1], **fields},
        files={"file": ("pump.jpg", content or pictures.jpeg(pictures.exif()), "image/jpeg")},
    )


def _listed(client: httpx.Client, ticket: tuple[str, str]) -> list[str]:
    params = {"object_kind": ticket[0], "object_id": ticket[1]}
    return [each["id"] for each in client.get("/attachments", params=params).json()["items"]]


def _told(client: httpx.Client, ticket: tuple[str, str]) -> list[dict[str, Any]]:
    family = {"work_order": "work-orders", "complaint": "complaints"}[ticket[0]]
    timeline = client.get(f"/{family}/{ticket[1]}").json()["timeline"]
    return [each for each in timeline if each["kind"] == "attachment"]


def test_a_picture_from_a_phone_tells_no_place(
    client_for: ClientFor, plant: Plant, ticket: tuple[str, str]
) -> None:
    customer = _client(client_for, plant.customer)
    sent = _send(customer, ticket)
    assert sent.status_code == 201, sent.text
    content = customer.get(f"/attachments/{sent.json()['id']}/content", params={"inline": True})
    assert pictures.PLACE not in content.content
    assert content.headers["content-type"] == "image/jpeg"
    assert content.headers["x-content-type-options"] == "nosniff"
    wanted = _send(customer, ticket, keep_metadata="true").json()["id"]
    assert pictures.PLACE in customer.get(f"/attachments/{wanted}/content").content


def test_what_is_internal_is_not_there_for_the_customer(
    client_for: ClientFor, plant: Plant, ticket: tuple[str, str]
) -> None:
    lead, customer = _client(client_for, plant.lead), _client(client_for, plant.customer)
    shared, kept = (
        _send(lead, ticket).json()["id"],
        _send(lead, ticket, internal="true").json()["id"],
    )
    assert _listed(customer, ticket) == [shared]
    assert customer.get(f"/attachments/{shared}/content").status_code == 200
    for path in (f"/attachments/{kept}", f"/attachments/{kept}/content"):
        assert customer.get(path).status_code == 404
    assert customer.delete(f"/attachments/{kept}", params={"reason": "x"}).status_code == 404
    assert [each["data"]["attachment_id"] for each in _told(customer, ticket)] == [shared]
    assert len(_told(lead, ticket)) == 2
    for name in STAFF:
        assert _listed(_client(client_for, getattr(plant, name)), ticket) == [kept, shared], name
    refused = _send(customer, ticket, internal="true")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert _listed(lead, ticket) == [kept, shared]


def test_another_customer_learns_nothing_of_files(
    client_for: ClientFor, plant: Plant, ticket: tuple[str, str]
) -> None:
    lead, stranger = _client(client_for, plant.lead), _client(client_for, plant.stranger)
    sent = _send(lead, ticket).json()["id"]
    params = {"object_kind": ticket[0], "object_id": ticket[1]}
    for answer in (
        stranger.get("/attachments", params=params),
        stranger.get(f"/attachments/{sent}"),
        stranger.get(f"/attachments/{sent}/content"),
        stranger.delete(f"/attachments/{sent}", params={"reason": "x"}),
        _send(stranger, ticket),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert _listed(lead, ticket) == [sent]


def test_taking_a_file_off_says_why(
    client_for: ClientFor, plant: Plant, ticket: tuple[str, str]
) -> None:
    lead, customer = _client(client_for, plant.lead), _client(client_for, plant.customer)
    sent = _send(customer, ticket).json()
    path = f"/attachments/{sent['id']}"
    assert customer.delete(path).status_code == 422
    assert customer.delete(path, params={"reason": "  "}).json()["code"] == "invalid_input"
    assert lead.delete(path, params={"reason": "not mine"}).status_code == 403
    assert _listed(lead, ticket) == [sent["id"]]
    script = "<script>alert(1)</script>"
    assert customer.delete(path, params={"reason": script}).status_code == 204
    assert _listed(lead, ticket) == []
    came, went = _told(lead, ticket)
    assert (came["data"]["removed"], came["text"]) == (False, None)
    assert (went["data"]["removed"], went["text"]) == (True, script)
    assert went["data"]["sha256"] == sent["sha256"]
    assert customer.get(f"{path}/content").status_code == 404


def test_a_refused_file_leaves_nothing(
    client_for: ClientFor, plant: Plant, ticket: tuple[str, str]
) -> None:
    customer = _client(client_for, plant.customer)
    refused = _send(customer, ticket, b"\xff\xd8\xff\xe0 and no picture")
    assert (refused.status_code, refused.json()["code"]) == (422, "broken_file")
    assert _listed(customer, ticket) == []
    assert _told(customer, ticket) == []
