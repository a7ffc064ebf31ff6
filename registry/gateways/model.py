"""What a configuration may say is the gateway's own affair: its program is asked, through this.

`edge_agent` may not be imported here, and a copy of its rules would drift; so whoever puts the program
together hands its model over (`runtime.wiring.connect_edge_model`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kernel.errors import ConfigurationError

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Fault:
    """What a gateway, or the register of machines, objects to.

    Attributes:
        place: such as `opcua[1].tags[2].unit`, counted from 1; empty for the whole.
        code: with `facts` enough to word it in any language; `value_error` where only the message is.
        message: in English.
    """

    place: str
    code: str
    message: str
    facts: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


@dataclass(frozen=True)
class ConfigurationModel:
    """The rules a gateway goes by.

    Attributes:
        faults: what is wrong with a document; empty when nothing is.
        redacted: the document without what may not leave the gateway.
        schema: JSON Schema of documents.
    """

    faults: Callable[[Document], list[Fault]]
    redacted: Callable[[Document], dict[str, Any]]
    schema: Callable[[], dict[str, Any]]


_model: list[ConfigurationModel] = []


def use_model(model: ConfigurationModel) -> None:
    """Set the rules of this process."""
    _model[:] = [model]


def model() -> ConfigurationModel:
    """Return the rules.

    Raises:
        ConfigurationError: this process was given none.
    """
    if not _model:
        raise ConfigurationError("this process does not know what a gateway accepts")
    return _model[0]
