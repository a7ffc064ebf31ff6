"""Every letter that came or goes, once."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from work_orders.mail.rules import Direction, State

SCHEMA = "work_orders"


class MailMessage(Base):
    """A letter and what became of it.

    `key` tells it from every other; `reason` is a code: why it waits for a person, was taken for a
    machine's, or was refused. `raw` is kept while a person has to decide. For one that goes out, `body` is
    its text, `answers` the id of the letter it answers and `thread` those before it. `internal` is one that
    the manufacturer's own people wrote.
    """

    __tablename__ = "mail_messages"
    __table_args__ = (
        CheckConstraint(
            "direction IN ({})".format(", ".join(f"'{each}'" for each in Direction)),
            name="direction",
        ),
        CheckConstraint(
            "state IN ({})".format(", ".join(f"'{each}'" for each in State)), name="state"
        ),
        Index("uq_mail_messages_key", "direction", "key", unique=True),
        Index("ix_mail_messages_message_id", "message_id"),
        Index("ix_mail_messages_ticket_id", "ticket_id", "id"),
        Index("ix_mail_messages_state", "state", "id"),
        Index("ix_mail_messages_sender", "sender", "at"),
        Index(
            "ix_mail_messages_waiting",
            "next_attempt_at",
            postgresql_where=text("state = 'waiting'"),
        ),
        {"schema": SCHEMA},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    direction: Mapped[str]
    key: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    detail: Mapped[str] = mapped_column(server_default="")
    message_id: Mapped[str] = mapped_column(server_default="")
    answers: Mapped[str | None]
    thread: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    sender: Mapped[str] = mapped_column(server_default="")
    sender_name: Mapped[str] = mapped_column(server_default="")
    recipient: Mapped[str] = mapped_column(server_default="")
    subject: Mapped[str] = mapped_column(server_default="")
    body: Mapped[str] = mapped_column(server_default="", deferred=True)
    raw: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    size_bytes: Mapped[int] = mapped_column(server_default="0")
    ticket_id: Mapped[str | None] = mapped_column(ForeignKey("work_orders.tickets.id"))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("registry.people.id"))
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("registry.people.id"))
    internal: Mapped[bool] = mapped_column(server_default=text("false"))
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[datetime | None]
    at: Mapped[datetime]


class Mailbox(Base):
    """When the mailbox was looked into last, so that one worker looks at a time."""

    __tablename__ = "mailboxes"
    __table_args__ = ({"schema": SCHEMA},)

    name: Mapped[str] = mapped_column(primary_key=True)
    looked_at: Mapped[datetime]
    problem: Mapped[str | None]
