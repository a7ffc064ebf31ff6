"""Celery's transport to Redis, with one repair: an acknowledgement that fails gives its place back.

A worker takes only so many messages before it has acknowledged earlier ones. When Redis goes away while a
task runs, kombu's acknowledgement fails before the message is struck off the worker's own list, the list
stays full, and the worker never asks for another message, however long Redis is back. Struck off, the
worker asks again, finds the connection broken and makes a new one. The message itself is still in Redis and
comes again after its visibility timeout, as any message does that was not acknowledged.
"""

from typing import Any

from kombu.transport import redis, virtual


class QoS(redis.QoS):
    """The messages a channel has taken and not acknowledged."""

    def ack(self, delivery_tag: Any) -> None:
        """Acknowledge a message.

        Raises:
            redis.RedisError: Redis did not hear of it; the message will come again.
        """
        try:
            super().ack(delivery_tag)  # type: ignore[no-untyped-call]  # kombu has no types
        finally:
            virtual.QoS.ack(self, delivery_tag)  # type: ignore[no-untyped-call]  # kombu has no types

    def reject(self, delivery_tag: Any, requeue: bool = False) -> None:  # noqa: FBT001, FBT002 - kombu's form
        """Refuse a message, or put it back; raises as `ack` does."""
        try:
            super().reject(delivery_tag, requeue)  # type: ignore[no-untyped-call]  # kombu has no types
        finally:
            virtual.QoS.ack(self, delivery_tag)  # type: ignore[no-untyped-call]  # kombu has no types


class Channel(redis.Channel):
    """A channel with such a list."""

    QoS = QoS


class Transport(redis.Transport):
    """Redis as Forewarn's workers use it; `runtime.celery_app` names it."""

    Channel = Channel
