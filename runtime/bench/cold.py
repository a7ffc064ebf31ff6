"""How long a fresh copy takes until it runs."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from kernel.errors import Unavailable
from runtime.bench.figures import Figure

ROOT = Path(__file__).resolve().parents[2]
# Every file that is committed or would be.
ARGUMENTS = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")


def set_up() -> Figure:
    """Copy what git knows of, and time `./forewarn api --help`: packages fetched, pages built.

    Raises:
        Unavailable: this is no checkout, or the set-up failed.
    """
    with tempfile.TemporaryDirectory(prefix="forewarn-cold-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        copy = Path(folder) / "forewarn"
        for name in _files():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
        # A home of its own: no cache of an earlier set-up helps.
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("FOREWARN_", "XDG_"))}
        began = time.monotonic()
        done = subprocess.run(
            [copy / "forewarn", "api", "--help"],
            env={**kept, "HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - began
        if done.returncode != 0:
            raise Unavailable(f"the set-up failed: {done.stderr.strip()[-800:]}")
    return Figure(
        "cold set-up",
        round(seconds, 1),
        "s",
        path="fresh copy, no caches: environment, packages from the registry, pages built",
    )


def _files() -> list[Path]:
    listed = subprocess.run(
        [shutil.which("git") or "git", *ARGUMENTS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        raise Unavailable("a cold set-up can only be measured in a git checkout")
    return [Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
