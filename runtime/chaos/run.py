"""A chaos run: cycle after cycle one fault, then the account of every reading."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import psycopg

from kernel.errors import ForewarnError, Unavailable
from runtime.chaos import compare, signals
from runtime.chaos.books import Books
from runtime.chaos.faults.fault import Span
from runtime.chaos.faults.plan import KINDS, plan
from runtime.chaos.journal import Journal
from runtime.chaos.site import Site, wait_until
from runtime.chaos.state import FaultReport, RunState, Verdict
from runtime.chaos.tickets import Tickets

READINGS_PER_CYCLE: Final = 7_200
RECOVERY_SECONDS_MAX: Final = 60.0
SCORED_SECONDS_MAX: Final = 30.0
DRAIN_SECONDS_MAX: Final = 120.0
# Before the first fault: the gateway reads, detectors learn, memory settles.
WARM_SECONDS: Final = 15.0
_BEFORE_SECONDS: Final = (0.2, 0.8)
_QUIET_SECONDS: Final = 1.0
# Then the run is broken off: what is broken stays broken.
FAILURES_MAX: Final = 5
# A process may hold so much more than when it was warm: allocators keep what a burst needed.
MEMORY_RATIO_MAX: Final = 1.3
MEMORY_MB_MORE_MAX: Final = 40.0

Told = Callable[[FaultReport], None]


class Run:
    """One run on a running site."""

    def __init__(self, site: Site, state: RunState, told: Told, kinds: Sequence[str] = ()) -> None:
        self._site = site
        self._kinds = kinds
        self._state = state
        self._told = told
        self._books = Books(site)

    def warm(self) -> None:
        """Let the site reach its level, once for a run, and note how much memory each process takes there."""
        if not self._state.memory_mb:
            time.sleep(WARM_SECONDS)
        self._wait_queryable(time.monotonic())
        for name, mb in self._site.memory_mb().items():
            self._state.memory_mb.setdefault(name, {"warm": mb, "latest": mb})
        self._state.save()

    def cycle(self) -> None:
        """Do the next fault, wait until it is survived, and remember it.

        One that was not seen to act, or not survived in time, is a failure of the run; the run goes on.
        """
        number = self._state.cycle + 1
        try:
            self._survive(number)
        except ForewarnError as error:
            planned = plan(self._state.seed, number, self._kinds)
            self._state.failures.append(
                f"cycle {number}, {planned.kind} {planned.target}: {error.detail}"
            )
            self._state.cycle = number
            self._state.save()

    def _survive(self, number: int) -> None:
        planned = plan(self._state.seed, number, self._kinds)
        began, taken = time.monotonic(), self._site.recorder.taken
        self._site.wait_ready()
        time.sleep(planned.chance.uniform(*_BEFORE_SECONDS))
        span = KINDS[planned.kind].act(self._site, planned.target, planned.chance)
        recovered = self._wait_queryable(span.ended_at)
        scored = self._wait_scored(span)
        wait_until("enough readings", lambda: self._enough(taken), RECOVERY_SECONDS_MAX)
        fault = FaultReport(
            cycle=number,
            kind=planned.kind,
            target=planned.target,
            seconds=round(span.seconds, 3),
            recovery_seconds=round(recovered, 3),
            scored_seconds=round(scored, 3),
            readings=self._site.recorder.taken - taken,
            cycle_seconds=round(time.monotonic() - began, 3),
            seen=span.seen,
        )
        self._remember(fault)

    def drain(self) -> None:
        """Stop the plant and wait until nothing is on its way any more; what stays so is a failure."""
        self._site.pause_plant()
        quiet_since = time.monotonic()

        def drained() -> bool:
            nonlocal quiet_since
            if self._site.recorder.taken_since(quiet_since):
                quiet_since = time.monotonic()
            quiet = time.monotonic() - quiet_since > _QUIET_SECONDS
            return quiet and self._books.balance().drained

        try:
            wait_until("nothing is on its way", drained, DRAIN_SECONDS_MAX, every_seconds=0.3)
        except ForewarnError:
            self._state.failures.append(f"it does not drain: {self._books.balance()}")

    def account(self) -> Verdict:
        """Compare every reading; the site is drained."""
        site = self._site
        journal = Journal.read(site.journal_file)
        ticks = np.fromfile(site.ticks_file, "<i8").reshape(-1, 2)
        aside, before_replay = self._books.quarantined()
        known = np.concatenate([journal.taken, journal.uncertain])
        first = compare.compare(journal.taken, journal.uncertain, self._books.stored(), aside)
        self._books.replay_quarantine()
        aside, _ = self._books.quarantined()
        last = compare.compare(journal.taken, journal.uncertain, self._books.stored(), aside)
        with site.connect() as connection:
            tickets = Tickets.of(connection, ticks)
        return Verdict(
            taken=last.taken,
            stored=last.stored,
            quarantined=last.quarantined,
            missing=max(first.missing, last.missing),
            duplicated=max(first.duplicated, last.duplicated),
            unknown=max(first.unknown, last.unknown),
            altered=max(first.altered, last.altered),
            not_as_emitted=compare.not_as_emitted(known, ticks),
            dropped=journal.refused,
            emitted=len(ticks) * signals.SERIES,
            before_replay=before_replay,
            ledger=self._books.ledger(),
            examples={**first.examples, **last.examples},
            episodes=tickets.episodes,
            alarms=tickets.alarms,
            work_orders=tickets.work_orders,
            doubled=tickets.doubled,
        )

    def memory_problems(self) -> list[str]:
        """Return which processes have grown beyond the level they had when warm."""
        return [
            f"{name} takes {now['latest']} MB, {now['warm']} when warm"
            for name, now in self._state.memory_mb.items()
            if now["latest"] > now["warm"] * MEMORY_RATIO_MAX + MEMORY_MB_MORE_MAX
        ]

    def _remember(self, fault: FaultReport) -> None:
        self._state.cycle = fault.cycle
        self._state.faults.append(fault)
        for name, mb in self._site.memory_mb().items():
            self._state.memory_mb.setdefault(name, {"warm": mb, "latest": mb})["latest"] = mb
        self._state.save()
        self._told(fault)

    def _enough(self, taken: int) -> bool:
        return self._site.recorder.taken - taken >= READINGS_PER_CYCLE

    def _wait_queryable(self, since: float) -> float:
        """Wait until a reading taken after a moment can be queried; returns the seconds since then."""

        def queryable() -> bool:
            taken = self._site.recorder.taken_since(since)
            return bool(taken) and bool(self._asked(lambda: self._books.is_queryable(taken)))

        wait_until("new readings can be queried", queryable, RECOVERY_SECONDS_MAX)
        return max(0.0, time.monotonic() - since)

    def _wait_scored(self, span: Span) -> float:
        """Wait until what had been received is scored; returns the seconds since the fault's end."""
        heads = wait_until("the ledger", lambda: self._asked(self._books.heads), SCORED_SECONDS_MAX)

        def scored() -> bool:
            cursors = self._asked(self._books.cursors) or {}
            return all(cursors.get(lane, 0) >= head for lane, head in heads.items())

        wait_until("what was received is scored", scored, SCORED_SECONDS_MAX, every_seconds=0.1)
        return max(0.0, time.monotonic() - span.ended_at)

    @staticmethod
    def _asked(question: Callable[[], Any]) -> Any:
        """Return the answer; None while the database is away."""
        try:
            return question()
        except psycopg.OperationalError:
            return None


def go(
    folder: Path,
    cycles: int,
    state: RunState,
    told: Told,
    starting: Callable[[str], None],
    *,
    kinds: Sequence[str] = (),
) -> tuple[Verdict, list[str]]:
    """Run up to so many cycles in a folder and account for every reading.

    Raises:
        ForewarnError: it does not start, or too much went wrong; what was done so far is remembered.
        KeyboardInterrupt: it was told to stop; what was done so far is remembered.
    """
    with Site(folder, lambda name, what, _: starting(f"{name} {what}")) as site:
        run = Run(site, state, told, kinds)
        run.warm()
        while state.cycle < cycles:
            run.cycle()
            if len(state.failures) >= FAILURES_MAX:
                raise Unavailable("; ".join(state.failures))
        run.drain()
        verdict = run.account()
        return verdict, run.memory_problems()
