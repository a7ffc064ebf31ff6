"""What one gateway manages: changes per second, the memory for it, and how it makes up for an outage."""

from collections.abc import Callable

from runtime.bench.edge_backlog import measure_backlog
from runtime.bench.edge_changes import SECONDS, measure_changes
from runtime.bench.figures import Figure


def run(
    say: Callable[[str], None], *, cold: bool = False, seconds: float = SECONDS
) -> list[Figure]:
    """Measure everything this bench is about; `cold` has no meaning here."""
    del cold
    return [*measure_changes(say, seconds=seconds), *measure_backlog(say)]
