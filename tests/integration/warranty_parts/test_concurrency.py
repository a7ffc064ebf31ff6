"""Many clients at once: one claim a key, no deadlock, no piece lost or made."""

import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kernel.clock import FakeClock, use_clock
from kernel.paging import PageRequest
from registry.permissions import PLATFORM
from tests.support import factories
from tests.support.warranty import FAILED_ON, World, location, part
from warranty_parts import service as warranty
from warranty_parts.claims import repository
from warranty_parts.errors import InsufficientStock
from warranty_parts.service import (
    ClaimDraft,
    ClaimFacts,
    ClaimLineDraft,
    FittingDraft,
    MovementDraft,
)

CLIENTS = 32


def at_once(work: list[Callable[[], object]]) -> list[object]:
    """Run all of `work` on 32 threads that start together; exceptions come back as results."""
    gate = threading.Barrier(CLIENTS)
    waiting = iter(work)
    lock = threading.Lock()
    results: list[object] = []

    def client() -> None:
        gate.wait()
        with use_clock(FakeClock(datetime(2026, 7, 1, 12, tzinfo=UTC))):
            while True:
                with lock:
                    job = next(waiting, None)
                if job is None:
                    return
                try:
                    results.append(job())
                except Exception as error:  # noqa: BLE001 - whatever it is, the test counts it
                    results.append(error)

    with ThreadPoolExecutor(CLIENTS) as pool:
        for future in [pool.submit(client) for _ in range(CLIENTS)]:
            future.result()
    return results


