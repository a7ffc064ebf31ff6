"""Modes written down beside alarms: by what a machine draws, by its tag, the same after any restart."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from anomaly.device.loads import ModeChange
from anomaly.directory import TelemetrySeries
from anomaly.modes.errors import InvalidModes
from anomaly.modes.repository import put_changes
from anomaly.modes.service import TagDraft, read_modes, read_tag, remove_old, set_tag
from anomaly.scoring.memory import Memory
from kernel.clock import FakeClock, use_clock, utc_now
from kernel.db import Database
from kernel.errors import Forbidden, NotFound, StaleVersion
from kernel.settings import forget_settings
from runtime import retention
from telemetry import service as telemetry
from telemetry.states.service import codes_for
from tests.integration.anomaly.world import START, Signal, World
from tests.support import factories

_CYCLE_S = 600


def drawing(idle: float, full: float) -> Signal:
    """Idling for a third of each cycle."""
    return lambda second, random: (
        (idle if second % _CYCLE_S < _CYCLE_S / 3 else full) + random.gauss(0, 0.5)
    )


def a_machine_idles(world: World, memory: Memory | None) -> str:
    """Two hours of idling and load, then its vibration is far too high, under load too."""
    asset = world.asset()
    power = world.series(asset, "power", low=0.0, high=100.0)
    vibration = world.series(asset)
    world.signals[power] = drawing(25.0, 70.0)
    for _ in range(6):
        world.send("gw", [power, vibration], 4, per_frame=300)
        world.score("gw", memory or Memory())
    high: Signal = lambda _, random: random.gauss(60, 1)  # noqa: E731 - a signal
    world.send("gw", [power, vibration], 1, per_frame=300)
    world.send("gw", [power, vibration], 1, per_frame=300, s2=high)
    world.score("gw", memory or Memory())
    return asset


def test_modes_are_written_down_and_alarms_say_them_whatever_is_restarted(
    emptied_database: Database, database: Database
) -> None:
    world = World(emptied_database)
    asset = a_machine_idles(world, world.memory)
    begun = world.rows("SELECT since, mode FROM anomaly.asset_modes ORDER BY since")
    modes = [row.mode for row in begun]
    assert modes[0] == "running"
    assert modes[-2:] in (["idling", "loaded"], ["loaded", "idling"])
    (alarm,) = [row for row in world.alarms() if row.category == "machine"]
    assert alarm.cause["mode"] == "loaded"
    assert alarm.summary["en"].endswith(", while loaded")
    assert alarm.summary["zh"].endswith("（带载时）")
    assert {row.mode for row in world.deviations()} == {"loaded"}
    end = START + timedelta(seconds=7800)
    with emptied_database.transaction() as session, use_clock(FakeClock(end)):
        engineer = factories.principal(session, "engineer")
        found = read_modes(session, engineer, asset, START + timedelta(hours=1.5), end)
        assert found.mode == modes[-1]
        assert not found.more
        assert found.items[-1].until is None
        assert found.shares["idling"] == pytest.approx(1 / 3, abs=0.07)
        assert sum(found.shares.values()) == pytest.approx(1)
        with pytest.raises(InvalidModes):
            read_modes(session, engineer, asset, end, START)
    # Another plant, whose worker forgets everything between any two runs and hardly saves anything.
    restarted = World(database)
    rarely = {"snapshot_readings": 10**6, "snapshot_s": 1e6}
    restarted.section = restarted.section.model_copy(update=rarely)
    a_machine_idles(restarted, None)
    assert restarted.outcome() == world.outcome()
    query = "SELECT since, mode FROM anomaly.asset_modes ORDER BY since"
    assert [tuple(row) for row in restarted.rows(query)] == [tuple(row) for row in begun]


def test_a_tag_is_named_for_a_machine_or_its_model_and_reaches_scoring(
    emptied_database: Database,
) -> None:
    with emptied_database.transaction() as session:
        asset = factories.asset(session)
        lead = factories.principal(session, "desk_lead")
        engineer = factories.principal(session, "engineer")
        stranger = factories.principal(session, "customer", factories.organisation(session))
        state = telemetry.register_series(session, asset.id, "state", kind="state")
        texts = telemetry.register_series(session, asset.id, "mode_text", kind="state")
        codes = codes_for(session, [(texts, "RUN"), (texts, "OFF")])
        assert read_tag(session, engineer, asset.id).version == 0
        model = {"0": "stopped", "1": "loaded"}
        made = set_tag(
            session, lead, asset.id, TagDraft("state", model, "product_model"), expected_version=0
        )
        assert (made.version, made.applies_to) == (1, "product_model")
        assert TelemetrySeries().series(session, [state])[state].modes == (
            (0.0, "stopped"), (1.0, "loaded"),
        )  # fmt: skip
        set_tag(session, lead, asset.id, TagDraft("mode_text", {"RUN": "loaded", "OFF": "stopped"}))
        assert read_tag(session, engineer, asset.id).applies_to == "asset"
        infos = TelemetrySeries().series(session, [state, texts])
        assert infos[state].modes == ()
        assert dict(infos[texts].modes) == {
            float(codes[texts, "RUN"]): "loaded", float(codes[texts, "OFF"]): "stopped",
        }  # fmt: skip
        with pytest.raises(StaleVersion):
            set_tag(session, lead, asset.id, TagDraft("state", model), expected_version=0)
        with pytest.raises(Forbidden):
            set_tag(session, engineer, asset.id, TagDraft("state", model))
        with pytest.raises(NotFound):
            read_tag(session, stranger, asset.id)
        for bad in (
            TagDraft("none_such", model), TagDraft("state", {"0": "flying"}),
            TagDraft("state", {"0": "unknown"}), TagDraft("state", {" ": "stopped"}),
            TagDraft("state", model, "all"),
        ):  # fmt: skip
            with pytest.raises(InvalidModes):
                set_tag(session, lead, asset.id, bad)


def test_modes_of_long_ago_go_and_what_held_then_is_still_known(
    emptied_database: Database,
) -> None:
    with emptied_database.transaction() as session:
        machines = [factories.asset(session).id for _ in range(2)]
        for asset in machines:
            changes = [
                ModeChange(asset, round(START.timestamp() + 3600 * hour) * 1_000_000, mode)
                for hour, mode in enumerate(["stopped", "loaded", "idling", "loaded"])
            ]
            put_changes(session, changes[: 4 if asset == machines[0] else 1])
    before = START + timedelta(hours=2.5)
    # The first two of one machine; what held at that time stays, and so does the other's only one.
    assert remove_old(emptied_database, before, at_once=1) == 2
    assert remove_old(emptied_database, before) == 0
    with emptied_database.transaction() as session, use_clock(FakeClock(START + timedelta(days=1))):
        engineer = factories.principal(session, "engineer")
        kept = [
            read_modes(session, engineer, asset, before, before + timedelta(hours=1)).items
            for asset in machines
        ]
    assert [[item.mode for item in items] for items in kept] == [["idling", "loaded"], ["stopped"]]


def test_retention_removes_modes_after_the_days_that_are_set(
    emptied_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREWARN_ANOMALY_MODES_KEEP_DAYS", "30")
    forget_settings()
    with emptied_database.transaction() as session:
        asset = factories.asset(session).id
        days = (1, 31, 32)
        at = [round(utc_now().timestamp() - 86_400 * day) * 1_000_000 for day in days]
        put_changes(session, [ModeChange(asset, us, "loaded") for us in at])
    retention.apply(emptied_database)
    with emptied_database.transaction() as session:
        query = text("SELECT count(*) FROM anomaly.asset_modes")
        assert session.execute(query).scalar_one() == 2
    forget_settings()
