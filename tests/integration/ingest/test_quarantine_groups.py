"""Quarantine by reason and source over HTTP: listed in scope, found by place and word, decided as a whole."""

from typing import Any

import httpx
import pytest

from ingest import mapping
from ingest.admission import Admitted, Rejected, digest_of
from ingest.batch import Batch, Incoming
from ingest.commit import commit_frames
from ingest.partitions import ensure_frames_partitions
from ingest.quarantine import intake
from ingest.rules import Limits
from kernel.clock import utc_now
from kernel.db import Database
from kernel.wire.messages import Tag
from registry.assets import service as assets
from registry.models import Gateway, Organisation
from telemetry import service as telemetry
from tests.integration.conftest import ClientFor
from tests.integration.ingest.conftest import MakePlant
from tests.integration.ingest.edge import Plant, now_us
from tests.support import factories

LATE = Tag("late", "LATE-G", "late")


def received(database: Database, plant: Plant, frames: int, *values: float) -> None:
    """Frames of these values, received; tags of unknown machines go to quarantine, and what is no number."""
    with database.transaction() as session:
        gateway = assets.find_gateway(session, plant.agent)
        assert gateway is not None
        tags = mapping.announce(session, gateway, plant.schema.hash, plant.tags)
    made = []
    for number in range(frames):
        start = now_us() - 1_000_000 + number * 1000
        frame = plant.frame(list(values), ts=[start + n for n in range(len(values))])
        payload = plant.bytes_of(frame)
        made.append(Incoming(Admitted(frame, gateway, payload, digest_of(payload)), tags))
    limits = Limits.at(now_us(), future_seconds_max=300, age_days_max=1)
    ensure_frames_partitions(database.engine, [utc_now().date()])
    telemetry.ensure_partitions(database.engine)
    with database.transaction() as session:
        commit_frames(session, Batch.of(made, now_us(), limits), messages_kept_max=10)


def rejected(database: Database, source: str, reason: str, *bodies: bytes) -> None:
    with database.transaction() as session:
        for body in bodies:
            message = Rejected(source, None, reason, f"{len(body)} bytes", body, digest_of(body))
            intake.put_messages(session, [message], 10, utc_now())


def groups(client: httpx.Client, **params: Any) -> list[dict[str, Any]]:
    answer = client.get("/quarantine/groups", params={"state": "open", **params})
    assert answer.is_success, answer.text
    return list(answer.json()["items"])


