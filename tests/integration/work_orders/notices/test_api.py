"""Notices over HTTP: what is one's own, what an administrator may, and that no address comes back."""

import pytest

from kernel.settings import forget_settings
from registry.models import Organisation
from tests.integration.conftest import ClientFor
from tests.integration.work_orders.notices.conftest import Desk
from tests.support.hooks import Hooks
from tests.support.http import Api


@pytest.fixture(autouse=True)
def _cookies_without_tls(_gateways: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOREWARN_PUBLIC_URL")
    forget_settings()


ADDRESS = "jsons://user:Tr0ub4dor@93.184.215.14/Gr33nH0use"


def test_an_address_is_never_given_back(api: Api, client_for: ClientFor) -> None:
    client = client_for("engineer")
    made = client.post(
        "/notice-channels", json={"kind": "address", "address": ADDRESS, "label": "Chat"}
    )
    assert made.status_code == 201, made.text
    listed = client.get("/notice-channels")
    assert listed.json()["items"] == [made.json()]
    assert made.json()["hint"] == "jsons://…"
    refused = client.post(
        "/notice-channels",
        json={"kind": "address", "address": ADDRESS.replace("jsons", "xmpp"), "label": "Chat"},
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_channel")
    for answer in (made, listed, refused):
        assert "Gr33nH0use" not in answer.text
        assert "Tr0ub4dor" not in answer.text
    assert api.url


def test_nobody_reaches_anothers_channel(client_for: ClientFor) -> None:
    owner, other = client_for("engineer"), client_for("admin")
    body = {"kind": "address", "address": ADDRESS, "label": "Chat"}
    channel_id = owner.post("/notice-channels", json=body).json()["id"]
    path = f"/notice-channels/{channel_id}"
    assert other.put(path, json={"enabled": False}).status_code == 404
    assert other.post(f"{path}/test").status_code == 404
    assert other.delete(path).status_code == 404
    assert other.get("/notice-channels").json()["items"] == []
    assert owner.delete(path).status_code == 204
    assert owner.get("/notice-channels").json()["items"] == []


def test_a_test_says_what_became_of_it(
    client_for: ClientFor, desk: Desk, hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREWARN_NOTICES_ALLOWED_NETWORKS", "127.0.0.0/8")
    forget_settings()
    client = client_for("engineer")
    body = {"kind": "address", "address": f"json://{hooks.url}/x", "label": "Chat"}
    channel_id = client.post("/notice-channels", json=body).json()["id"]
    assert client.post(f"/notice-channels/{channel_id}/test").status_code == 202
    desk.send()
    (sent,) = client.get("/own-notices").json()["items"]
    assert (sent["state"], sent["notices"][0]["topic"]) == ("sent", "test")
    assert len(hooks.received) == 1
    assert client_for("engineer").get("/own-notices").json()["items"] == []


def test_words_of_ones_own_replace_the_shipped_ones_until_they_are_reset(
    client_for: ClientFor,
) -> None:
    admin = client_for("admin")
    path = "/notice-templates/mentioned/zh"
    saved = admin.put(path, json={"subject": "{{actor}}", "body": "{{text}}"})
    assert (saved.status_code, saved.json()["version"]) == (200, 1)
    unknown = admin.put(path, json={"subject": "{{actor}}", "body": "{{password}}"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "invalid_template")
    stale = admin.put(path, json={"subject": "x", "body": "y"}, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    assert admin.delete(path).json()["version"] is None
    assert client_for("desk_lead").put(path, json={}).status_code == 403


def test_an_administrator_of_a_customer_sees_no_deliveries(
    client_for: ClientFor, desk: Desk
) -> None:
    with desk.database.transaction() as session:
        owner = session.get(Organisation, desk.plant.organisation_id)
    assert client_for("admin", owner).get("/notice-deliveries").status_code == 404
    assert client_for("admin").get("/notice-deliveries").status_code == 200
