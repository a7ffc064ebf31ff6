"""Whichever process of the story is killed with -9, nothing that was taken is lost and nothing is done twice.

Every process is killed once, at the moment it hurts, two in one telling: the first while two days of the
past pour in, the second while the bearing wears out and before there is an order. Between the two lie
many seconds and a whole recovery, so either is alone when it is killed; a telling each would take twice as
long and show the same. They are paired so that the restart of the first cannot help the second: it is on
the other side of the database, or not on the way at all.

FOREWARN_TEST_SEED moves the moments.
"""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.acceptance.demo import books
from tests.acceptance.demo.telling import Telling, telling

pytestmark = [pytest.mark.long, pytest.mark.timeout(500)]

SEED = int(os.environ.get("FOREWARN_TEST_SEED", "1"))
PAIRS = [
    ("ingest", "worker"),
    ("edge", "valkey"),
    ("mqtt", "postgres"),
    ("plant", "scoring"),
    ("beat", "api"),
]
ALL = {"postgres", "valkey", "mqtt", "api", "ingest", "worker", "scoring", "beat", "edge", "plant"}


def _kill(story: Telling, name: str) -> None:
    pid = story.pid(name)
    os.kill(pid, signal.SIGKILL)
    story.wait_for(f"{name} ended by SIGKILL; starting again", 30)
    deadline = time.monotonic() + 30
    while story.pid(name) == pid:
        assert time.monotonic() < deadline, f"{name} was not started again"
        time.sleep(0.05)


def test_every_process_is_killed() -> None:
    assert sorted(name for pair in PAIRS for name in pair) == sorted(ALL)


@pytest.mark.parametrize(("early", "late"), PAIRS)
def test_the_story_survives(early: str, late: str, tmp_path: Path) -> None:
    moments = random.Random(f"{SEED}/{early}/{late}")
    with telling(tmp_path) as story:
        story.wait_for("edge is ready", 120)
        time.sleep(moments.uniform(1, 8))
        _kill(story, early)
        story.wait_for(f"{early} is ready", 60, times=2)
        assert story.count("ok     warm") == 0, "it was killed too late\n" + story.output
        story.wait_for("ok     warm", 180)
        # The bearing begins to wear out; the alarm comes some seconds later.
        time.sleep(moments.uniform(0.2, 2))
        assert story.count("work_order") == 0, "it is killed too late\n" + story.output
        _kill(story, late)
        report = story.wait(300)
    assert report["ok"] is True
    assert report["readings_sent"] == report["readings_stored"] + report["readings_quarantined"]
    assert report["readings_stored"] > 100_000
    assert "Traceback" not in story.output
    with books.opened(story.data_dir, tmp_path / "logs") as left:
        books.check(left, report)
        reasons = left.rows("SELECT DISTINCT kind, reason FROM ingest.quarantine")
    # The death of a Sparkplug node marks its tags bad: readings without a number, stored as such.
    assert reasons == []
    assert report["readings_quarantined"] == 0