def decide(client: httpx.Client, verb: str, group: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Send it again until nothing is left, as the page does; return the sums."""
    sums: dict[str, Any] = {"entries": 0, "resolved": 0, "stored": 0, "requests": 0}
    body = {
        "reason": group["reason"],
        "source": group["source"],
        "up_to": group["newest_id"],
        **more,
    }
    while True:
        answer = client.post(f"/quarantine/groups/{verb}", json=body)
        assert answer.is_success, answer.text
        done = answer.json()
        sums["requests"] += 1
        for name in ("entries", "resolved", "stored"):
            sums[name] += done[name]
        for name in ("remaining", "messages_failed"):
            for why, many in done[name].items():
                sums[f"{name} {why}"] = sums.get(f"{name} {why}", 0) + many
        if done["next"] is None:
            return sums
        body["after"] = done["next"]


def test_entries_are_grouped_by_reason_and_source(
    client_for: ClientFor, database: Database, make_plant: MakePlant
) -> None:
    plant, other = make_plant(tags=1, more=(LATE,)), make_plant(tags=1, more=(LATE,))
    received(database, plant, 3, float("nan"), 2.0)
    received(database, other, 2, 1.0, 2.0)
    rejected(database, "unknown", "not_a_frame", b"junk", b"junk", b"more junk")
    admin = client_for("admin")
    found = {(group["source"], group["reason"]): group for group in groups(admin)}
    assert {key: (group["entries"], group["readings"], group["occurrences"])
            for key, group in found.items()} == {
        (plant.agent, "unknown_series"): (3, 3, 3),
        (plant.agent, "not_finite"): (3, 3, 3),
        (other.agent, "unknown_series"): (2, 2, 2),
        ("unknown", "not_a_frame"): (2, 0, 3),
    }  # fmt: skip
    one, stranger = found[plant.agent, "unknown_series"], found["unknown", "not_a_frame"]
    assert one["gateway_name"]
    assert one["gateway_id"] == plant.agent
    assert one["first_seen_at"] <= one["last_seen_at"]
    assert (stranger["gateway_id"], stranger["detail"]) == (None, "9 bytes")
    assert one["replayable"]
    # Page by page they are the same.
    paged, cursor = [], None
    for _ in range(4):
        answer = admin.get("/quarantine/groups", params={
            "state": "open", "limit": 1, **({"cursor": cursor} if cursor else {})}).json()  # fmt: skip
        paged += [(group["source"], group["reason"]) for group in answer["items"]]
        cursor = answer["next_cursor"]
    assert cursor is None
    assert paged == list(found)
    # An opened group lists its entries.
    entries = admin.get("/quarantine", params={
        "reason": "unknown_series", "source": plant.agent}).json()["items"]  # fmt: skip
    assert len(entries) == 3
    wrong = admin.get("/quarantine/groups", params={"cursor": "WyJ4Il0"})
    assert wrong.status_code == 422


def test_groups_are_found_by_place_and_word_in_ones_scope(
    client_for: ClientFor, database: Database, make_plant: MakePlant
) -> None:
    plant, other = make_plant(tags=1, more=(LATE,)), make_plant(tags=1, more=(LATE,))
    for each in (plant, other):
        received(database, each, 1, 1.0, 2.0)
    rejected(database, "gw_stranger", "bad_signature", b"junk")
    with database.transaction() as session:
        gateway = session.get(Gateway, plant.agent)
        assert gateway is not None
        gateway.name = "Brewery 100%"
        owner = session.get(Organisation, gateway.organisation_id)
        place = {"organisation_id": gateway.organisation_id, "site_id": gateway.site_id}
    admin = client_for("admin")
    sources = lambda found: [group["source"] for group in found]  # noqa: E731
    assert sources(groups(admin, organisation_id=place["organisation_id"])) == [plant.agent]
    assert sources(groups(admin, site_id=place["site_id"])) == [plant.agent]
    assert sources(groups(admin, q="brewery 100%")) == [plant.agent]
    assert sources(groups(admin, q="STRANGER")) == ["gw_stranger"]
    assert groups(admin, q="no such") == []
    assert sources(groups(admin, gateway_id=other.agent)) == [other.agent]
    mine = client_for("admin", owner)
    assert sources(groups(mine)) == [plant.agent]
    assert groups(mine, q="stranger") == []
    # What another customer has is not dropped, whatever the body names.
    (theirs,) = groups(admin, gateway_id=other.agent)
    assert decide(mine, "drop", theirs, note="mine now")["resolved"] == 0
    assert len(groups(admin, gateway_id=other.agent)) == 1


def test_a_group_is_replayed_as_a_whole_and_tells_what_stays(
    client_for: ClientFor,
    database: Database,
    make_plant: MakePlant,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("api.routes.quarantine.ENTRIES_AT_ONCE", 2)
    plant = make_plant(tags=1, more=(LATE,))
    received(database, plant, 5, 1.0, 2.0)
    admin = client_for("admin")
    (group,) = groups(admin)
    nothing = decide(admin, "replay", group)
    assert (nothing["entries"], nothing["stored"]) == (5, 0)
    assert nothing["remaining unknown_series"] == 5
    with database.transaction() as session:
        gateway = session.get(Gateway, plant.agent)
        assert gateway is not None
        owner = session.get(Organisation, gateway.organisation_id)
        factories.asset(session, owner, serial_number="LATE-G")
    # What comes after somebody looked is not decided about.
    later = make_plant(tags=1, more=(LATE,))
    received(database, later, 1, 1.0, 2.0)
    done = decide(admin, "replay", group)
    assert (done["entries"], done["resolved"], done["stored"], done["requests"]) == (5, 5, 5, 4)
    assert [each["source"] for each in groups(admin)] == [later.agent]
    assert decide(admin, "replay", group)["entries"] == 0


def test_messages_of_a_group_tell_what_is_against_them_and_can_be_dropped(
    client_for: ClientFor, database: Database
) -> None:
    rejected(database, "unknown", "not_a_frame", b"junk", b"more junk")
    rejected(database, "gw_x", "bad_signature", b"x")
    admin = client_for("admin")
    junk, forged = sorted(groups(admin), key=lambda group: -group["entries"])
    assert not forged["replayable"]
    done = decide(admin, "replay", junk)
    assert (done["entries"], done["resolved"]) == (2, 0)
    assert sum(many for name, many in done.items() if name.startswith("messages_failed")) == 2
    assert "messages_failed None" not in done
    assert decide(admin, "replay", forged)["messages_failed never_right"] == 1
    rejected(database, "unknown", "not_a_frame", b"junk that came since")
    assert admin.post("/quarantine/groups/drop", json={}).status_code == 422
    dropped = decide(admin, "drop", junk, note="a scanner")
    assert (dropped["resolved"], dropped["stored"]) == (2, 0)
    (left,) = [group for group in groups(admin) if group["source"] == "unknown"]
    assert left["entries"] == 1
    closed = admin.get("/quarantine", params={"state": "dropped"}).json()["items"]
    assert len(closed) == 2
    (record, *_) = admin.get("/audit", params={"object_id": closed[0]["id"]}).json()["items"]
    assert (record["action"], record["reason"]) == ("quarantine.dropped", "a scanner")
    reader = client_for("desk_agent")
    body = {"reason": "x", "source": "x", "up_to": "qr_x"}
    assert reader.post("/quarantine/groups/replay", json=body).status_code == 403
