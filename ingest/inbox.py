"""Messages between the broker and the database: bounded, whatever a broker sends."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it came.

    Attributes:
        agent: the agent its topic names.
        kind: `frames`, `schema` or `status`.
        payload: its bytes.
        connection: number of the connection it came by; an acknowledgement is only good on that.
        message_id: MQTT packet id, 0 for QoS 0.
    """

    agent: str
    kind: str
    payload: bytes
    connection: int
    message_id: int


class Inbox:
    """A queue with room for so many messages and bytes.

    `put` always takes: whoever reads the network asks `has_room` before reading on, so the excess is the
    one message that filled it. `on_room` is called when there is room again.
    """

    def __init__(self, messages_max: int, bytes_max: int) -> None:
        self._messages_max = messages_max
        self._bytes_max = bytes_max
        self._messages: deque[Message] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._was_full = False
        self.on_room: Callable[[], None] = lambda: None

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def bytes(self) -> int:
        """Bytes of the messages waiting."""
        return self._bytes

    def has_room(self) -> bool:
        """Tell whether another message may be read from the network."""
        with self._changed:
            room = len(self._messages) < self._messages_max and self._bytes < self._bytes_max
            self._was_full = self._was_full or not room
            return room

    def put(self, message: Message) -> None:
        """Add a message."""
        with self._changed:
            self._messages.append(message)
            self._bytes += len(message.payload)
            self._changed.notify()

    def take(self, timeout_seconds: float) -> Message | None:
        """Return the oldest message, waiting for one for so long; None when there is none."""
        with self._changed:
            if not self._messages and timeout_seconds > 0:
                self._changed.wait(timeout_seconds)
            if not self._messages:
                return None
            message = self._messages.popleft()
            self._bytes -= len(message.payload)
            # Not at the first free place: reading on for one message at a time would cost more.
            roomy = len(self._messages) <= self._messages_max // 2 and (
                self._bytes <= self._bytes_max // 2
            )
            tell = self._was_full and roomy
            if tell:
                self._was_full = False
        if tell:
            self.on_room()
        return message
