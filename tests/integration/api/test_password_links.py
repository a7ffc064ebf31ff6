"""Invitations and resets: links that work once, for their time, for one person."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import select, text, update

from kernel.ids import new_id
from kernel.models import OutboxEvent
from registry.models import AuditEntry, PasswordLink
from registry.sign_in import service as sign_in
from registry.sign_in.events import PasswordLinkIssued
from tests.integration.conftest import ClientFor
from tests.support import factories
from tests.support.http import Api

PASSWORD = "four sensible words"


_numbers = count(1)


def _invite(admin: httpx.Client) -> tuple[dict[str, Any], str]:
    email = f"li.na{next(_numbers)}@example.com"
    organisation = admin.get("/session").json()["organisation"]["id"]
    made = admin.post(
        "/people",
        json={
            "organisation_id": organisation,
            "name": "Li Na",
            "email": email,
            "roles": ["engineer"],
        },
    )
    assert made.status_code == 201, made.text
    return made.json(), _token(made.json()["invitation"]["url"])


def _token(url: str) -> str:
    assert urlsplit(url).path == "/set-password"
    return urlsplit(url).fragment.removeprefix("token=")


def test_an_invitation_lets_somebody_in_once(
    client_for: ClientFor, anonymous: httpx.Client
) -> None:
    person, token = _invite(client_for("admin"))
    assert person["invited"] is True
    seen = anonymous.post("/password-links/read", json={"token": token}).json()
    assert (seen["name"], seen["email"], seen["kind"]) == ("Li Na", person["email"], "invitation")
    weak = anonymous.post(
        "/password-links/use", json={"token": token, "new_password": seen["email"]}
    )
    assert (weak.status_code, weak.json()["code"]) == (422, "weak_password")
    body = {"token": token, "new_password": PASSWORD}
    assert anonymous.post("/password-links/use", json=body).status_code == 204
    again = anonymous.post("/password-links/use", json=body)
    assert (again.status_code, again.json()["code"]) == (422, "link_not_valid")
    signed_in = anonymous.post("/session", json={"email": person["email"], "password": PASSWORD})
    assert signed_in.status_code == 201


def test_a_new_link_voids_the_one_before(client_for: ClientFor, anonymous: httpx.Client) -> None:
    admin = client_for("admin")
    person, first = _invite(admin)
    issued = admin.post(f"/people/{person['id']}/password-link")
    assert issued.status_code == 201
    second = _token(issued.json()["url"])
    assert anonymous.post("/password-links/read", json={"token": first}).status_code == 422
    assert anonymous.post("/password-links/read", json={"token": second}).status_code == 200


def test_an_old_or_altered_link_is_refused(
    api: Api, client_for: ClientFor, anonymous: httpx.Client
) -> None:
    _, token = _invite(client_for("admin"))
    _, other = _invite(client_for("admin"))
    crossed = f"{token.partition('.')[0]}.{other.partition('.')[2]}"
    for wrong in (token[:-1] + ("A" if token[-1] != "A" else "B"), crossed, "lnk_x.y" + "z" * 40):
        answer = anonymous.post("/password-links/read", json={"token": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "link_not_valid")
    with api.database.transaction() as session:
        session.execute(
            update(PasswordLink)
            .where(PasswordLink.id == token.partition(".")[0])
            .values(expires_at=datetime.now(UTC) - timedelta(seconds=1))
        )
    assert anonymous.post("/password-links/read", json={"token": token}).status_code == 422


def test_asking_for_a_reset_tells_nobody_anything(api: Api, anonymous: httpx.Client) -> None:
    with api.database.transaction() as session:
        known = factories.person(session, "engineer")
        before = new_id("lnk")
    answers = [
        anonymous.post("/password-resets", json={"email": email})
        for email in (known.email, "nobody@example.com", "no address at all")
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, "null")}
    with api.database.transaction() as session:
        links = session.scalars(select(PasswordLink).where(PasswordLink.id > before)).all()
        events = session.scalars(
            select(OutboxEvent).where(
                OutboxEvent.topic == PasswordLinkIssued.topic,
                OutboxEvent.payload["person_id"].astext == known.id,
            )
        ).all()
    assert [link.person_id for link in links] == [known.id]
    assert [event.payload["link_id"] for event in events] == [links[0].id]
    # Whoever delivers the event gets a link that works from its id alone.
    token = _token(sign_in.link_url(links[0].id))
    assert anonymous.post("/password-links/read", json={"token": token}).status_code == 200


def test_no_secret_is_kept_in_the_database(
    api: Api, client_for: ClientFor, anonymous: httpx.Client
) -> None:
    admin = client_for("admin")
    person, token = _invite(admin)
    anonymous.post("/password-links/use", json={"token": token, "new_password": PASSWORD})
    anonymous.post("/session", json={"email": person["email"], "password": PASSWORD})
    secret = admin.post(f"/people/{person['id']}/tokens", json={"name": "x"}).json()["secret"]
    secrets = [token.partition(".")[2], PASSWORD, secret, anonymous.cookies["forewarn_session"]]
    with api.database.transaction() as session:
        tables = session.execute(
            text(
                "SELECT table_schema, table_name FROM information_schema.tables "
                "WHERE table_schema IN ('registry', 'kernel', 'api')"
            )
        ).all()
        for schema, table in tables:
            rows = session.execute(text(f'SELECT t::text FROM "{schema}"."{table}" t')).scalars()
            everything = "\n".join(rows)
            for one in secrets:
                assert one not in everything, table
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.object_id == person["id"])
        ).all()
    assert {"person.create", "person.invitation", "person.set_password", "session.open"} <= set(
        actions
    )


def test_an_inactive_person_gets_no_link(client_for: ClientFor) -> None:
    admin = client_for("admin")
    person, _ = _invite(admin)
    assert admin.patch(f"/people/{person['id']}", json={"active": False}).status_code == 200
    refused = admin.post(f"/people/{person['id']}/password-link")
    assert (refused.status_code, refused.json()["code"]) == (409, "person_inactive")
