"""Nobody sees or changes anything of an organisation outside of their scope."""

from dataclasses import dataclass

import httpx
import pytest

from kernel.ids import new_id
from registry.models import Contact, Organisation
from telemetry.service import register_series
from tests.integration.conftest import ClientFor
from tests.support import factories
from tests.support.http import Api

MARK = "Quokka"


@dataclass(frozen=True)
class Theirs:
    """What belongs to one customer, everything named with the mark."""

    dealer: Organisation
    customer: Organisation
    site: str
    asset: str
    contact: str
    person: str
    attachment: str
    complaint: str
    work_order: str
    gateway: str
    series: int
    claim: str
    location: str


@pytest.fixture
def theirs(api: Api, client_for: ClientFor) -> Theirs:
    with api.database.transaction() as session:
        dealer = factories.organisation(session, "dealer", name=f"{MARK} dealer")
        customer = factories.organisation(session, name=f"{MARK} customer", parent=dealer.id)
        site = factories.site(session, customer)
        site.name = f"{MARK} site"
        asset = factories.asset(session, customer, on_site=site, serial_number=new_id(MARK))
        asset.name = f"{MARK} pump"
        person = factories.person(session, "customer", customer, name=f"{MARK} person")
        gateway = factories.gateway(session, site)
        gateway.name = f"{MARK} gateway"
        series = register_series(
            session,
            asset.id,
            f"{MARK} vibration",
            unit="mm/s",
            low=0.0,
            high=20.0,
            kind="vibration",
            data_type="number",
        )
        contact = Contact(id=new_id("con"), organisation_id=customer.id, name=f"{MARK} contact")
        session.add(contact)
    admin = client_for("admin")
    attached = admin.post(
        "/attachments",
        data={"object_kind": "asset", "object_id": asset.id},
        files={"file": (f"{MARK}.txt", b"hello")},
    )
    assert attached.status_code == 201, attached.text
    complaint = admin.post(
        "/complaints",
        json={"asset_id": asset.id, "title": f"{MARK} noise", "description": f"{MARK} rattles"},
    )
    assert complaint.status_code == 201, complaint.text
    order = admin.post(
        "/work-orders",
        json={
            "kind": "corrective",
            "asset_id": asset.id,
            "title": f"{MARK} order",
            "description": f"{MARK} check",
        },
    )
    assert order.status_code == 201, order.text
    part = admin.post(
        "/parts", json={"number": new_id("BRG"), "name_en": "Bearing", "name_zh": "轴承"}
    )
    assert part.status_code == 201, part.text
    claim = admin.post(
        "/claims",
        json={
            "asset_id": asset.id,
            "failure_on": "2026-02-01",
            "draft": True,
            "invoice_number": f"{MARK}-1",
            "lines": [{"position": "drive end", "part_number": part.json()["number"]}],
        },
    )
    assert claim.status_code == 201, claim.text
    location = admin.post(
        "/locations",
        json={"kind": "warehouse", "name": f"{MARK} store", "organisation_id": customer.id},
    )
    assert location.status_code == 201, location.text
    return Theirs(
        dealer,
        customer,
        site.id,
        asset.id,
        contact.id,
        person.id,
        attached.json()["id"],
        complaint.json()["id"],
        order.json()["id"],
        gateway.id,
        series,
        claim.json()["id"],
        location.json()["id"],
    )


LISTS = (
    "/organisations",
    "/contacts",
    "/people",
    "/sites",
    "/assets",
    "/complaints",
    "/work-orders",
    "/gateways",
    "/claims",
    "/locations",
    "/audit",
)


def _paths(theirs: Theirs) -> list[str]:
    return [
        f"/organisations/{theirs.customer.id}",
        f"/contacts/{theirs.contact}",
        f"/people/{theirs.person}",
        f"/people/{theirs.person}/tokens",
        f"/sites/{theirs.site}",
        f"/assets/{theirs.asset}",
        f"/assets/{theirs.asset}/history",
        f"/assets/{theirs.asset}/tags",
        f"/attachments/{theirs.attachment}",
        f"/attachments/{theirs.attachment}/content",
        f"/attachments?object_kind=asset&object_id={theirs.asset}",
        f"/complaints/{theirs.complaint}",
        f"/work-orders/{theirs.work_order}",
        f"/gateways/{theirs.gateway}",
        f"/assets/{theirs.asset}/series",
        f"/assets/{theirs.asset}/coverage?on=2026-02-01",
        f"/assets/{theirs.asset}/fittings",
        f"/series/{theirs.series}/readings?start=2026-01-01T00:00:00Z&end=2026-01-02T00:00:00Z",
        f"/claims/{theirs.claim}",
        f"/locations/{theirs.location}",
    ]


