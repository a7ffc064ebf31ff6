"""The parts between the stages: the bounded inbox, patience, answers, live values."""

import math
import threading
from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
import pytest
from sqlalchemy import exc

from ingest import announcer
from ingest.announcer import Announcer
from ingest.commit import Answer
from ingest.delivery import replies
from ingest.inbox import Inbox, Message
from ingest.mapping import TagMap
from ingest.patience import Patience, Stopped, is_of_the_data
from ingest.settings import Ingest
from kernel.durability import NotDurable
from kernel.wire.messages import decode_ack
from telemetry.service import ReadingColumns

KEY = b"k" * 32


def message(size: int = 10) -> Message:
    return Message("gw_1", "frames", b"x" * size, 1, 1)


def test_the_inbox_says_when_it_is_full_and_when_there_is_room_again() -> None:
    inbox = Inbox(messages_max=4, bytes_max=100)
    told: list[int] = []
    inbox.on_room = lambda: told.append(len(inbox))
    for _ in range(4):
        assert inbox.has_room()
        inbox.put(message())
    assert not inbox.has_room()
    assert inbox.take(0) is not None
    assert told == []
    inbox.take(0)
    assert told == [2]
    inbox.take(0)
    assert told == [2]
    inbox.put(message(200))
    assert not inbox.has_room()
    assert [inbox.take(0), inbox.take(0)] == [message(), message(200)]
    assert (len(inbox), inbox.bytes, inbox.take(0)) == (0, 0, None)


def test_the_inbox_hands_over_between_threads() -> None:
    inbox = Inbox(10, 1000)
    taken: list[Message | None] = []
    reader = threading.Thread(target=lambda: taken.append(inbox.take(5)))
    reader.start()
    inbox.put(message())
    reader.join(5)
    assert taken == [message()]


def test_patience_tries_again_for_the_databases_sake_only() -> None:
    stop = threading.Event()
    patience = Patience(stop)
    failures: list[Exception] = [
        exc.OperationalError("", {}, psycopg.OperationalError("gone")),
        psycopg.errors.AdminShutdown("gone"),
        exc.TimeoutError("pool"),
    ]

    def call() -> int:
        if failures:
            raise failures.pop()
        return 7

    assert patience.until_done(call) == 7
    assert not patience.away

    def bad() -> int:
        raise psycopg.errors.NumericValueOutOfRange("no")

    with pytest.raises(psycopg.DataError):
        patience.until_done(bad)
    stop.set()
    failures.append(psycopg.OperationalError("gone"))
    with pytest.raises(Stopped):
        patience.until_done(call)


@pytest.mark.parametrize(
    ("error", "of_the_data"),
    [
        (psycopg.errors.NotNullViolation(), True),
        (exc.DataError("", {}, psycopg.DataError()), True),
        (KeyError("bug"), True),
        (psycopg.errors.ProgramLimitExceeded(), True),
        (exc.OperationalError("", {}, psycopg.errors.ProgramLimitExceeded()), True),
        (psycopg.errors.DeadlockDetected(), False),
        (psycopg.errors.DiskFull(), False),
        (psycopg.errors.InsufficientPrivilege(), False),
        (exc.InterfaceError("", {}, psycopg.InterfaceError()), False),
        (ConnectionResetError(), False),
        (NotDurable("fsync is off"), False),
    ],
)
def test_what_trying_again_cannot_help(error: Exception, *, of_the_data: bool) -> None:
    assert is_of_the_data(error) is of_the_data


