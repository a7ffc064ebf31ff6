"""What runs again and again, and the scheduler that starts it.

Everything here may run at any time and any number of times at once; so two schedulers do no harm, and a
scheduler needs no memory: it starts each task when it starts itself, and then in its turn.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from celery.beat import Scheduler

from kernel.settings import settings
from runtime.heartbeat import beat
from runtime.settings import Runtime
from runtime.wake import wake

TICK_SECONDS_MAX = 5


@dataclass(frozen=True)
class Periodic:
    """A task without arguments; a sweep looks for work, upkeep keeps the database tidy."""

    task: str
    is_sweep: bool

    @property
    def every_seconds(self) -> float:
        """Seconds between two starts."""
        runtime = settings(Runtime)
        return runtime.sweep_s if self.is_sweep else runtime.upkeep_s


PERIODIC = (
    Periodic("kernel.relay", is_sweep=True),
    Periodic("anomaly.sweep", is_sweep=True),
    Periodic("anomaly.tend_alarms", is_sweep=True),
    Periodic("anomaly.sweep_backtests", is_sweep=True),
    Periodic("ingest.watch_gateways", is_sweep=True),
    Periodic("telemetry.refresh_rollups", is_sweep=True),
    Periodic("work_orders.send_notices", is_sweep=True),
    Periodic("work_orders.tell_due_times", is_sweep=True),
    Periodic("work_orders.renew_due_times", is_sweep=True),
    Periodic("work_orders.index_missing_cases", is_sweep=False),
    Periodic("work_orders.look_into_mailbox", is_sweep=True),
    Periodic("work_orders.send_mail", is_sweep=True),
    Periodic("kernel.prune_outbox", is_sweep=False),
    Periodic("registry.forget_expired", is_sweep=False),
    Periodic("registry.compare_broker_logins", is_sweep=False),
    Periodic("registry.sweep_attachments", is_sweep=False),
    Periodic("api.forget_idempotency_keys", is_sweep=False),
    Periodic("telemetry.make_partitions", is_sweep=False),
    Periodic("runtime.remove_old_days", is_sweep=False),
)


def beat_schedule() -> dict[str, dict[str, Any]]:
    """Return the table in Celery's form, everything due at once."""
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    return {
        entry.task: {
            "task": entry.task,
            "schedule": entry.every_seconds,
            "last_run_at": long_ago,
        }
        for entry in PERIODIC
    }


class WakingScheduler(Scheduler):  # type: ignore[misc]  # Celery ships no types
    """Celery's scheduler without its file, waking tasks as everybody else does.

    So a worker that is away finds one message for each task when it is back, not one for each second.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_interval"] = TICK_SECONDS_MAX
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Start one due task; return the seconds until the next."""
        beat()
        return super().tick(*args, **kwargs)

    def apply_entry(self, entry: Any, producer: Any = None) -> None:  # noqa: ARG002 - Celery's form
        """Wake one due task; when Redis is away it is tried again in its turn."""
        wake(entry.task)
