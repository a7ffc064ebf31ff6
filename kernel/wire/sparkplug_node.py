"""One Sparkplug B edge node as a host application knows it, with its metrics.

No I/O and no clock. Source of the rules: Sparkplug specification 3.0.0, chapters 5 and 6.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kernel.wire.readings import BAD_NO_COMMUNICATION, GOOD, UNCERTAIN_LAST_USABLE_VALUE
from kernel.wire.sparkplug import BD_SEQ, Metric, Payload, Scalar, Topic, signed

BAD: Final = 0x8000_0000
NAME_LENGTH_MAX: Final = 512
_FINGERPRINTS_MAX: Final = 64
_CONTROL: Final = ("Node Control/", "Device Control/")
# The metric property "Quality" as Tahu sends it; Ignition's other codes have OPC UA's severity bits.
_QUALITY: Final = {192: GOOD, 0: BAD, 500: UNCERTAIN_LAST_USABLE_VALUE}


@dataclass(frozen=True, slots=True)
class MetricReading:
    """A value of a metric.

    Attributes:
        ts_us: at the node, µs since 1970; the time of arrival when the node tells none.
        value: a scalar; a list with the datatype's number for a data set, template or array; None when null.
        quality: OPC UA StatusCode.
        historical: recorded earlier; not the present value.
        birth: the present value repeated by a birth, which may have been read before.
        properties: engUnit, engLow, engHigh and others, from the birth.
    """

    group: str
    node: str
    device: str
    metric: str
    datatype: int
    ts_us: int
    value: Any
    quality: int = GOOD
    historical: bool = False
    birth: bool = False
    properties: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(slots=True)
class KnownMetric:
    """A metric as its birth announced it."""

    datatype: int
    properties: Mapping[str, Scalar]
    transient: bool


# By sequence number.
Messages = dict[int, tuple[Topic, Payload]]


@dataclass
class EdgeNode:
    """What is known of one edge node.

    Attributes:
        alive: a birth was seen and no death since.
        last_seq: of the last message, -1 before the first birth.
        recent: fingerprints of the latest messages, to tell one that a broker delivers twice.
        bd_seq: of the last birth; a death of another birth is an old one.
        heard_us: when its last message was sent.
        lost_us: since when a node that died has not been heard; None while it lives or was never born.
        asked_us: when a rebirth was last asked for.
        held: messages that overtook another, by sequence number, since `held_since_us`.
    """

    group: str
    name: str
    alive: bool = False
    last_seq: int = -1
    bd_seq: Any = None
    heard_us: int = 0
    lost_us: int | None = None
    asked_us: int | None = None
    held: Messages = field(default_factory=dict)
    held_since_us: int = 0
    recent: deque[int] = field(default_factory=lambda: deque(maxlen=_FINGERPRINTS_MAX))
    aliases: dict[str, dict[int, str]] = field(default_factory=dict)
    metrics: dict[str, dict[str, KnownMetric]] = field(default_factory=dict)

    @property
    def held_metrics(self) -> int:
        """How many metrics the messages hold that wait."""
        return sum(len(payload.metrics) for _, payload in self.held.values())

    def is_repeated(self, topic: Topic, payload: Payload) -> bool:
        """Note a message; tell whether the same one came a moment ago."""
        if payload.timestamp_ms is None:
            return False
        fingerprint = hash((topic, payload.seq, payload.timestamp_ms, len(payload.metrics)))
        if fingerprint in self.recent:
            return True
        self.recent.append(fingerprint)
        return False

    def forget(self) -> int:
        """Forget what an earlier birth said, of devices too; returns how many metrics that were."""
        count = sum(map(len, self.metrics.values()))
        self.metrics.clear()
        self.aliases.clear()
        self.recent.clear()
        return count

    def forget_device(self, device: str) -> int:
        """Forget what a device's earlier birth said; returns how many metrics that were."""
        self.aliases.pop(device, None)
        return len(self.metrics.pop(device, ()))

    def knows(self, device: str, name: str) -> bool:
        """Tell whether a birth announced a metric."""
        return name in self.metrics.get(device, ())

    def learn(self, device: str, metric: Metric) -> None:
        """Remember a metric that a birth announces."""
        known = KnownMetric(metric.datatype, metric.properties, metric.transient)
        self.metrics.setdefault(device, {})[metric.name] = known
        if metric.alias is not None:
            self.aliases.setdefault(device, {})[metric.alias] = metric.name

    def name_of(self, device: str, metric: Metric) -> str | None:
        """Return the name of a metric that may have sent its alias only; None when nobody told it."""
        if metric.name:
            return metric.name
        return None if metric.alias is None else self.aliases.get(device, {}).get(metric.alias)

    def is_transient(self, device: str, name: str) -> bool:
        """Tell whether a metric's birth said that it is not to be stored."""
        known = self._known(device, name)
        return known is not None and known.transient

    def reading(self, device: str, metric: Metric, name: str, *, birth: bool) -> MetricReading:
        """Return what a metric of the last message says."""
        known = self._known(device, name)
        datatype = metric.datatype or (known.datatype if known else 0)
        value = signed(metric.value, datatype) if metric.supported else [f"datatype {datatype}"]
        return MetricReading(
            self.group,
            self.name,
            device,
            name,
            datatype,
            metric.timestamp_ms * 1000 if metric.timestamp_ms else self.heard_us,
            value,
            quality_of(metric),
            metric.historical,
            birth,
            known.properties if known else metric.properties,
        )

    def unread(self, device: str | None, now_us: int) -> Iterator[MetricReading]:
        """Yield for each metric of the node, or of one device, that nobody reads it now."""
        devices = self.metrics if device is None else (device,)
        for of_device in devices:
            for name, known in self.metrics.get(of_device, {}).items():
                if is_data(name) and not known.transient:
                    yield MetricReading(
                        self.group, self.name, of_device, name, known.datatype, now_us, None,
                        BAD_NO_COMMUNICATION, properties=known.properties,
                    )  # fmt: skip

    def _known(self, device: str, name: str) -> KnownMetric | None:
        return self.metrics.get(device, {}).get(name)


def is_data(name: str) -> bool:
    """Tell whether a metric is a value of a machine, not the protocol's own."""
    return name != BD_SEQ and not name.startswith(_CONTROL)


def birth_of(payload: Payload) -> Any:
    """Return the number of the birth that a birth or death belongs to, None when it does not say."""
    return next((metric.value for metric in payload.metrics if metric.name == BD_SEQ), None)


def quality_of(metric: Metric) -> int:
    """Return the StatusCode of a metric's property `Quality`; Good when it has none.

    A metric that is null has no value that anything else could be said of.
    """
    code = metric.properties.get("Quality")
    if metric.value is None and metric.supported:
        return BAD
    if not isinstance(code, int) or isinstance(code, bool):
        return GOOD
    known = _QUALITY.get(code)
    severity = code & 0xC000_0000
    return known if known is not None else severity or BAD
