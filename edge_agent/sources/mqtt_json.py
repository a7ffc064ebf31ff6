"""Devices that publish JSON to an MQTT broker, read through a mapping table.

Best effort by nature: the protocol has no sequence, so a message that the broker lost is not even noticed.
"""

from collections.abc import Callable

from edge_agent.config import JsonSource as Config
from edge_agent.intake import Intake, now_us
from edge_agent.sources.mqtt_source import MqttReader
from kernel.wire.json_devices import JsonDevices, JsonTag
from kernel.wire.json_path import parse_path
from kernel.wire.mqtt import Message
from kernel.wire.readings import GOOD, Batch, to_columns


class JsonReader(MqttReader):
    """One broker's JSON devices, read until cancelled."""

    def __init__(
        self,
        config: Config,
        first_series: int,
        intake: Intake,
        on_change: Callable[[], None],
        client_id: str,
    ) -> None:
        super().__init__(
            config,
            intake,
            kind="mqtt_json",
            on_change=on_change,
            client_id=client_id,
            subscriptions=config.subscriptions(),
        )
        fixed = [JsonTag(tag.tag(), parse_path(tag.path), tag.topic) for tag in config.tags]
        self._numbers = {tag.tag: first_series + number for number, tag in enumerate(fixed)}
        self._devices = JsonDevices(
            fixed,
            config.patterns,
            parse_path(config.timestamp) if config.timestamp else None,
            config.timestamp_unit,
        )

        self._lost_us: int | None = None

    def _disconnected(self) -> None:
        self._lost_us = now_us()

    def _connected(self) -> None:
        if self._lost_us is not None:
            batch = Batch()
            numbers = [*self._numbers.values(), *self._found.numbers]
            self._add_gap(batch, numbers, self._lost_us, now_us(), "connection_lost")
            self._lost_us = None
            self._offer(batch)

    def _arrived(self, message: Message) -> None:
        now = now_us()
        heard = self._devices.read(message.topic, message.payload, now, retained=message.retained)
        self._health.oddities.update(heard.oddities)
        batch = Batch()
        for point in heard.points:
            fixed = self._numbers.get(point.tag)
            series = self._found.number_of(point.tag) if fixed is None else fixed
            known = self._intake.last_ts.get(series) if series is not None else None
            if message.retained and known == point.ts_us:
                continue  # as it was before the connection was made anew
            boolean = point.tag.data_type == "boolean"
            number, odd = to_columns(point.value, boolean=boolean)
            if fixed is None:
                self._add_found(batch, point.tag, (point.ts_us, now, number, GOOD, odd))
            else:
                batch.add(fixed, point.ts_us, 0, now, number, GOOD, odd)
        self._offer(batch)
