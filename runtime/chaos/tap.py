"""A client of the broker that hears what the gateway says and is told, and can speak out of turn."""

import asyncio
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Final, Self

from kernel.errors import Unavailable
from kernel.wire.errors import WireError
from kernel.wire.frames import Frame, ack_topic, decode_frame, frame_topic, reread_frame
from kernel.wire.messages import Ack, decode_ack
from kernel.wire.mqtt import Message, MqttLink
from kernel.wire.mqtt_address import MqttAddress

_KEPT: Final = 2000
_PUBLISH_SECONDS_MAX: Final = 10.0
_BACK_SECONDS_MAX: Final = 30.0


@dataclass(frozen=True)
class Heard:
    """A frame as it went over the broker; `at` is of `time.monotonic`."""

    at: float
    payload: bytes

    def frame(self) -> Frame:
        """Return what is in it."""
        return reread_frame(self.payload)


class Tap:
    """Connected for the length of a `with` block, in a thread of its own."""

    def __init__(self, url: str, agent: str, key: bytes) -> None:
        self.frames: deque[Heard] = deque(maxlen=_KEPT)
        self.acks: deque[tuple[float, Ack]] = deque(maxlen=_KEPT)
        self._agent, self._key = agent, key
        self._loop = asyncio.new_event_loop()
        self._link = MqttLink(
            MqttAddress.parse(url),
            "forewarn-chaos-tap",
            subscriptions=[frame_topic(agent), ack_topic(agent)],
            on_message=self._arrived,
        )
        self._thread = threading.Thread(target=self._run, name="tap", daemon=True)
        self._task: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(lambda: self._task and self._task.cancel())
        self._thread.join()

    def wait_connected(self, seconds_max: float) -> None:
        """Wait until it hears.

        Raises:
            Unavailable: the broker does not answer.
        """
        deadline = time.monotonic() + seconds_max
        while not self._link.up:
            if time.monotonic() > deadline:
                raise Unavailable(f"the broker does not answer: {self._link.detail}")
            time.sleep(0.02)

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish with QoS 1 and wait until the broker has it; it may just be coming back.

        Raises:
            Unavailable: the broker is not there.
        """
        deadline = time.monotonic() + _BACK_SECONDS_MAX
        while True:
            self.wait_connected(_BACK_SECONDS_MAX)
            sent = asyncio.run_coroutine_threadsafe(self._publish(topic, payload), self._loop)
            if sent.result(_PUBLISH_SECONDS_MAX):
                return
            if time.monotonic() > deadline:
                raise Unavailable("the broker is not there to publish to")
            time.sleep(0.05)

    def frames_since(self, moment: float) -> list[Heard]:
        """Return the frames heard since a moment, each once, in the order they came."""
        heard = [one for one in list(self.frames) if one.at > moment]
        return list({one.payload: one for one in heard}.values())

    def acked_since(self, moment: float) -> list[Ack]:
        """Return what the platform said since a moment."""
        return [ack for at, ack in list(self.acks) if at > moment]

    async def _publish(self, topic: str, payload: bytes) -> bool:
        sent = self._link.publish(topic, payload)
        await self._link.flush(_PUBLISH_SECONDS_MAX / 2)
        # A lost connection counts as flushed.
        return sent and self._link.up

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._task = self._loop.create_task(self._link.run())
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _arrived(self, message: Message) -> None:
        now = time.monotonic()
        try:
            if message.topic == frame_topic(self._agent):
                decode_frame(message.payload, lambda _: self._key)
                self.frames.append(Heard(now, message.payload))
            else:
                self.acks.append((now, decode_ack(message.payload, lambda _: self._key)))
        except WireError:
            return  # a forged one of ours
