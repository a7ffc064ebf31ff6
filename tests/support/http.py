"""The real application on a real port, and clients that are signed in to it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from fastapi import FastAPI

from api.auth import CSRF_COOKIE, CSRF_HEADER, SESSION_COOKIE
from api.server import server
from kernel.db import Database
from registry.identity.service import principal_for
from registry.models import Organisation
from registry.sign_in import service as sign_in
from tests.support import factories

SECRET = "a secret of more than thirty-two characters, for tests"


@contextmanager
def serve(app: FastAPI) -> Iterator[str]:
    """Run an application on a port of its own in a thread; yields its address."""
    serving = server(app, "127.0.0.1", 0)
    thread = threading.Thread(target=serving.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not serving.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{serving.servers[0].sockets[0].getsockname()[1]}"
    finally:
        serving.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


@dataclass(frozen=True)
class Api:
    """The application under test: its address and its database."""

    url: str
    database: Database

    def anonymous(self) -> httpx.Client:
        """A client that is not signed in."""
        return httpx.Client(base_url=self.url + "/api/v1", timeout=30)

    def client_for(
        self, role: str, organisation: Organisation | None = None, *, person_id: str | None = None
    ) -> httpx.Client:
        """A client with the session of somebody with a role: of the manufacturer, unless told otherwise.

        It sends `X-CSRF-Token` with everything, as the web app does with changes. `client.headers` and
        `client.cookies` can be changed for tests that should not. The person's id is in
        `client.headers["x-test-person"]`.
        """
        with self.database.transaction() as session:
            if person_id is None:
                person_id = factories.person(session, role, organisation).id
            principal = principal_for(session, person_id)
            assert principal is not None
            token = sign_in.open_session(session, principal, hours=1)
        client = self.anonymous()
        csrf = sign_in.csrf_token(token)
        client.cookies.set(SESSION_COOKIE, token)
        client.cookies.set(CSRF_COOKIE, csrf)
        client.headers[CSRF_HEADER] = csrf
        client.headers["x-test-person"] = person_id
        return client
