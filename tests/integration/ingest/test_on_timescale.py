"""Frames go into TimescaleDB as they go into partitions: tests of `test_flow` on a hypertable."""

import pytest

from kernel.db import Database
from telemetry import service as telemetry
from tests.integration.ingest.test_flow import (
    test_a_frame_is_stored_exactly_and_acked,
    test_every_bad_reading_has_its_reason_and_the_others_are_stored,
    test_frames_out_of_order_leave_the_head_before_the_hole,
    test_latest_values_are_the_newest_by_source_time,
    test_many_frames_of_many_agents_both_lanes,
    test_the_same_frame_again_is_acked_and_stored_once,
)

__all__ = [
    "test_a_frame_is_stored_exactly_and_acked",
    "test_every_bad_reading_has_its_reason_and_the_others_are_stored",
    "test_frames_out_of_order_leave_the_head_before_the_hole",
    "test_latest_values_are_the_newest_by_source_time",
    "test_many_frames_of_many_agents_both_lanes",
    "test_the_same_frame_again_is_acked_and_stored_once",
]
pytestmark = [pytest.mark.timescale, pytest.mark.usefixtures("consumer")]


@pytest.fixture
def database(hypertable: Database) -> Database:
    """What every fixture and test here takes for the platform's database."""
    assert telemetry.storage_kind(hypertable.engine) == "timescaledb"
    return hypertable
