"""What a run remembers between two starts, and what it reports."""

import json
import os
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from kernel.errors import ConfigurationError, InvalidInput

FILE: Final = "chaos.json"
RECOVERY_SECONDS_MAX: Final = 5.0
_P95_OF: Final = 20


@dataclass
class FaultReport:
    """One fault that was survived.

    Attributes:
        seconds: how long it lasted.
        recovery_seconds: from its end until a reading taken after it could be queried.
        scored_seconds: from its end until all that had been received by then was scored.
        readings: taken in the cycle.
        cycle_seconds: of the whole cycle.
        seen: what shows that it acted.
    """

    cycle: int
    kind: str
    target: str
    seconds: float
    recovery_seconds: float
    scored_seconds: float
    readings: int
    cycle_seconds: float
    seen: str


@dataclass
class RunState:
    """A run so far; saved after each cycle.

    Attributes:
        cycle: the last one finished.
        failures: what went wrong, for people; a run with any is not ok.
        memory_mb: private memory by process, once the site was warm and after the latest cycle.
    """

    path: Path
    seed: int
    cycle: int = 0
    faults: list[FaultReport] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    memory_mb: dict[str, dict[str, float]] = field(default_factory=dict)

    @classmethod
    def begin(cls, folder: Path, seed: int) -> "RunState":
        """Begin a run, or go on with the one that a folder holds.

        Raises:
            InvalidInput: that one has another seed.
            ConfigurationError: what the folder holds cannot be read.
        """
        path = folder / FILE
        if not path.exists():
            return cls(path, seed)
        try:
            known = json.loads(path.read_text())
            known["faults"] = [FaultReport(**fault) for fault in known["faults"]]
            state = cls(path=path, **known)
        except (ValueError, TypeError, KeyError, OSError) as error:
            raise ConfigurationError(f"{path} cannot be read: {error!r}") from None
        if state.seed != seed:
            raise InvalidInput(f"--seed: the run in {folder} has seed {state.seed}, not {seed}")
        return state

    def save(self) -> None:
        """Write it anew, never half."""
        facts = asdict(self)
        del facts["path"]
        fresh = self.path.with_suffix(".new")
        with fresh.open("w") as file:
            json.dump(facts, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)

    def recovery_p95(self) -> float | None:
        """Return the 95th percentile of the recoveries; None without any."""
        times = [fault.recovery_seconds for fault in self.faults]
        if len(times) < 2:  # noqa: PLR2004 - a quantile needs two
            return times[0] if times else None
        return round(statistics.quantiles(times, n=_P95_OF, method="inclusive")[-1], 3)


@dataclass
class Verdict:
    """What the comparison at the end found; every list and count that is not empty or zero is a failure.

    Attributes:
        stored: after the replay of the quarantine; `quarantined` likewise.
        before_replay: readings in quarantine before it, by reason.
        not_as_emitted: taken by the edge, and not what the plant emitted.
        episodes: of trouble the plant had; `alarms` and `work_orders` are what became of them.
        doubled: alarms and work orders there is one too many of, or no alarm at all.
    """

    taken: int = 0
    stored: int = 0
    quarantined: int = 0
    missing: int = 0
    duplicated: int = 0
    unknown: int = 0
    altered: int = 0
    not_as_emitted: int = 0
    dropped: int = 0
    emitted: int = 0
    before_replay: dict[str, int] = field(default_factory=dict)
    ledger: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    episodes: int = 0
    alarms: int = 0
    work_orders: int = 0
    doubled: list[str] = field(default_factory=list)

    def problems(self) -> list[str]:
        """Return what is wrong, for people."""
        counts = ("missing", "duplicated", "unknown", "not_as_emitted", "dropped", "quarantined")
        found = [f"{getattr(self, name)} readings {name}" for name in counts if getattr(self, name)]
        wrong = set(self.before_replay) - {"future_timestamp"}
        found += [f"{self.before_replay[name]} readings in quarantine: {name}" for name in wrong]
        if self.stored != self.taken:
            found.append(f"{self.stored} readings stored of {self.taken} taken")
        if self.ledger.get("stored") != self.stored:
            found.append(f"the ledger counts {self.ledger.get('stored')} stored, not {self.stored}")
        return found + self.doubled


def report(
    state: RunState, verdict: Verdict | None, problems: list[str], recovery_seconds_max: float
) -> dict[str, Any]:
    """Return the report as it is written; without a verdict the run broke off, and `problems` say why."""
    p95 = state.recovery_p95()
    failures = [*state.failures, *(verdict.problems() if verdict else []), *problems]
    if p95 is not None and p95 > recovery_seconds_max:
        failures.append(f"recovery p95 is {p95} s, above {recovery_seconds_max} s")
    facts = asdict(verdict or Verdict())
    return {
        "ok": verdict is not None and not failures,
        "cycles": state.cycle,
        **{name: facts.pop(name) for name in _FIRST},
        "faults": [asdict(fault) for fault in state.faults],
        "recovery_seconds_p95": p95,
        "seed": state.seed,
        "failures": failures,
        "memory_mb": state.memory_mb,
        **facts,
    }


_FIRST: Final = ("taken", "stored", "quarantined", "missing", "duplicated")
