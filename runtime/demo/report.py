"""What the story reports: every step with its time, and the figures, as JSON for machines."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

STEPS = (
    "warm",
    "fault",
    "alarm",
    "work_order",
    "complaint_linked",
    "closed_with_part",
    "claim_accepted",
    "claim_refused",
)


@dataclass
class Step:
    """One step of the story.

    Attributes:
        detail: what happened, in words; of a failed step why.
    """

    name: str
    ok: bool
    seconds: float
    detail: str


@dataclass
class Report:
    """The story as it went; fields are null until they happened, `failure` unless it broke off."""

    ok: bool = False
    steps: list[Step] = field(default_factory=list)
    readings_sent: int | None = None
    readings_stored: int | None = None
    readings_quarantined: int | None = None
    alarm_id: str | None = None
    work_order_id: str | None = None
    complaint_id: str | None = None
    accepted_claim_id: str | None = None
    refused_claim: dict[str, str | None] = field(
        default_factory=lambda: {"prior_claim_id": None, "rule": None}
    )
    latency_seconds: dict[str, float | None] = field(
        default_factory=lambda: {"value_to_stored_p95": None, "alarm_to_work_order_p95": None}
    )
    rss_mb_max: float | None = None
    failure: str | None = None

    def finish(self) -> None:
        """Set `ok`: every step happened, nothing is null, and every reading is accounted for."""
        names = [step.name for step in self.steps if step.ok]
        values = [
            self.readings_sent,
            self.readings_stored,
            self.readings_quarantined,
            self.alarm_id,
            self.work_order_id,
            self.complaint_id,
            self.accepted_claim_id,
            *self.refused_claim.values(),
            *self.latency_seconds.values(),
            self.rss_mb_max,
        ]
        self.ok = (
            names == list(STEPS)
            and self.failure is None
            and all(value is not None for value in values)
            and self.readings_sent == (self.readings_stored or 0) + (self.readings_quarantined or 0)
        )

    def as_json(self) -> dict[str, Any]:
        """Return the report as it is written to a file; `failure` only where there was one."""
        told = asdict(self)
        if self.failure is None:
            del told["failure"]
        return told


class Teller:
    """Runs the steps, in order, and writes down how each went."""

    def __init__(self, report: Report, tell: Callable[[Step], None]) -> None:
        self._report = report
        self._tell = tell

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """Time a step; the block says in words what happened. A failure is noted and raised."""
        said: list[str] = []
        began = time.monotonic()
        try:
            yield said.append
        except BaseException as error:
            detail = getattr(error, "detail", None) or f"{type(error).__name__}: {error}"
            self._note(Step(name, False, time.monotonic() - began, detail))  # noqa: FBT003 - a record
            raise
        self._note(Step(name, True, time.monotonic() - began, " ".join(said)))  # noqa: FBT003

    def _note(self, step: Step) -> None:
        step.seconds = round(step.seconds, 3)
        self._report.steps.append(step)
        self._tell(step)
