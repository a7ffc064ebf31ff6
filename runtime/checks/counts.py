"""How many tests passed and failed, read from what the tools leave behind."""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Counts:
    """Tests, or checks that count as one."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"

    @classmethod
    def one(cls, *, ok: bool) -> Self:
        """Count a check without tests of its own."""
        return cls(passed=int(ok), failed=int(not ok))

    @classmethod
    def from_junit(cls, path: Path) -> Self | None:
        """Read a JUnit report; None when there is none or it was cut short."""
        try:
            suites = list(ET.parse(path).getroot().iter("testsuite"))  # noqa: S314 - our own file
        except (OSError, ET.ParseError):
            return None

        def total(name: str) -> int:
            return sum(int(suite.get(name, 0)) for suite in suites)

        failed = total("failures") + total("errors")
        skipped = total("skipped")
        return cls(total("tests") - failed - skipped, failed, skipped)

    @classmethod
    def from_vitest(cls, output: str) -> Self | None:
        """Read Vitest's closing line `Tests  1 failed | 11 passed (12)`; None when there is none."""
        plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
        line = re.search(r"^\s*Tests\s+(.*)$", plain, re.MULTILINE)
        if line is None:
            return None
        found = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", line[1])}
        return cls(found.get("passed", 0), found.get("failed", 0), found.get("skipped", 0))
