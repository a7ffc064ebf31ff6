"""What a plant remembers while its process is away: machines do not heal because a controller restarts."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from kernel.errors import ConfigurationError
from simulator.faults import Fault, FaultKind, Faults


@dataclass
class PlantMemory:
    """The remembered facts, in a file when there is one to keep them in.

    Attributes:
        path: the file; None remembers nothing.
        past_until: plant time up to which the past was played, seconds since 1970; None: not begun.
        past_played: whether all of it was.
    """

    path: Path | None = None
    past_until: float | None = None
    past_played: bool = False

    @classmethod
    def recall(cls, path: Path | None, faults: Mapping[str, Faults]) -> "PlantMemory":
        """Read the file, if it is there, and let the faults in it go on in the machines' `faults`.

        Raises:
            ConfigurationError: the file cannot be read, or is of another plant.
        """
        memory = cls(path)
        if path is None or not path.exists():
            return memory
        try:
            known = json.loads(path.read_text())
            memory.past_until = None if known["past_until"] is None else float(known["past_until"])
            memory.past_played = bool(known["past_played"])
            for machine, active in known["faults"].items():
                for fault in active:
                    faults[machine].resume(Fault(**{**fault, "kind": FaultKind(fault["kind"])}))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigurationError(
                f"{path} cannot be read as a plant's state ({error!r}); remove it to start anew"
            ) from None
        return memory

    def keep(self, faults: Mapping[str, Faults]) -> None:
        """Write the file anew, never half.

        Raises:
            OSError: it cannot be written.
        """
        if self.path is None:
            return
        fresh = self.path.with_name(f"{self.path.name}.new")
        fresh.write_text(
            json.dumps(
                {
                    "past_until": self.past_until,
                    "past_played": self.past_played,
                    "faults": {
                        machine: [asdict(fault) for fault in known.active]
                        for machine, known in faults.items()
                    },
                }
            )
        )
        fresh.replace(self.path)
