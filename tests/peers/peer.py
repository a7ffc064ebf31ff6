"""A program of `package.json`, run on Node: orders go in, news comes out.

Where the packages cannot be installed, the test that wants one is reported as not run; in CI it fails.
"""

import json
import os
import queue
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from runtime import node

FOLDER = Path(__file__).resolve().parent
NEWS_SECONDS_MAX = 30.0


def installed() -> node.Node:
    """Return the Node that runs the peers, their packages being there."""
    try:
        found = node.find_node()
        with node.one_at_a_time(FOLDER):
            node.install_packages(found, FOLDER, print)
    except node.NodeToolFailed as error:
        said = f"NOT RUN: the peers of tests/peers cannot be installed: {error}"
        if os.environ.get("CI") == "true":
            pytest.fail(said)
        pytest.skip(said)
    return found


class Peer:
    """One of them, running."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._news: queue.Queue[dict[str, Any]] = queue.Queue()
        self.kept: list[dict[str, Any]] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def order(self, order: str, **facts: Any) -> dict[str, Any]:
        """Have something done; returns what came of it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"order": order, **facts}) + "\n")
        self._process.stdin.flush()
        news = self.wait("done", "failed")
        assert news["what"] == "done", news
        return news

    def wait(self, *what: str) -> dict[str, Any]:
        """Return the next news of these kinds; others are kept."""
        for kept in self.kept:
            if kept["what"] in what:
                self.kept.remove(kept)
                return kept
        deadline = time.monotonic() + NEWS_SECONDS_MAX
        while True:
            left = deadline - time.monotonic()
            assert left > 0, f"no news of {what}; of others: {self.kept}"
            try:
                news = self._news.get(timeout=min(left, 1))
            except queue.Empty:
                assert self._process.poll() is None, f"it ended with {self._process.returncode}"
                continue
            if news["what"] in what:
                return news
            self.kept.append(news)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                self._news.put(json.loads(line))


@contextmanager
def running(script: str, *arguments: str) -> Iterator[Peer]:
    """Run a script of this folder for the length of the block."""
    found = installed()
    process = subprocess.Popen(
        [found.node, FOLDER / script, *arguments],
        cwd=FOLDER,
        env=found.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield Peer(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()  # it ends with its standard input
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()


@contextmanager
def opcua_server(port: int, folder: Path) -> Iterator[Peer]:
    """Run node-opcua's server at `opc.tcp://127.0.0.1:PORT/peer`, user `reader`, password `secret`."""
    with running("opcua-server.mjs", str(port), str(folder)) as peer:
        peer.wait("ready")
        yield peer