def test_640_claims_on_20_keys(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with world.database.transaction() as session:
        owner = factories.organisation(session)
        assets = [factories.asset(session, owner).id for _ in range(20)]

    def claim(asset_id: str) -> ClaimFacts:
        return world.submit(asset_id=asset_id, alarm_id=f"alm_{asset_id}", failed_serial=asset_id)

    jobs = [lambda key=key: claim(key) for key in assets for _ in range(32)]
    random.Random(7).shuffle(jobs)
    started = time.monotonic()
    results = at_once(jobs)
    seconds = time.monotonic() - started
    claims = [result for result in results if isinstance(result, ClaimFacts)]
    assert [result for result in results if not isinstance(result, ClaimFacts)] == []
    assert Counter(item.state for item in claims) == {"accepted": 20, "refused": 620}
    first = {item.asset_id: item.id for item in claims if item.state == "accepted"}
    assert set(first) == set(assets)
    for item in claims:
        if item.state == "refused":
            assert item.refusal is not None
            assert item.refusal["prior_claim_id"] == first[item.asset_id]
            assert item.refusal["rule"] == "a"
    with capsys.disabled():
        sys.stdout.write(f"\n640 claims on 20 keys by {CLIENTS} clients: {seconds:.2f} s\n")


def test_claims_with_many_keys_in_any_order_do_not_wait_in_a_ring(world: World) -> None:
    with world.database.transaction() as session:
        for number in range(6):
            part(session, f"P-{number}")
    chance = random.Random(11)

    def claim() -> ClaimFacts:
        picked = chance.sample(range(6), 4)
        lines = [
            ClaimLineDraft(f"position {number}", f"P-{number}", failed_serial=f"S-{number}")
            for number in picked
        ]
        draft = ClaimDraft(
            lines=lines,
            failure_on=FAILED_ON,
            asset_id=world.asset.id,
            complaint_ids=[f"cmp_{number}" for number in chance.sample(range(4), 3)],
            work_order_id=f"wo_{chance.randrange(3)}",
            invoice_number=f"I-{chance.randrange(3)}",
        )
        with world.database.transaction() as session:
            return warranty.submit_claim(session, PLATFORM, draft)

    results = at_once([claim for _ in range(96)])
    assert [result for result in results if not isinstance(result, ClaimFacts)] == []
    with world.database.transaction() as session:
        live = session.execute(
            text("SELECT position_key, count(*) FROM warranty_parts.claim_lines "
                 "WHERE live GROUP BY 1")
        ).all()  # fmt: skip
    # One live line a position: whatever the order, no two claims share one.
    assert live
    assert all(count == 1 for _, count in live)


def test_parts_moved_by_many_are_neither_lost_nor_made(world: World) -> None:
    with world.database.transaction() as session:
        for number in range(4):
            part(session, f"P-{number}")
        supplier = location(session, "supplier")
        stores = [location(session, name=f"Store {number}") for number in range(5)]
        warranty.move_parts(
            session,
            PLATFORM,
            [
                MovementDraft(f"P-{number}", supplier.id, store.id, 5)
                for number in range(4)
                for store in stores
            ],
        )
    chance = random.Random(3)

    def move() -> int:
        drafts = []
        for _ in range(chance.randrange(1, 4)):
            source, target = chance.sample(stores, 2)
            number = chance.randrange(4)
            drafts.append(
                MovementDraft(f"P-{number}", source.id, target.id, chance.randrange(1, 5))
            )
        with world.database.transaction() as session:
            return len(warranty.move_parts(session, PLATFORM, drafts))

    results = at_once([move for _ in range(256)])
    odd = [r for r in results if not isinstance(r, int | InsufficientStock)]
    assert odd == []
    assert any(isinstance(result, int) for result in results)
    with world.database.transaction() as session:
        held = warranty.list_stock(session, PLATFORM, PageRequest(200)).items
        assert warranty.stock_disagreements(session) == []
    by_part: Counter[str] = Counter()
    for item in held:
        if item.location.kind == "warehouse":
            assert item.quantity > 0
            by_part[item.part.number] += item.quantity
    assert by_part == {f"P-{number}": 25 for number in range(4)}


def test_pieces_fitted_from_one_van_by_many(world: World) -> None:
    with world.database.transaction() as session:
        engineer = factories.principal(session, "engineer")
        part(session, "B-1")
        supplier = location(session, "supplier")
        van = location(session, "van", person_id=engineer.person_id)
        owner = factories.organisation(session)
        assets = [factories.asset(session, owner).id for _ in range(24)]
        warranty.move_parts(
            session,
            PLATFORM,
            [MovementDraft(number, supplier.id, van.id, 10) for number in ("A-100", "B-1")],
        )

    def fit(asset_id: str, first: str, second: str) -> int:
        drafts = [
            FittingDraft(number, number, None, None, date(2026, 6, 3)) for number in (first, second)
        ]
        with world.database.transaction() as session:
            made = warranty.record_fittings(
                session, engineer, asset_id=asset_id, work_order_id=f"wo_{asset_id}", drafts=drafts
            )
        return sum(piece.movement_id is not None for piece in made)

    jobs = [
        (lambda key=key, pair=pair: fit(key, *pair))
        for number, key in enumerate(assets)
        for pair in [("A-100", "B-1") if number % 2 else ("B-1", "A-100")]
    ]
    results = at_once(jobs)
    assert [result for result in results if not isinstance(result, int)] == []
    # Twenty pieces were in the van, and each went into a machine once.
    assert sum(result for result in results if isinstance(result, int)) == 20


def test_a_claim_written_past_the_code_is_still_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world.submit()
    blind = [True]
    look = repository.rivals

    def look_away_once(*arguments: object) -> list[repository.Rival]:
        return [] if blind and blind.pop() else look(*arguments)

    # As if the other claim had been committed between the look and the write.
    monkeypatch.setattr(repository, "rivals", look_away_once)
    second = world.submit()
    assert second.state == "refused"
    assert second.refusal is not None
    assert second.refusal["prior_claim_id"] == first.id


def test_the_database_alone_refuses_a_duplicate(world: World) -> None:
    claim = world.submit(failed_serial="S-1", work_order_id="wo_1", invoice_number="I-1",
                         alarm_id="alm_1")  # fmt: skip
    other = world.submit(position="NDE", part_number="Q-1", failed_serial="Q-1")
    copy = (
        "INSERT INTO warranty_parts.claim_lines (id, claim_id, number, state, organisation_id, "
        "asset_id, position, position_key, part_number, family_key, fitting_id, "
        "failed_serial_key, work_order_id, invoice_key, quantity, labour_minutes, cover) "
        "SELECT 'cln_copy', :claim, 9, 'accepted', organisation_id, asset_id, position, "
        "{position}, part_number, {family}, {fitting}, {serial}, {order}, {invoice}, 1, 0, "
        "{cover} FROM warranty_parts.claim_lines WHERE claim_id = :first"
    )
    nothing = {
        "position": "'ELSEWHERE'",
        "family": "'pfm_other'",
        "fitting": f"'{other.lines[0].fitting_id}'",
        "serial": "NULL",
        "order": "NULL",
        "invoice": "NULL",
        "cover": "cover",
    }
    for named, same in (
        ("ex_claim_lines_a_fitting", {"position": "position_key", "fitting": "fitting_id"}),
        ("uq_claim_lines_b_serial", {"family": "family_key", "serial": "failed_serial_key"}),
        ("uq_claim_lines_c_position", {"position": "position_key", "order": "work_order_id"}),
        ("ex_claim_lines_c_part", {"family": "family_key", "order": "work_order_id"}),
        ("ex_claim_lines_d_invoice", {"invoice": "invoice_key"}),
        ("ck_claim_lines_cover", {"cover": "'empty'::daterange"}),
        ("ck_claim_lines_key", {"fitting": "NULL"}),
    ):
        with pytest.raises(IntegrityError, match=named), world.database.transaction() as session:
            session.execute(
                text(copy.format(**(nothing | same))), {"claim": other.id, "first": claim.id}
            )
    for wrong in (
        "UPDATE warranty_parts.claim_lines SET position_key = 'X'",
        "UPDATE warranty_parts.claim_lines SET failed_serial_key = 'X'",
        "UPDATE warranty_parts.claim_line_events SET live = false",
        "DELETE FROM warranty_parts.claim_lines",
        "DELETE FROM warranty_parts.claims",
        "UPDATE warranty_parts.fittings SET serial_key = 'X'",
    ):
        with (
            pytest.raises(Exception, match="permission denied"),
            world.database.transaction() as session,
        ):
            session.execute(text(wrong))


def write(world: World, statements: list[str], values: dict[str, str]) -> None:
    """Run statements in one transaction as the application's role."""
    with world.database.transaction() as session:
        for statement in statements:
            session.execute(text(statement), values)


def test_the_database_alone_keeps_the_ledger(world: World) -> None:
    with world.database.transaction() as session:
        supplier, store = location(session, "supplier"), location(session)
        (received,) = warranty.move_parts(
            session, PLATFORM, [MovementDraft("A-100", supplier.id, store.id, 3)]
        )
    for wrong in (
        "UPDATE warranty_parts.movements SET quantity = 1",
        "DELETE FROM warranty_parts.movements",
        "UPDATE warranty_parts.entries SET balance_before = 9",
        "DELETE FROM warranty_parts.entries",
        "TRUNCATE warranty_parts.entries, warranty_parts.movements CASCADE",
    ):
        with (
            pytest.raises(Exception, match="permission denied"),
            world.database.transaction() as session,
        ):
            session.execute(text(wrong))
    movement = (
        "INSERT INTO warranty_parts.movements (id, part_id, quantity, from_location_id, "
        "to_location_id, from_seq, to_seq, actor_name, moved_at, reverses_id) VALUES "
        "('mov_x', :part, {quantity}, {source}, {target}, 2, 2, 'x', now(), {reverses})"
    )
    entry = (
        "INSERT INTO warranty_parts.entries (movement_id, part_id, quantity, from_location_id, "
        "to_location_id, side, kind, seq, balance_before) VALUES "
        "('mov_x', :part, {quantity}, {source}, {target}, '{side}', '{kind}', {seq}, {before})"
    )
    right = {"quantity": 2, "source": ":store", "target": ":supplier", "reverses": "NULL"}
    out = {"side": "from", "kind": "warehouse", "seq": 2, "before": 3}
    back = {"side": "to", "kind": "supplier", "seq": 2, "before": -3}
    for named, changes, entries in (
        ("fk_movements_from_entry", {}, []),
        ("fk_movements_to_entry", {}, [out]),
        ("fk_entries_previous", {}, [out | {"before": 4}, back]),
        ("fk_entries_previous", {}, [out | {"seq": 3}, back]),
        ("pk_entries", {}, [out | {"seq": 1, "before": 0, "kind": "supplier"}, back]),
        ("fk_entries_location", {}, [out | {"kind": "supplier"}, back]),
        ("ck_entries_balance", {"quantity": 4}, [out, back]),
        ("fk_entries_movement", {}, [out | {"quantity": 1}, back]),
        ("ck_movements_quantity", {"quantity": -2}, []),
        ("ck_movements_moves", {"target": ":store"}, []),
        ("fk_movements_opposite", {"reverses": ":received"}, [out, back]),
    ):
        values = {"part": world.part.id, "store": store.id, "supplier": supplier.id,
                  "received": received.id}  # fmt: skip
        statements = [
            movement.format(**(right | changes)),
            *(entry.format(**(right | changes | row)) for row in entries),
        ]
        with pytest.raises(IntegrityError, match=named):
            write(world, statements, values)
    write(
        world,
        [movement.format(**right), *(entry.format(**(right | row)) for row in (out, back))],
        values,
    )
    with world.database.transaction() as session:
        (held,) = warranty.list_stock(session, PLATFORM, PageRequest(), location_id=store.id).items
        assert held.quantity == 1
