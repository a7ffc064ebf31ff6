"""Compiled code is kept from one process to the next, and never answers for sources that have changed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CALLEE = """
from anomaly.compiling import lean_kernel
@lean_kernel
def factor(value):
    return {factor} * value
"""
CALLER = """
from anomaly.compiling import lean_entry
import callee
@lean_entry(callee)
def scaled(value):
    return callee.factor(value)
"""
ASK = """
import caller
print(caller.scaled(1.0), sum(caller.scaled.stats.cache_hits.values()))
"""


def ask(folder: Path, cache: Path, home: Path) -> tuple[float, int]:
    environment = {
        **os.environ,
        "PYTHONPATH": f"{folder}{os.pathsep}{Path.cwd()}",
        "NUMBA_CACHE_DIR": str(cache),
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home),
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, check=True, capture_output=True, text=True
    )
    value, hits = done.stdout.splitlines()[-1].split()
    return float(value), int(hits)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "code"
    found.mkdir()
    (found / "callee.py").write_text(CALLEE.format(factor=2))
    (found / "caller.py").write_text(CALLER)
    return found


def test_a_later_process_finds_it_and_a_changed_callee_is_compiled_anew(
    folder: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    assert ask(folder, cache, tmp_path) == (2.0, 0)
    assert ask(folder, cache, tmp_path) == (2.0, 1)
    # The caller's file stays as it is: only what it calls is another.
    (folder / "callee.py").write_text(CALLEE.format(factor=3))
    assert ask(folder, cache, tmp_path) == (3.0, 0)


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(
    folder: Path, tmp_path: Path
) -> None:
    # Files where folders are wanted: nobody can write there, root included.
    blocked = tmp_path / "file"
    blocked.write_text("")
    (folder / "__pycache__").write_text("")
    assert ask(folder, blocked / "cache", blocked / "home") == (2.0, 0)
