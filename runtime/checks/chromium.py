"""The browser for the browser tests: found, or on Debian as root installed."""

import os
import shutil
import subprocess

from runtime.checks.needs import Missing, Say

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
VARIABLE = "FOREWARN_TEST_CHROMIUM"


def find() -> str | None:
    """Return the path of a Chromium, or None."""
    asked = os.environ.get(VARIABLE)
    if asked:
        return shutil.which(asked)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def ensure(say: Say) -> str | None:
    """Return the path of a Chromium, installing Debian's where this user may; None where not."""
    found = find()
    if found or os.geteuid() != 0 or not shutil.which("apt-get"):
        return found
    say("installing Debian's chromium for the browser tests ...")
    if not install("chromium"):
        say("Debian's chromium could not be installed")
    return find()


def require(say: Say) -> dict[str, str]:
    """Make sure that there is a Chromium; returns the variable that names it.

    Raises:
        Missing: there is none and none could be installed.
    """
    path = ensure(say)
    if path is None:
        raise Missing(
            "no Chromium here, and none could be installed; install it "
            "(Debian: apt-get install chromium) and run this again"
        )
    return {VARIABLE: path}


def install(*packages: str) -> bool:
    """Install Debian packages without asking anything; return whether that worked."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = (
        ["apt-get", "-q", "update"],
        ["apt-get", "-q", "-y", "--no-install-recommends", "install", *packages],
    )
    return all(
        subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        ).returncode
        == 0
        for command in commands
    )
