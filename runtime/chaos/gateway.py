"""The gateway of a chaos run: `forewarn edge run` as it is, with a witness to every commit of its buffer.

    python -m runtime.chaos.gateway CONFIG WITNESS_SOCKET CLOCK_FILE

Two things differ from `forewarn edge run`, both outside the agent: its wall clock is read through
`wall_clock`, and its buffer's `append` is told to a `journal` before it begins and after it returned.
"""

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runtime.chaos import wall_clock
from runtime.chaos.witness import FAILED, REFUSED, TAKEN, Witness


def main(config: Path, witness_socket: Path, clock_file: Path) -> None:
    """Run the agent until told to stop."""
    # First of all: whoever imports `time_ns` gets this one.
    wall_clock.install(clock_file)
    from edge_agent.agent import run_agent
    from edge_agent.buffer.store import Buffer
    from edge_agent.config import load_config
    from kernel.log import configure_logging
    from runtime.heartbeat import beat

    configure_logging("INFO", "text")
    witness = Witness(witness_socket)
    Buffer.append = witnessed(Buffer.append, witness)  # type: ignore[method-assign]  # the point of it
    run_agent(load_config(config), alive=beat)


def witnessed(append: Callable[..., bool], witness: Witness) -> Callable[..., bool]:
    """Return `Buffer.append` that tells a witness what it is about to commit, and how that went."""

    @functools.wraps(append)
    def told(buffer: Any, batch: Any, *arguments: Any, **named: Any) -> bool:
        number = witness.begin(batch)
        try:
            taken = append(buffer, batch, *arguments, **named)
        except BaseException:
            witness.end(number, FAILED)
            raise
        witness.end(number, TAKEN if taken else REFUSED)
        return taken

    return told


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
