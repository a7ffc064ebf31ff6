"""Scores the story in children that are killed with -9, one after the other, until it has been told."""

import os
import signal
import sys
import time
from random import Random

from anomaly.scoring.warming import warm
from kernel.db import Database, engine_for
from tests.integration.anomaly.story import FRAMES, story
from tests.integration.anomaly.world import SECTION, World

SMALL = SECTION.model_copy(update={"batch_readings": 100, "snapshot_readings": 700})


def _child(url: str) -> None:
    world = World(Database(engine_for(url)), section=SMALL)
    story(world, [row.id for row in world.rows("SELECT id FROM registry.assets ORDER BY id")])
    for agent in ("gw", "gw-2"):
        world.score(agent)


def _done(url: str) -> bool:
    world = World(Database(engine_for(url)))
    scored = sum(row[0] for row in world.rows("SELECT next_seq FROM anomaly.cursors"))
    world.database.dispose()
    return bool(scored == FRAMES)


def main(url: str) -> None:
    """Print how many children were killed."""
    random, killed = Random(1), 0
    # What a child has to load or compile is no part of the story.
    warm()
    while not _done(url):
        child = os.fork()
        if not child:
            _child(url)
            os._exit(0)
        # Later each time, so that the end is reached on a slow machine too.
        time.sleep(random.uniform(0.05, 0.2) * (1 + killed / 8))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
    sys.stdout.write(f"{killed}\n")


if __name__ == "__main__":
    main(sys.argv[1])
