"""What the agent's parts call readings; the platform frames those of third parties by the same columns."""

from kernel.wire.readings import (
    BAD_NO_COMMUNICATION,
    GOOD,
    NO_ODD,
    ODD_ITEMS_MAX,
    ODD_TEXT_LENGTH_MAX,
    UNCERTAIN_LAST_USABLE_VALUE,
    Batch,
    Gap,
    NoOddValue,
    bounded_time,
    to_columns,
)

__all__ = [
    "BAD_NO_COMMUNICATION",
    "GOOD",
    "NO_ODD",
    "ODD_ITEMS_MAX",
    "ODD_TEXT_LENGTH_MAX",
    "UNCERTAIN_LAST_USABLE_VALUE",
    "Batch",
    "Gap",
    "NoOddValue",
    "bounded_time",
    "to_columns",
]
