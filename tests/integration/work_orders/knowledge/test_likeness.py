"""Past cases like a ticket, found on a labelled set in Chinese and English that shares few words."""

import csv
import math
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.db import Database
from kernel.ids import new_id
from registry.models import Asset, Organisation
from tests.integration.work_orders.plant import Plant
from tests.support import factories
from work_orders.knowledge import cases
from work_orders.knowledge.models import KnowledgeVector
from work_orders.knowledge.service import suggest
from work_orders.knowledge.words import terms_of
from work_orders.models import Ticket

CASES = Path(__file__).with_name("likeness_cases.tsv")


class Labelled(NamedTuple):
    """A text about a fault; two texts are alike when they are about the same fault."""

    fault: int
    equipment_class: str
    text: str


def _labelled() -> list[Labelled]:
    with CASES.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [Labelled(fault, row[0], text) for fault, row in enumerate(rows) for text in row[2:]]


LABELLED = _labelled()


def test_r25_the_set_is_large_and_its_paraphrases_share_few_words() -> None:
    faults = Counter(each.fault for each in LABELLED)
    assert len(LABELLED) >= 300
    assert len(faults) >= 60
    assert set(faults.values()) == {5}
    shared = []
    for fault in faults:
        texts = [terms_of(each.text) for each in LABELLED if each.fault == fault]
        shared += [len(a & b) / min(len(a), len(b)) for a, b in combinations(texts, 2)]
    mean = sum(shared) / len(shared)
    none = sum(not each for each in shared) / len(shared)
    print(  # noqa: T201 - figures for who runs it
        f"content words shared by two texts of a fault: {mean:.3f} of the shorter, none {none:.3f}"
    )
    assert mean <= 0.06
    assert none >= 0.7


def _hits(ranked: Callable[[int], list[int]]) -> dict[str, float]:
    halves: dict[str, list[bool]] = {"tuned": [], "held out": []}
    for at, asked in enumerate(LABELLED):
        half = "held out" if asked.fault % 2 else "tuned"
        halves[half].append(any(LABELLED[other].fault == asked.fault for other in ranked(at)[:5]))
    return {half: sum(hits) / len(hits) for half, hits in halves.items()}


def _by_words_alone(at: int) -> list[int]:
    """The peer: BM25 over the same stems and pairs, the same cases to choose from."""
    k, b = 1.2, 0.75
    mean = sum(map(len, WORDS)) / len(WORDS)
    scores = []
    for other, words in enumerate(WORDS):
        if other == at:
            continue
        idf = [
            math.log(1 + (len(WORDS) - COUNTS[term] + 0.5) / (COUNTS[term] + 0.5))
            for term in WORDS[at] & words
        ]
        saturation = (k + 1) / (1 + k * (1 - b + b * len(words) / mean))
        same_class = LABELLED[other].equipment_class == LABELLED[at].equipment_class
        # The machine's class is known to the peer, too: it breaks ties.
        scores.append((sum(idf) * saturation, same_class, -other))
    return [-other for _, _, other in sorted(scores, reverse=True)]


WORDS = [terms_of(each.text) for each in LABELLED]
COUNTS = Counter(term for words in WORDS for term in words)


def _closed_tickets(session: Session, plant: Plant) -> list[str]:
    machines: dict[str, Asset] = {}
    owner = session.get_one(Organisation, plant.organisation_id)
    now = datetime.now(UTC)
    made = []
    for number, each in enumerate(LABELLED):
        if each.equipment_class not in machines:
            machines[each.equipment_class] = factories.asset(
                session, owner, equipment_class=each.equipment_class
            )
        ticket = Ticket(
            id=new_id("cp"), number=f"CP-{number}", kind="complaint", priority="P2",
            organisation_id=plant.organisation_id, asset_id=machines[each.equipment_class].id,
            title=each.text[:80], description=each.text, stage="closed", stage_since=now,
            created_at=now, closed_at=now,
        )  # fmt: skip
        session.add(ticket)
        made.append(ticket.id)
    session.flush()
    return made


def test_r25_the_past_case_of_the_same_fault_is_among_the_first_five(
    database: Database, plant: Plant
) -> None:
    with database.transaction() as session:
        ids = _closed_tickets(session, plant)
    while True:
        with database.transaction() as session:
            if not cases.index_missing(session, 100):
                break
    place = {ticket_id: at for at, ticket_id in enumerate(ids)}

    def found(at: int) -> list[int]:
        with database.transaction() as session:
            told = suggest(session, plant.agent, ids[at], 5)
        return [place[each.ticket.id] for each in told.cases]

    ours, peer = _hits(found), _hits(_by_words_alone)
    print(  # noqa: T201 - likewise
        f"recall@5, similar cases: {ours}; words alone (BM25): {peer}"
    )
    assert ours["held out"] >= 0.9
    assert ours["tuned"] >= 0.9
    assert peer["held out"] < ours["held out"]
    with database.transaction() as session:
        rows = session.execute(select(func.count()).select_from(KnowledgeVector)).scalar_one()
    assert rows == len(LABELLED)
