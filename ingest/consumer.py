"""The ingest process: broker → inbox → preparation → delivery → answers, a thread for each stage.

Preparation works on the next batch while delivery waits for the database with the present one. A batch goes
when delivery is free and its first frame has waited long enough for company; while delivery is busy it
grows. Whatever a thread cannot deal with ends the process, and its supervisor starts it anew: nothing that
was not committed has been acknowledged.
"""

import queue
import threading
import time
from collections.abc import Callable
from datetime import date
from typing import Final

from prometheus_client import start_http_server

from ingest import metrics
from ingest.announcer import Announcer
from ingest.commit import Receipt
from ingest.delivery import Delivery, replies
from ingest.inbox import Inbox
from ingest.patience import Patience, Stopped
from ingest.preparation import Preparation, Work
from ingest.settings import Ingest
from ingest.subscriber import Subscriber
from ingest.third_party.runner import ThirdParties
from kernel.clock import utc_now
from kernel.db import Database
from kernel.log import get_logger
from kernel.wire.mqtt_address import MqttAddress

log = get_logger(__name__)

_POLL_SECONDS: Final = 0.2


class Consumer:
    """One replica."""

    def __init__(self, database: Database, mqtt_url: str, settings: Ingest) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._stop_subscriber = threading.Event()
        self._failed: list[BaseException] = []
        self._inbox = Inbox(settings.queue_messages_max, settings.queue_bytes_max)
        address = MqttAddress.parse(mqtt_url, ca_file=settings.mqtt_ca_file)
        self._subscriber = Subscriber(
            address, settings.mqtt_client_id(), settings.session_expiry_seconds, self._inbox
        )
        # Each stage has its own, because each finds out by itself that the database is away or back.
        self._preparation = Preparation(database, settings, Patience(self._stop))
        self._delivery = Delivery(database, settings, Patience(self._stop))
        self._announcer = Announcer()
        self._third_parties = ThirdParties(database, address, settings, self._announcer, self._stop)
        self._handover: queue.Queue[Work] = queue.Queue(1)
        self._delivery_is_free = threading.Event()
        self._room_made_on: date | None = None

    @property
    def subscribed(self) -> bool:
        """Whether messages can come in."""
        return self._subscriber.subscribed

    @property
    def hears_third_parties(self) -> bool:
        """Whether this is the process that listens to third parties."""
        return self._third_parties.listening

    def stop(self) -> None:
        """Ask the process to end; safe in a signal handler."""
        self._stop.set()

    def run(self) -> None:
        """Work until stopped.

        Raises:
            Exception: what a stage could not deal with.
        """
        if self._settings.metrics_port:
            start_http_server(
                self._settings.metrics_port, self._settings.metrics_host, metrics.REGISTRY
            )
        metrics.QUEUE_MESSAGES.set_function(lambda: len(self._inbox))
        metrics.QUEUE_BYTES.set_function(lambda: self._inbox.bytes)
        stages: dict[str, Callable[[], None]] = {
            "subscriber": lambda: self._subscriber.run(self._stop_subscriber),
            "preparation": self._prepare,
            "delivery": self._deliver,
            "announcer": lambda: self._announcer.run(self._stop),
        }
        if self._settings.third_parties:
            stages["third-parties"] = self._third_parties.run
        threads = [
            threading.Thread(target=self._guard, args=(stage,), name=f"ingest-{name}")
            for name, stage in stages.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads[1:]:
            thread.join()
        # Last, so that what was just committed is still acknowledged.
        self._stop_subscriber.set()
        threads[0].join()
        if self._failed:
            raise self._failed[0]

    def _guard(self, stage: Callable[[], None]) -> None:
        try:
            stage()
        except Stopped:
            return
        except BaseException as error:  # noqa: BLE001 - re-raised by `run`, in the main thread
            self._failed.append(error)
            self._stop.set()

    def _prepare(self) -> None:
        work, began = Work(), 0.0
        age_max = self._settings.commit_age_ms_max / 1000
        while not self._stop.is_set():
            waiting = age_max - (time.monotonic() - began) if work.messages else _POLL_SECONDS
            message = self._inbox.take(max(0.0, waiting))
            if message is not None:
                if not work.messages:
                    began = time.monotonic()
                self._preparation.add(work, message)
            full = self._preparation.is_full(work)
            aged = bool(work.messages) and time.monotonic() - began >= age_max
            if full or (aged and self._delivery_is_free.is_set()):
                self._hand_over(self._preparation.seal(work))
                work = Work()
            elif aged and message is None:
                # Delivery is busy and nothing more has come: wait for either.
                self._delivery_is_free.wait(0.002)

    def _hand_over(self, work: Work) -> None:
        while not self._stop.is_set():
            try:
                self._handover.put(work, timeout=_POLL_SECONDS)
            except queue.Full:
                continue
            return

    def _deliver(self) -> None:
        while not self._stop.is_set():
            self._make_room()
            try:
                self._delivery_is_free.set()
                work = self._handover.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            self._delivery_is_free.clear()
            receipts = self._delivery.deliver(work)
            answers = [*work.answers, *(a for receipt in receipts for a in receipt.answers)]
            self._subscriber.complete(work.messages, replies(answers, work.keys.get))
            self._announce(work, receipts)

    def _announce(self, work: Work, receipts: list[Receipt]) -> None:
        maps = {incoming.tags.mapping_id: incoming.tags for incoming in work.frames}
        for receipt in receipts:
            if receipt.frames:
                agents = {answer.agent_id for answer in receipt.answers}
                newest = None if receipt.prepared is None else receipt.prepared.newest
                self._announcer.committed(agents, newest, maps.values())

    def _make_room(self) -> None:
        today = utc_now().date()
        if self._room_made_on != today:
            self._delivery.make_room()
            self._room_made_on = today