def _all(client: httpx.Client, path: str) -> str:
    texts, cursor = [], None
    while True:
        answer = client.get(path, params={"limit": 200, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        texts.append(answer.text)
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return "".join(texts)


def test_another_customers_administrator_sees_nothing(
    api: Api, client_for: ClientFor, theirs: Theirs
) -> None:
    with api.database.transaction() as session:
        other = factories.organisation(session, parent=theirs.dealer.id)
    stranger = client_for("admin", other)
    for path in LISTS:
        assert MARK not in _all(stranger, path), path
    assert MARK not in stranger.get("/search", params={"q": MARK, "limit": 20}).json()["items"]
    for path in _paths(theirs):
        answer = stranger.get(path)
        assert answer.status_code == 404, path
        assert MARK not in answer.text


def test_who_is_above_sees_everything(client_for: ClientFor, theirs: Theirs) -> None:
    for client in (client_for("admin"), client_for("admin", theirs.dealer)):
        for path in (*LISTS, f"/search?q={MARK}"):
            if path.startswith("/search"):
                kinds = {hit["kind"] for hit in client.get(path).json()["items"]}
                wanted = {"organisation", "asset", "site", "person", "contact", "complaint"}
                assert wanted <= kinds
            else:
                assert MARK in _all(client, path), path
        for path in _paths(theirs):
            assert client.get(path).status_code == 200, path


def test_another_customers_administrator_changes_nothing(
    api: Api, client_for: ClientFor, theirs: Theirs
) -> None:
    with api.database.transaction() as session:
        other = factories.organisation(session, parent=theirs.dealer.id)
        model = factories.asset(session, other).model_id
    stranger = client_for("admin", other)
    for path in (
        f"/organisations/{theirs.customer.id}",
        f"/contacts/{theirs.contact}",
        f"/people/{theirs.person}",
        f"/sites/{theirs.site}",
        f"/assets/{theirs.asset}",
    ):
        assert stranger.patch(path, json={"name": "mine"}).status_code == 404, path
        assert client_for("admin").get(path).json()["name"] != "mine"
    for path in (
        f"/organisations/{theirs.customer.id}/archive",
        f"/sites/{theirs.site}/archive",
        f"/assets/{theirs.asset}/archive",
        f"/contacts/{theirs.contact}/archive",
        f"/people/{theirs.person}/password-link",
    ):
        assert stranger.post(path).status_code == 404, path
    assert stranger.delete(f"/attachments/{theirs.attachment}?reason=x").status_code == 404
    assert stranger.post(f"/people/{theirs.person}/tokens", json={"name": "x"}).status_code == 404
    assert stranger.put(f"/people/{theirs.person}/shifts", json={"shifts": []}).status_code == 404
    theirs_id = theirs.customer.id
    for path, body in (
        ("/organisations", {"kind": "customer", "name": "x", "parent_id": theirs.dealer.id}),
        ("/contacts", {"organisation_id": theirs_id, "name": "x"}),
        ("/people", {"organisation_id": theirs_id, "name": "x", "email": "x@example.com"}),
        ("/sites", {"organisation_id": theirs_id, "name": "x"}),
        (
            "/assets",
            {
                "organisation_id": theirs_id,
                "name": "x",
                "serial_number": new_id("SN"),
                "model_id": model,
            },
        ),
    ):
        answer = stranger.post(path, json=body)
        assert answer.status_code == 422, path
        assert answer.json()["code"] in {"unknown_organisation", "invalid_parent"}
    own = {
        "organisation_id": other.id,
        "name": "x",
        "serial_number": new_id("SN"),
        "model_id": model,
    }
    borrowed = stranger.post("/assets", json={**own, "site_id": theirs.site})
    assert (borrowed.status_code, borrowed.json()["code"]) == (422, "unknown_site")
    mine = stranger.post("/assets", json=own).json()["id"]
    given = stranger.patch(f"/assets/{mine}", json={"organisation_id": theirs_id})
    assert (given.status_code, given.json()["code"]) == (422, "unknown_organisation")


def test_a_scoped_administrator_gives_no_rights_beyond_their_own(
    api: Api, client_for: ClientFor
) -> None:
    with api.database.transaction() as session:
        other = factories.organisation(session)
        boss = factories.person(session, "gateway", other).id  # may do what no administrator may
    scoped = client_for("admin", other)
    refused = scoped.post(
        "/people",
        json={
            "organisation_id": other.id,
            "name": "x",
            "email": "beyond@example.com",
            "roles": ["gateway"],
        },
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "beyond_own_rights")
    for answer in (
        scoped.patch(f"/people/{boss}", json={"email": "taken.over@example.com"}),
        scoped.post(f"/people/{boss}/password-link"),
        scoped.post(f"/people/{boss}/tokens", json={"name": "x"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "beyond_own_rights")
    for answer in (
        scoped.put("/roles/customer", json={"permissions": []}),
        scoped.post("/roles", json={"name": "own_role"}),
        scoped.delete("/roles/customer"),
        scoped.post("/product-models", json={"code": "x", "name": "x"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_everybody_may_read_their_own_organisation_alone(api: Api, client_for: ClientFor) -> None:
    with api.database.transaction() as session:
        own, other = factories.organisation(session), factories.organisation(session)
    gateway = client_for("gateway", own)
    assert gateway.get(f"/organisations/{own.id}").status_code == 200
    assert gateway.get(f"/organisations/{other.id}").status_code == 403