def test_answers_are_joined_signed_and_sent_to_who_signed() -> None:
    epoch, other = UUID(int=1), UUID(int=2)
    answers = [
        *(Answer("gw_1", epoch, "live", seq, "stored") for seq in (3, 1, 2, 7)),
        Answer("gw_1", epoch, "backlog", 0, "stored"),
        Answer("gw_1", other, "live", 1, "need_schema", "announce"),
        Answer("gw_2", epoch, "live", 1, "stored"),
        Answer("gw_gone", epoch, "live", 1, "stored"),
    ]
    keys = {"gw_1": KEY, "gw_2": b"2" * 32}
    made = replies(answers, keys.get)
    acks = [decode_ack(reply.payload, keys.get) for reply in made]
    assert [reply.topic for reply in made] == ["fw/v1/gw_1/acks"] * 3 + ["fw/v1/gw_2/acks"]
    assert [(a.epoch, a.lane, a.seqs, a.verdict, a.detail) for a in acks] == [
        (epoch, "live", [(1, 3), (7, 7)], "stored", ""),
        (epoch, "backlog", [(0, 0)], "stored", ""),
        (other, "live", [(1, 1)], "need_schema", "announce"),
        (epoch, "live", [(1, 1)], "stored", ""),
    ]


def test_scattered_numbers_are_told_in_acks_the_wire_allows() -> None:
    answers = [Answer("gw_1", UUID(int=1), "live", seq, "stored") for seq in range(0, 50_000, 2)]
    acks = [decode_ack(reply.payload, lambda _: KEY) for reply in replies(answers, lambda _: KEY)]
    assert [len(ack.seqs) for ack in acks] == [10_000, 10_000, 5_000]


def columns(series: list[int], ts_ms: list[int], value: list[float]) -> ReadingColumns:
    times = np.array(ts_ms, np.int64) * 1000
    return ReadingColumns(
        np.array(series, np.int32),
        times,
        np.array(value),
        np.zeros(len(series), np.uint32),
        times,
        0,
    )


def test_live_values_are_sent_once_a_second_for_each_asset_newest_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(
        announcer.changes, "send", lambda kind, **f: sent.append({"kind": kind, **f})
    )
    woken: list[set[str]] = []
    monkeypatch.setattr(announcer, "_wakes", [lambda agents: woken.append(set(agents))])
    now = [100.0]
    telling = Announcer(lambda: now[0])
    tags = TagMap(1, np.array([1, 2]), np.zeros(2, np.bool_), {1: "ast_a", 2: "ast_b"}, "org")
    telling.committed({"gw_1"}, columns([1, 2, 99], [10, 10, 10], [1.0, 2.0, 3.0]), [tags])
    telling.tell()
    telling.committed({"gw_2"}, columns([1], [20], [5.0]), [tags])
    telling.committed(set(), columns([1], [15], [4.0]), [tags])
    now[0] += 0.5
    telling.tell()
    assert [(s["asset_id"], s["values"]) for s in sent] == [
        ("ast_a", {"1": [10, 1.0, 0]}),
        ("ast_b", {"2": [10, 2.0, 0]}),
    ]
    now[0] += 0.6
    telling.tell()
    assert sent[2:] == [
        {
            "kind": "readings",
            "asset_id": "ast_a",
            "organisation_id": "org",
            "values": {"1": [20, 5.0, 0]},
        }
    ]
    assert woken == [{"gw_1"}, {"gw_2"}]


def test_a_live_reading_without_a_number_is_null(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(announcer.changes, "send", lambda _, **facts: sent.append(facts["values"]))
    telling = Announcer()
    tags = TagMap(1, np.array([1]), np.zeros(1, np.bool_), {1: "ast_a"}, "org")
    newest = replace(columns([1], [10], [math.nan]), quality=np.array([0x8031_0000], np.uint32))
    telling.committed(set(), newest, [tags])
    telling.tell()
    assert sent == [{"1": [10, None, 0x8031_0000]}]


def test_a_failing_wake_does_not_end_ingest(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(announcer, "_wakes", [fail])
    telling = Announcer()
    telling.committed({"gw_1"}, None, [])
    telling.tell()


def test_the_client_id_is_the_hosts_unless_it_is_given() -> None:
    assert Ingest(client_id="replica-2").mqtt_client_id() == "replica-2"
    assert Ingest().mqtt_client_id().startswith("forewarn-ingest-")
