"""The database: one engine per process, and transactions opened at the rim.

A request or a task is one transaction. Repositories and services take a `Session` and never commit.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Final

import psycopg
from sqlalchemy import DateTime, Engine, MetaData, Text, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction
from sqlalchemy.pool import ConnectionPoolEntry

from kernel.durability import secure
from kernel.settings import Platform, settings

# A pooled connection that was used less long ago is taken to be alive.
_RESTED_SECONDS: Final = 1.0


class Base(DeclarativeBase):
    """All tables; each package gives its own a PostgreSQL schema."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        str: Text(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
        list[dict[str, Any]]: JSONB(),
    }


def engine_for(url: str, *, pool_size: int = 5, overflow: int | None = None) -> Engine:
    """Return an engine for a `postgresql://` address, UTC, with statements that cannot hang for ever.

    What it commits outlives a crash, or it does not connect (`kernel.durability`).
    It holds up to `pool_size` connections, and opens `overflow` more under load: as many again by default.
    """
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    engine = create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=pool_size if overflow is None else overflow,
        connect_args={
            "connect_timeout": 5,
            "application_name": "forewarn",
            "options": "-c timezone=UTC -c statement_timeout=60000 -c lock_timeout=10000 "
            "-c idle_in_transaction_session_timeout=60000",
        },
    )
    event.listen(engine, "connect", _secure)
    event.listen(engine, "checkin", _put_back)
    event.listen(engine, "checkout", _look_at)
    return engine


def _secure(connection: "psycopg.Connection[Any]", _: object) -> None:
    try:
        secure(connection)
    except BaseException:
        connection.close()
        raise


def _put_back(_: object, record: ConnectionPoolEntry) -> None:
    record.info["put_back_at"] = time.monotonic()


def _look_at(connection: "psycopg.Connection[Any]", record: ConnectionPoolEntry, _: object) -> None:
    """Ask a connection that has rested whether the server is still there; the pool replaces a dead one.

    One just put back is not asked: that would be one more way to the server for every transaction.
    """
    rested = time.monotonic() - record.info.get("put_back_at", math.inf)
    if rested < _RESTED_SECONDS:
        return
    try:
        connection.autocommit = True
        connection.execute("SELECT 1")
        connection.autocommit = False
    except psycopg.OperationalError as error:
        raise DisconnectionError(str(error)) from error


class Database:
    """The way to a transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a transaction: committed when the block ends, rolled back when it raises."""
        with (
            Session(self.engine, expire_on_commit=False, autoflush=True) as session,
            session.begin(),
        ):
            yield session

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


@cache
def database() -> Database:
    """Return this process's database, from the settings."""
    platform = settings(Platform)
    platform.require("database_url")
    return Database(engine_for(platform.database_url))


def driver_connection(session: Session) -> "psycopg.Connection[Any]":
    """Return psycopg's connection of the session's transaction, for COPY."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    return connection


def on_commit(session: Session, call: Callable[[], None]) -> None:
    """Run `call` once the session's transaction is committed; never if it is rolled back."""
    session.info.setdefault("on_commit", []).append(call)


@event.listens_for(Session, "after_commit")
def _run_calls(session: Session) -> None:
    for call in session.info.pop("on_commit", []):
        call()


@event.listens_for(Session, "after_soft_rollback")
def _drop_calls(session: Session, previous: SessionTransaction) -> None:
    # A rolled-back SAVEPOINT keeps what the outer transaction still promises.
    if previous.parent is None:
        session.info.pop("on_commit", None)
