"""The ledger and the claims against independent models in memory, step by step."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from kernel.clock import FakeClock, use_clock
from kernel.db import Database
from kernel.ids import new_id
from kernel.paging import PageRequest
from registry.models import Organisation
from registry.permissions import PLATFORM
from tests.support import factories
from tests.support.warranty import location, part, policy
from warranty_parts import service as warranty
from warranty_parts.errors import InsufficientStock, MovementReversed
from warranty_parts.service import (
    ClaimDraft,
    ClaimFacts,
    ClaimLineDraft,
    LocationFacts,
    MovementDraft,
    MovementFacts,
)

SWEEP = settings(
    max_examples=8,
    stateful_step_count=18,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class LedgerMachine(RuleBasedStateMachine):
    """Movements between a supplier, two stores and a customer."""

    database: Database
    movements = Bundle("movements")

    @initialize()
    def begin(self) -> None:
        with self.database.transaction() as session:
            self.part = part(session, new_id("L"))
            self.places: list[LocationFacts] = [
                location(session, kind)
                for kind in ("supplier", "warehouse", "warehouse", "customer")
            ]
        self.held = [0, 0, 0, 0]
        self.reversed: set[str] = set()

    @rule(target=movements, ends=st.permutations(range(4)), quantity=st.integers(1, 6))
    def move(self, ends: list[int], quantity: int) -> Any:
        return self._try(ends[0], ends[1], quantity, None)

    @rule(target=movements, movement=movements)
    def reverse(self, movement: MovementFacts) -> Any:
        ids = [place.id for place in self.places]
        source, target = ids.index(movement.to_location.id), ids.index(movement.from_location.id)
        if movement.id in self.reversed or movement.reverses_id:
            with pytest.raises(MovementReversed):
                self._write(movement, source, target)
            return multiple()
        return self._try(source, target, movement.quantity, movement)

    def _write(self, reverses: MovementFacts | None, *ends: int, quantity: int = 0) -> Any:
        with self.database.transaction() as session:
            if reverses is not None:
                return warranty.reverse_movement(session, PLATFORM, reverses.id, "a mistake")
            source, target = (self.places[end].id for end in ends)
            draft = MovementDraft(self.part.number, source, target, quantity)
            return warranty.move_parts(session, PLATFORM, [draft])[0]

    def _try(self, source: int, target: int, quantity: int, reverses: MovementFacts | None) -> Any:
        enough = self.held[source] >= quantity or source in {0, 3}
        if not enough:
            with pytest.raises(InsufficientStock) as refused:
                self._write(reverses, source, target, quantity=quantity)
            assert refused.value.facts["available"] == self.held[source]
            return multiple()
        movement = self._write(reverses, source, target, quantity=quantity)
        self.held[source] -= quantity
        self.held[target] += quantity
        if reverses is not None:
            self.reversed.add(reverses.id)
        return movement

    @invariant()
    def balances_agree(self) -> None:
        if not hasattr(self, "held"):
            return
        with self.database.transaction() as session:
            found = {
                item.location.id: item.quantity
                for item in warranty.list_stock(
                    session, PLATFORM, PageRequest(), part_id=self.part.id
                ).items
            }
            assert warranty.stock_disagreements(session) == []
        assert [found.get(place.id, 0) for place in self.places] == self.held


def test_the_ledger_agrees_with_a_model(database: Database) -> None:
    machine = type("Ledger", (LedgerMachine,), {"database": database})
    run_state_machine_as_test(machine, settings=SWEEP)


@dataclass
class Piece:
    """A piece in the model."""

    family: str
    start: date
    serials: set[str]
    end: date | None = None
    order: str | None = None
    came_after: "Piece | None" = None


@dataclass
class Line:
    """A live claim in the model."""

    claim: ClaimFacts
    piece: Piece
    keys: dict[str, set[str]] = field(default_factory=dict)


FAMILY = {"A-100": "A", "A-101": "A", "B-200": "B"}
maybe = st.none() | st.integers(0, 2)


class ClaimsMachine(RuleBasedStateMachine):
    """Claims, fittings, payments and reversals on one machine; every step is a day later."""

    database: Database
    owner: Organisation
    claims = Bundle("claims")

    @initialize()
    def begin(self) -> None:
        with self.database.transaction() as session:
            self.asset = factories.asset(session, self.owner)
        self.day = date(2026, 2, 1)
        self.pieces: dict[str, list[Piece]] = {"P": [], "Q": []}
        self.live: list[Line] = []

    def _tag(self, kind: str, number: int | None) -> str | None:
        # Keys are this machine's own: the database is shared by all examples.
        return None if number is None else f"{kind}{number} of {self.asset.serial_number}"

    def _failed(self, where: str, serial: str | None, order: str | None) -> Piece | None:
        pieces = self.pieces[where]
        for piece in reversed(pieces):
            if serial in piece.serials:
                return piece
        for piece in pieces:
            if order is not None and piece.order == order and piece.came_after is not None:
                return piece.came_after
        for piece in pieces:
            if piece.end is None or piece.end >= self.day:
                return piece
        return None

    def _factory(self, where: str, number: str, serial: str | None) -> Piece:
        taken = any(
            piece.end is None and piece.family == FAMILY[number] and serial in piece.serials
            for pieces in self.pieces.values()
            for piece in pieces
        )
        known = {serial} if serial is not None and not taken else set()
        made = Piece(FAMILY[number], date(2025, 11, 1), known)
        self.pieces[where].append(made)
        return made

    def _exchange(self, where: str, number: str, serial: str | None, order: str | None) -> None:
        old = self.pieces[where][-1]
        old.end = self.day
        if serial is not None:
            old.serials.add(serial)
        new = Piece(FAMILY[number], self.day, set(), order=order, came_after=old)
        self.pieces[where].append(new)

    @rule(
        target=claims,
        where=st.sampled_from(["P", "Q"]),
        number=st.sampled_from(list(FAMILY)),
        serial=maybe,
        order=maybe,
        alarm=maybe,
        invoice=maybe,
        repaired=st.booleans(),
    )
    def submit(
        self,
        *,
        where: str,
        number: str,
        serial: int | None,
        order: int | None,
        alarm: int | None,
        invoice: int | None,
        repaired: bool,
    ) -> ClaimFacts:
        self.day += timedelta(days=1)
        failed, orders = self._tag("S", serial), self._tag("wo", order)
        alarms, invoices = self._tag("alm", alarm), self._tag("I", invoice)
        claim = self._submit(
            ClaimDraft(
                lines=[ClaimLineDraft(where, number, failed_serial=failed)],
                failure_on=self.day,
                repaired_on=self.day if repaired else None,
                asset_id=self.asset.id,
                work_order_id=orders,
                alarm_id=alarms,
                invoice_number=invoices,
            )
        )
        piece = self._failed(where, failed, orders)
        family = FAMILY[number]
        keys = {
            "b": {f"{family} {failed}"} if failed else set(),
            "c": {
                f"{event} {what}" for event in (orders, alarms) if event for what in (where, family)
            },
            "d": {invoices} if invoices else set(),
        }
        self._compare(claim, piece, keys)
        if claim.state == "accepted":
            piece = piece or self._factory(where, number, failed)
            self.live.append(Line(claim, piece, keys))
            if repaired and piece.end is None:
                self._exchange(where, number, failed, orders)
        return claim

    def _submit(self, draft: ClaimDraft) -> ClaimFacts:
        noon = datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)
        with use_clock(FakeClock(noon)), self.database.transaction() as session:
            return warranty.submit_claim(session, PLATFORM, draft)

    def _compare(self, claim: ClaimFacts, piece: Piece | None, keys: dict[str, set[str]]) -> None:
        against = [
            (letter, line.claim.number, line.claim.id)
            for line in self.live
            for letter in "abcd"
            if (letter == "a" and line.piece is piece and piece is not None)
            or (letter != "a" and keys[letter] & line.keys[letter])
        ]
        if not against:
            assert claim.state == "accepted", claim.refusal
            return
        letter, _, prior = min(against)
        assert claim.refusal is not None, against
        assert (claim.refusal["rule"], claim.refusal["prior_claim_id"]) == (letter, prior)

    @rule(claim=claims)
    def pay(self, claim: ClaimFacts) -> None:
        with self.database.transaction() as session:
            now = warranty.get_claim(session, PLATFORM, claim.id)
            if now.state == "accepted":
                warranty.pay_claim(session, PLATFORM, claim.id, expected_version=now.version)

    @rule(claim=claims)
    def reverse(self, claim: ClaimFacts) -> None:
        with self.database.transaction() as session:
            now = warranty.get_claim(session, PLATFORM, claim.id)
            if now.state in {"accepted", "paid"}:
                warranty.reverse_claim(
                    session, PLATFORM, claim.id, reason="x", expected_version=now.version
                )
        self.live = [line for line in self.live if line.claim.id != claim.id]

    @rule(where=st.sampled_from(["P", "Q"]), number=st.sampled_from(list(FAMILY)))
    def replace_by_work_order(self, where: str, number: str) -> None:
        self.day += timedelta(days=1)
        order = f"wo of {self.asset.serial_number} on {self.day}"
        with (
            use_clock(FakeClock(datetime(2030, 1, 1, tzinfo=UTC))),
            self.database.transaction() as session,
        ):
            warranty.record_fitting(
                session,
                PLATFORM,
                asset_id=self.asset.id,
                position=where,
                part_number=number,
                failed_serial=None,
                replacement_serial=None,
                fitted_on=self.day,
                work_order_id=order,
            )
        if not self.pieces[where]:
            self._factory(where, number, None)
        self._exchange(where, number, None, order)

    @invariant()
    def live_lines_agree(self) -> None:
        if not hasattr(self, "asset"):
            return
        with self.database.transaction() as session:
            states = ["submitted", "needs_information", "accepted", "paid"]
            found = warranty.list_claims(
                session, PLATFORM, PageRequest(200), asset_id=self.asset.id, states=states
            ).items
            pieces = warranty.fittings_of_asset(session, PLATFORM, self.asset.id)
        assert {claim.id for claim in found} == {line.claim.id for line in self.live}
        for where, expected in self.pieces.items():
            periods = sorted(
                (piece.fitted_on, piece.ended_on or date.max)
                for piece in pieces
                if piece.position == where
            )
            assert periods == [(piece.start, piece.end or date.max) for piece in expected]


def test_claims_agree_with_a_model(database: Database) -> None:
    with database.transaction() as session:
        owner = factories.organisation(session)
        policy(session, months=240, checks={"entitlement": "skip"})
        part(session, "A-100")
        part(session, "A-101", supersedes="A-100")
        part(session, "B-200")
    machine = type("Claims", (ClaimsMachine,), {"database": database, "owner": owner})
    run_state_machine_as_test(machine, settings=SWEEP)
