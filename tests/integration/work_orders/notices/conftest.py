"""Gateways that are really there, and people with channels."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from kernel import outbox
from kernel.db import Database
from kernel.settings import forget_settings
from tests.integration.work_orders.plant import Plant
from tests.support.hooks import Hooks, http_listener
from tests.support.http import SECRET
from tests.support.mail import Mailbox, smtp_server
from work_orders import handlers
from work_orders.notices import channels
from work_orders.notices.sending import send_due

assert handlers  # they subscribe as they are imported


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    with http_listener() as listener:
        yield listener


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with smtp_server() as server:
        yield server


@pytest.fixture(autouse=True)
def _gateways(monkeypatch: pytest.MonkeyPatch, _settings_of_the_test_alone: None) -> None:
    monkeypatch.setenv("FOREWARN_SECRET_KEY", SECRET)
    monkeypatch.setenv("FOREWARN_PUBLIC_URL", "https://desk.example.com")
    monkeypatch.setenv("FOREWARN_NOTICES_ALLOWED_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("FOREWARN_NOTICES_SEND_TIMEOUT_S", "2")
    forget_settings()


@dataclass
class Desk:
    """What tests of notices ask for."""

    database: Database
    plant: Plant

    def add(self, who: str, address: str, *topics: str, kind: str = "address") -> str:
        """Give somebody of the plant a channel."""
        with self.database.transaction() as session:
            made = channels.add_channel(
                session, getattr(self.plant, who), kind, address, label="A channel", topics=topics
            )
        return made.id

    def relay(self) -> int:
        """Deliver events to handlers."""
        return outbox.relay(self.database, limit=1000)

    def send(self) -> int:
        """Send what is due."""
        return send_due(self.database)

    def count(self, table: str, where: str = "true") -> int:
        """Count rows."""
        with self.database.transaction() as session:
            query = f"SELECT count(*) FROM work_orders.{table} WHERE {where}"
            return int(session.execute(text(query)).scalar_one())

    def run(self, statement: str) -> None:
        """Change rows."""
        with self.database.transaction() as session:
            session.execute(text(statement))


@pytest.fixture
def desk(database: Database, plant: Plant) -> Desk:
    return Desk(database, plant)
