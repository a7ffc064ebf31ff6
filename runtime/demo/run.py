"""Putting the demo together: stack, world, plant, and the story told in it."""

import os
import secrets
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kernel.errors import Unavailable
from runtime.demo.client import ApiClient
from runtime.demo.plant import DemoPlant
from runtime.demo.report import Report, Step
from runtime.demo.story import Story
from runtime.demo.world import Login, World, WorldBuilder, new_tag
from runtime.supervisor.applications import FOREWARN
from runtime.supervisor.stack import Stack

_MEMORY_EVERY_SECONDS = 2.0


def make_world(stack: Stack) -> World:
    """Make a new world in a running stack and keep it in the data folder."""
    tag = new_tag()
    login = Login("Admin", f"admin.{tag}@forewarn.example", secrets.token_urlsafe(9))
    _create_admin(stack, login)
    admin = ApiClient(stack.address, login.email, login.password)
    try:
        world = WorldBuilder(admin, stack.address, tag, login).build()
    finally:
        admin.close()
    world.save(stack.data_dir)
    return world


def _create_admin(stack: Stack, login: Login) -> None:
    done = subprocess.run(
        [
            *FOREWARN, "admin", "create", "--email", login.email, "--name", login.name,
            "--organisation", "Forewarn Demo Works", "--password-stdin",
        ],
        input=login.password + "\n",
        env={**os.environ, **stack.environment},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise Unavailable(
            f"the first administrator could not be made: {done.stderr.strip()[-500:]}"
        )


def play(
    stack: Stack, world: World, plant: DemoPlant, told: Callable[[Step], None], *, account: bool
) -> Report:
    """Tell the story in a running plant; a step that does not happen is in the report, not raised.

    `account` ends the plant afterwards and counts every reading; without it the plant goes on.
    """
    report = Report()
    with _watching_memory(stack) as peak:
        story = Story(stack, world, plant, report, told)
        try:
            story.tell()
            if account:
                story.account()
        except Exception as error:  # noqa: BLE001 - whatever broke it off, the report is written
            report.failure = getattr(error, "detail", None) or f"{type(error).__name__}: {error}"
        finally:
            report.rss_mb_max = peak()
            report.finish()
    return report


@contextmanager
def _watching_memory(stack: Stack) -> Iterator[Callable[[], float]]:
    """Watch the largest process's resident memory, in MB, while the block runs."""
    peak = [0.0]
    over = threading.Event()

    def look() -> None:
        peak[0] = max(peak[0], *stack.rss_mb().values())

    def watch() -> None:
        while not over.wait(_MEMORY_EVERY_SECONDS):
            look()

    watcher = threading.Thread(target=watch, name="memory", daemon=True)
    watcher.start()
    try:
        yield lambda: round(peak[0], 1)
    finally:
        over.set()
        watcher.join()
