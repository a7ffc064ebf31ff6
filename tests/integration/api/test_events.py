"""Live updates reach the pages that may see them, and nobody else."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from api import event_stream, events
from kernel import changes
from kernel.db import Database
from registry.models import Organisation
from runtime.embedded.service import free_port, running
from runtime.embedded.valkey import EmbeddedValkey
from tests.support import factories
from tests.support.http import Api
from tests.support.live import live_api

pytestmark = pytest.mark.usefixtures("api_settings")


@dataclass
class Listener:
    """What one page has heard."""

    notices: list[dict[str, Any]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    status: int = 0
    ended: bool = False

    def wait(self, enough: Callable[["Listener"], bool], seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        while not enough(self):
            assert time.monotonic() < deadline, (self.status, self.notices, self.comments)
            time.sleep(0.01)

    def kinds(self) -> list[str]:
        return [notice["kind"] for notice in self.notices]


@contextmanager
def _listening(client: httpx.Client, query: str = "") -> Iterator[Listener]:
    listener = Listener()
    stop = threading.Event()

    def listen() -> None:
        with client.stream("GET", f"/events{query}", timeout=10) as answer:
            listener.status = answer.status_code
            try:
                for line in answer.iter_lines():
                    if line.startswith("data: "):
                        listener.notices.append(json.loads(line[6:]))
                    elif line.startswith(":"):
                        listener.comments.append(line)
                    if stop.is_set():
                        return
            except httpx.ReadTimeout:
                return
            listener.ended = True

    thread = threading.Thread(target=listen)
    thread.start()
    listener.wait(lambda one: bool(one.comments) or one.status >= 400)
    try:
        yield listener
    finally:
        stop.set()
        thread.join(12)
        assert not thread.is_alive()


@pytest.fixture
def customers(live: Api) -> tuple[Organisation, Organisation]:
    with live.database.transaction() as session:
        return factories.organisation(session), factories.organisation(session)


def test_a_change_is_heard_after_its_commit(
    live: Api, customers: tuple[Organisation, Organisation]
) -> None:
    ours, _ = customers
    with live.client_for("admin") as admin, live.client_for("customer", ours) as client:
        with _listening(client) as heard:
            assert heard.status == 200
            with live.database.transaction() as session:
                model = factories.asset(session, ours).model_id
            made = admin.post(
                "/assets",
                json={
                    "serial_number": "LIVE-1",
                    "name": "x",
                    "model_id": model,
                    "organisation_id": ours.id,
                },
            ).json()
            heard.wait(lambda one: len(one.notices) == 1)
        assert heard.notices == [{"kind": "asset", "id": made["id"], "organisation_id": ours.id}]


def test_nobody_hears_of_other_organisations_or_of_what_they_may_not_see(
    live: Api, customers: tuple[Organisation, Organisation]
) -> None:
    ours, theirs = customers
    with ExitStack() as stack:
        heard = {
            name: stack.enter_context(_listening(stack.enter_context(client)))
            for name, client in {
                "customer": live.client_for("customer", ours),
                "keeper": live.client_for("storekeeper"),
                "engineer": live.client_for("engineer"),
                "admin": live.client_for("admin"),
            }.items()
        }
        changes.send("alarm", id="al_1", organisation_id=ours.id)
        changes.send("alarm", id="al_2", organisation_id=theirs.id)
        changes.send("alarm", id="al_3", organisation_id=None)
        changes.send("secret_kind", id="x", organisation_id=ours.id)
        changes.send("work_order", id="wo_1", organisation_id=ours.id)
        for listener in heard.values():
            listener.wait(lambda one: "work_order" in one.kinds())
    ids = {name: [notice["id"] for notice in one.notices] for name, one in heard.items()}
    assert ids == {
        "customer": ["al_1", "wo_1"],
        "keeper": ["wo_1"],
        "engineer": ["al_1", "al_2", "al_3", "wo_1"],
        "admin": ["al_1", "al_2", "al_3", "x", "wo_1"],
    }


def test_a_page_hears_only_what_it_asked_for(
    live: Api, customers: tuple[Organisation, Organisation]
) -> None:
    ours, _ = customers
    query = "?kinds=readings,alarm&asset_id=ast_1"
    with live.client_for("engineer") as client, _listening(client, query) as heard:
        for asset in ("ast_2", "ast_1"):
            values = {"7": [1, 2.5, 0]}
            changes.send("readings", asset_id=asset, organisation_id=ours.id, values=values)
        changes.send("work_order", id="wo", organisation_id=ours.id)
        changes.send("alarm", id="al", organisation_id=ours.id)
        heard.wait(lambda one: "alarm" in one.kinds())
    assert [notice.get("asset_id", notice.get("id")) for notice in heard.notices] == ["ast_1", "al"]


def test_a_quiet_stream_still_beats(live: Api) -> None:
    with live.client_for("engineer") as client, _listening(client) as heard:
        heard.wait(lambda one: one.comments.count(": alive") >= 3)


def test_a_session_that_ends_ends_its_stream(live: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "RECHECK_SECONDS", 0.1)
    with live.client_for("engineer") as client, _listening(client) as heard:
        heard.wait(lambda one: one.comments.count(": alive") >= 2)
        assert client.delete("/session").status_code == 204
        heard.wait(lambda one: one.ended)


def test_nobody_listens_without_signing_in(live: Api) -> None:
    with live.anonymous() as client:
        assert client.get("/events").status_code == 401


def test_a_person_has_only_so_many_streams(live: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "STREAMS_PER_PERSON_MAX", 1)
    with live.client_for("engineer") as client, _listening(client):
        refused = client.get("/events")
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")


def test_pages_read_again_when_redis_comes_back(
    module_database: Database,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("own_valkey")
    server = EmbeddedValkey(folder / "data", free_port(), "a-password-of-its-own")
    monkeypatch.setenv("FOREWARN_REDIS_URL", server.url)
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.2)
    with ExitStack() as first:
        first.enter_context(running(server.service(), folder / "logs"))
        with live_api(module_database) as live, live.client_for("engineer") as client:
            with _listening(client) as heard:
                first.close()
                heard.wait(lambda one: one.ended)
            assert heard.notices == [{"kind": "reread"}]
            with running(server.service(), folder / "logs"), _listening(client) as again:
                deadline = time.monotonic() + 20
                while not again.notices and time.monotonic() < deadline:
                    changes.send("alarm", id="al", organisation_id=None)
                    time.sleep(0.1)
                assert again.kinds()[0] == "alarm"


def test_stopping_the_server_does_not_wait_for_streams(
    module_database: Database,
    valkey: EmbeddedValkey,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FOREWARN_REDIS_URL", valkey.url)
    with ExitStack() as server:
        live = server.enter_context(live_api(module_database))
        with live.client_for("engineer") as client, _listening(client) as heard:
            server.close()
            heard.wait(lambda one: one.ended)
        assert heard.notices == [{"kind": "reread"}]
