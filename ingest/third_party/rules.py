"""What a third-party source may be: its address, and the mapping of what it publishes; no I/O."""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from kernel.errors import InvalidInput
from kernel.wire.sparkplug import NAMESPACE
from kernel.wire.tag_patterns import JsonPath, JsonPattern, SparkplugPattern
from kernel.wire.topics import covers, topic_filter

ADDRESS_LENGTH_MAX: Final = 512
PATTERNS_MAX: Final = 200
# The platform's own topics, and those of the broker.
_TAKEN: Final = ("fw", NAMESPACE, "$SYS", "$share")
# As `registry.gateways` names a gateway's login: its id and the number of its key.
_GATEWAY: Final = re.compile(r"gw_[0-9a-z]{26}(\.[0-9]+)?")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class JsonMapping(_Strict):
    """How JSON messages are read."""

    kind: Literal["json"]
    timestamp: JsonPath | None = Field(default=None, description="Absent: the time of arrival.")
    timestamp_unit: Literal["auto", "s", "ms", "us", "iso"] = "auto"
    patterns: list[JsonPattern] = Field(min_length=1, max_length=PATTERNS_MAX)


class SparkplugMapping(_Strict):
    """Which metrics of an edge node are taken, and what they are."""

    kind: Literal["sparkplug"]
    rebirth_seconds_min: float = Field(
        default=10, ge=1, le=3600, description="At most one request for rebirth in this time."
    )
    patterns: list[SparkplugPattern] = Field(min_length=1, max_length=PATTERNS_MAX)


SourceMapping = Annotated[JsonMapping | SparkplugMapping, Field(discriminator="kind")]
_ADAPTER: Final[TypeAdapter[JsonMapping | SparkplugMapping]] = TypeAdapter(SourceMapping)


def read_mapping(stored: Any) -> JsonMapping | SparkplugMapping:
    """Return the mapping that a document holds.

    Raises:
        InvalidInput: it holds none; the detail names the field.
    """
    try:
        return _ADAPTER.validate_python(stored)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise InvalidInput(f"mapping {place}: {message}", problems=error.error_count()) from None


def is_gateways(topic: str) -> bool:
    """Tell whether a topic, or an address, is that of a gateway's login.

    A broker that lets everybody publish below their own name lets gateways do so too; what they have to say
    is signed, and comes elsewhere.
    """
    return any(_GATEWAY.fullmatch(level) for level in topic.split("/"))


def check_address(mapping: JsonMapping | SparkplugMapping, address: str) -> None:
    """Raise InvalidInput unless a source with this mapping can be at this address."""
    if len(address) > ADDRESS_LENGTH_MAX or not address.isprintable():
        raise InvalidInput(f"an address has at most {ADDRESS_LENGTH_MAX} printable characters")
    if is_gateways(address):
        raise InvalidInput("this is the name of a gateway's login, which is no third party")
    if isinstance(mapping, SparkplugMapping):
        group, _, node = address.partition("/")
        if not group or not node or any(sign in node + group for sign in "+#/"):
            raise InvalidInput("a Sparkplug edge node's address is group/node, without wildcards")
        return
    try:
        first = topic_filter(address).split("/")[0]
    except ValueError as error:
        raise InvalidInput(f"address: {error}") from None
    if first in {"+", "#"} or first in _TAKEN or first.startswith("$"):
        raise InvalidInput("the first level of a device's topics is a name of its own")
    for number, pattern in enumerate(mapping.patterns, 1):
        if not covers(address, pattern.topic):
            raise InvalidInput(
                f"pattern {number}: its topic {pattern.topic!r} is not within the address {address!r}"
            )
