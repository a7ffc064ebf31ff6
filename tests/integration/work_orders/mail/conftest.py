"""A mailbox, a server that takes letters, and a plant whose customer writes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import text

from kernel.db import Database
from kernel.settings import forget_settings
from tests.integration.work_orders.plant import Plant
from tests.support.imap import PASSWORD, ImapServer, imap_server
from tests.support.mail import Mailbox, smtp_server

DESK = "desk@maker.example"


@dataclass(frozen=True)
class Post:
    """Both servers, the plant, and who writes."""

    database: Database
    plant: Plant
    imap: ImapServer
    smtp: Mailbox
    customer: str

    def deliver(self, *letters: EmailMessage | bytes) -> None:
        self.imap.deliver(
            *(each if isinstance(each, bytes) else each.as_bytes() for each in letters)
        )

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.database.transaction() as session:
            return [tuple(row) for row in session.execute(text(query))]


@pytest.fixture(scope="session")
def imap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImapServer]:
    with imap_server(tmp_path_factory.mktemp("imap")) as server:
        yield server


@pytest.fixture
def post(
    database: Database,
    plant: Plant,
    imap: ImapServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Post]:
    with database.transaction() as session:
        address = session.scalar(
            text("SELECT email FROM registry.people WHERE id = :id"),
            {"id": plant.customer.person_id},
        )
    with smtp_server() as smtp:
        for name, value in {
            "IMAP_HOST": "127.0.0.1",
            "IMAP_PORT": str(imap.port),
            "IMAP_SECURITY": "none",
            "IMAP_USER": imap.user,
            "IMAP_PASSWORD": PASSWORD,
            "EVERY_S": "0.000001",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(smtp.port),
            "SMTP_SECURITY": "none",
            "ADDRESS": DESK,
            "TIMEOUT_S": "5",
        }.items():
            monkeypatch.setenv(f"FOREWARN_MAIL_{name}", value)
        monkeypatch.setenv("FOREWARN_REGISTRY_ATTACHMENTS_DIR", str(tmp_path / "files"))
        forget_settings()
        with imap.opened() as mailbox:
            mailbox.delete(mailbox.uids())
        yield Post(database, plant, imap, smtp, str(address))


@pytest.fixture
def letter(post: Post) -> Callable[..., EmailMessage]:
    """Make a letter of the plant's customer."""

    def make(words: str, **headers: str) -> EmailMessage:
        message = EmailMessage()
        for name, value in {"From": post.customer, "To": DESK, **headers}.items():
            message[name.replace("_", "-")] = value
        message.set_content(words)
        return message

    return make
