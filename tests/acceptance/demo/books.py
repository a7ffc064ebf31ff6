"""What a demo left in its database, read without the platform: the report is checked against it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from runtime.embedded.postgres import OWNER_ROLE, EmbeddedPostgres
from runtime.embedded.service import free_port, running
from runtime.supervisor.state import StackState


@dataclass(frozen=True)
class Books:
    """The database of a data folder, and the world the demo made in it."""

    connection: psycopg.Connection[dict[str, Any]]
    world: dict[str, Any]

    @property
    def pump_id(self) -> str:
        """Id of the pump the story is about."""
        return str(self.world["assets"]["pump-1"])

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Return the rows of a query."""
        return self.connection.execute(query, values).fetchall()

    def value(self, query: str, *values: Any) -> Any:
        """Return the only value of a query."""
        (row,) = self.rows(query, *values)
        (value,) = row.values()
        return value


@contextmanager
def opened(data_dir: Path, log_dir: Path) -> Iterator[Books]:
    """Run nothing but the PostgreSQL of a stopped demo inside the `with` block."""
    state = StackState.load(data_dir)
    port = free_port()
    server = EmbeddedPostgres(data_dir / "postgres", port, state.secrets["postgres_superuser"])
    with (
        running(server.service(), log_dir),
        psycopg.connect(
            server.url(OWNER_ROLE, state.secrets["postgres_owner"]), row_factory=dict_row
        ) as connection,
    ):
        yield Books(connection, json.loads((data_dir / "demo.json").read_text()))


def check(books: Books, report: dict[str, Any]) -> None:
    """Hold every claim of a report against the database."""
    _readings(books, report)
    _tickets(books, report)
    _claims(books, report)


def _readings(books: Books, report: dict[str, Any]) -> None:
    gateway = books.world["gateway_id"]
    ledger = books.rows(
        "SELECT sum(stored)::bigint AS stored, sum(quarantined)::bigint AS quarantined,"
        " sum(dropped)::bigint AS dropped FROM ingest.ledger WHERE agent_id = %s", gateway
    )  # fmt: skip
    assert ledger == [
        {
            "stored": report["readings_stored"],
            "quarantined": report["readings_quarantined"],
            "dropped": 0,
        }
    ]
    taken = books.value("SELECT sum(taken)::bigint FROM ingest.epochs WHERE agent_id = %s", gateway)
    assert taken == report["readings_sent"]
    assert books.value("SELECT count(*) FROM telemetry.readings") == report["readings_stored"]
    # No frame has come in twice: a point has one value at one moment of the plant.
    twice = books.rows(
        "SELECT series_id, ts, count(*) FROM telemetry.readings GROUP BY 1, 2 HAVING count(*) > 1"
        " LIMIT 5"
    )
    assert twice == []


def _tickets(books: Books, report: dict[str, Any]) -> None:
    orders = books.rows(
        "SELECT * FROM work_orders.tickets WHERE kind = 'preventive' AND asset_id = %s",
        books.pump_id,
    )
    assert [order["id"] for order in orders] == [report["work_order_id"]]
    order = orders[0]
    assert order["stage"] == "closed"
    assert order["origin"] == "alarm"
    assert order["assignee_id"] == books.world["person_ids"]["engineer"]
    assert set(order["reason"]["summary"]) == {"en", "zh"}
    alarms = books.rows(
        "SELECT * FROM anomaly.alarms WHERE asset_id = %s AND NOT historical", books.pump_id
    )
    assert report["alarm_id"] in [alarm["id"] for alarm in alarms]
    behind = books.rows(
        "SELECT alarm_id FROM work_orders.ticket_alarms WHERE ticket_id = %s", order["id"]
    )
    assert {"alarm_id": report["alarm_id"]} in behind
    complaints = books.rows("SELECT * FROM work_orders.tickets WHERE kind = 'complaint'")
    assert [complaint["id"] for complaint in complaints] == [report["complaint_id"]]
    linked = books.rows("SELECT ticket_id, other_id FROM work_orders.ticket_links")
    assert [set(link.values()) for link in linked] == [{order["id"], report["complaint_id"]}]
    parts = books.rows("SELECT * FROM work_orders.ticket_parts")
    assert [part["ticket_id"] for part in parts] == [order["id"]]
    fitted = books.rows(
        "SELECT work_order_id, ended_on FROM warranty_parts.fittings WHERE id = %s",
        parts[0]["fitting_id"],
    )
    assert fitted == [{"work_order_id": order["id"], "ended_on": None}]


def _claims(books: Books, report: dict[str, Any]) -> None:
    claims = books.rows("SELECT * FROM warranty_parts.claims ORDER BY number")
    assert [claim["state"] for claim in claims] == ["accepted", "refused"]
    accepted, refused = claims
    assert accepted["id"] == report["accepted_claim_id"]
    assert accepted["work_order_id"] == report["work_order_id"]
    lines = books.rows(
        "SELECT coverage, cover FROM warranty_parts.claim_lines WHERE claim_id = %s", accepted["id"]
    )
    assert len(lines) == 1
    assert lines[0]["coverage"]
    assert not lines[0]["cover"].isempty
    assert refused["refusal"]["prior_claim_id"] == accepted["id"]
    assert report["refused_claim"] == {
        "prior_claim_id": accepted["id"],
        "rule": refused["refusal"]["rule"],
    }
