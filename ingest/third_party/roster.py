"""Which sources are adopted at present, a reader for each, and what is reported of them."""

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from ingest.gateways import Gateways
from ingest.repository import AgentReport, put_report
from ingest.third_party import repository
from ingest.third_party.json_reader import JsonSourceReader
from ingest.third_party.models import Source
from ingest.third_party.reader import SourceFacts, SourceReader
from ingest.third_party.rules import read_mapping
from ingest.third_party.sparkplug_reader import SparkplugSourceReader
from kernel.clock import utc_now
from kernel.db import Database
from kernel.wire.messages import Tag
from kernel.wire.topics import covers
from telemetry import service as telemetry

Key = tuple[str, str]
_KINDS: Final = {"sparkplug": SparkplugSourceReader, "json": JsonSourceReader}
_US: Final = 1_000_000


class Roster:
    """The readers of adopted sources, by kind and address."""

    def __init__(self, database: Database, gateways: Gateways, tags_max: int) -> None:
        self._database = database
        self._gateways = gateways
        self._tags_max = tags_max
        self._readers: dict[Key, SourceReader] = {}

    @property
    def readers(self) -> list[SourceReader]:
        """Every reader."""
        return list(self._readers.values())

    def find(self, kind: str, address: str) -> SourceReader | None:
        """Return the reader of an address, if it is adopted."""
        return self._readers.get((kind, address))

    def of_topic(self, topic: str) -> SourceReader | None:
        """Return the reader of the JSON devices that have a topic, if they are adopted."""
        for (kind, address), reader in self._readers.items():
            if kind == "json" and covers(address, topic):
                return reader
        return None

    def json_addresses(self) -> list[str]:
        """Return the topic filters of adopted JSON devices."""
        return [address for kind, address in self._readers if kind == "json"]

    def forget(self) -> None:
        """Forget every reader: their numbers and sequences are another process's now."""
        self._readers = {}

    def reload(self) -> list[SourceReader]:
        """Note who was adopted, changed, released or revoked; return the readers that are new."""
        readers: dict[Key, SourceReader] = {}
        made: list[SourceReader] = []
        with self._database.transaction() as session:
            for row in repository.active_sources(session):
                gateway = self._gateways.get(row.agent_id)
                if gateway is None or gateway.revoked:
                    continue
                key = row.kind, row.address
                present = self._readers.get(key)
                if present is None or _is_another(present.facts, row):
                    readers[key] = self._make(session, row)
                    made.append(readers[key])
                else:
                    readers[key] = present
        self._readers = readers
        return made

    def is_current(self) -> bool:
        """Tell whether the next numbers of all readers are still those after the last in the database."""
        with self._database.transaction() as session:
            return all(
                _next_seqs(session, reader.facts.agent_id, reader.facts.epoch)
                == {lane: seq for lane, seq in reader.next_seq.items() if seq}
                for reader in self._readers.values()
            )

    def report(self) -> None:
        """Write down how sources are; what they took is what became of it, as nothing waits elsewhere."""
        news = [reader for reader in self._readers.values() if reader.dirty]
        if not news:
            return
        now = utc_now()
        with self._database.transaction() as session:
            for reader in sorted(news, key=lambda r: r.facts.agent_id):
                facts = reader.facts
                received = repository.received(session, facts.agent_id, facts.epoch)
                report = AgentReport(
                    agent_id=facts.agent_id,
                    epoch=facts.epoch,
                    taken=sum(readings for _, readings in received.values()),
                    buffered=0,
                    dropped=0,
                    clock_offset_ms=None,
                    version="",
                    sources=[reader.report()],
                )
                put_report(session, report, now)
        for reader in news:
            reader.dirty = False

    def _make(self, session: Session, row: Source) -> SourceReader:
        seqs = _next_seqs(session, row.agent_id, row.epoch)
        tags, newest = _known(session, row.agent_id)
        facts = SourceFacts(
            row.agent_id,
            row.kind,
            row.address,
            read_mapping(row.mapping),
            row.epoch,
            row.version,
            newest,
        )
        return _KINDS[row.kind](facts, tags, seqs, self._tags_max)


def _known(session: Session, agent_id: str) -> tuple[list[Tag], dict[int, int]]:
    """Return a source's tags, and the source time of each one's newest reading by its number."""
    tags, series_ids = repository.newest_schema(session, agent_id)
    latest = telemetry.latest(session, [one for one in series_ids if one])
    newest = {
        number: round(latest[one].ts.timestamp() * _US)
        for number, one in enumerate(series_ids)
        if one in latest
    }
    return tags, newest


def _next_seqs(session: Session, agent_id: str, epoch: UUID) -> dict[str, int]:
    received = repository.received(session, agent_id, epoch)
    return {lane: seq for lane, (seq, _) in received.items() if seq}


def _is_another(facts: SourceFacts, row: Source) -> bool:
    return (facts.agent_id, facts.version) != (row.agent_id, row.version)
