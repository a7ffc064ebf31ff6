"""What is wrong with one field of a configuration: for programs a code with its facts, for people a line."""

from dataclasses import dataclass
from typing import Any

# pydantic's own, whose text is all there is to know.
_OWN_TEXT = "value_error"


@dataclass(frozen=True)
class Fault:
    """Something wrong at a place.

    Attributes:
        place: such as `opcua[1].tags[2].unit`, counted from 1; empty for the whole.
        code: one of pydantic's or of this package's, such as `missing` or `range_reversed`;
            `value_error` where only the message says what it is.
        facts: what the code is about, such as `{"ge": 10}`.
        message: in English.
    """

    place: str
    code: str
    message: str
    facts: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


def fault_of(item: Any) -> Fault:
    """Return one of pydantic's errors as a fault."""
    place = ""
    for part in item["loc"]:
        place += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if place else str(part)
    facts = {
        name: fact
        for name, fact in item.get("ctx", {}).items()
        if isinstance(fact, str | int | float | bool)
    }
    code = str(item["type"])
    if code == "assertion_error":
        code = _OWN_TEXT
    return Fault(place, code, item["msg"].removeprefix("Value error, "), facts)
