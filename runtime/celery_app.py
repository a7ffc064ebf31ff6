"""The Celery application: the broker, the two queues, and how work is lost or repeated.

Work is acknowledged after it is done and handed out one piece at a time, so a killed worker's task is done
by another; every task is safe to repeat, because the database is the authority on what is left to do.
There is no result store: what a task did is in the database.
"""

import logging
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from celery import Celery, signals
from kombu.entity import Queue
from kombu.transport import TRANSPORT_ALIASES

from kernel.log import configure_logging
from kernel.settings import Platform, settings

DEFAULT = "default"
SCORING = "scoring"
QUEUES = (DEFAULT, SCORING)

# Scoring's libraries are large: a worker loads the tasks of its own queue only.
TASK_PACKAGES = {
    DEFAULT: ("runtime", "registry", "telemetry", "ingest", "warranty_parts", "work_orders", "api"),
    SCORING: ("anomaly",),
}


@cache
def celery_app() -> Celery:
    """Return this process's application, enough to enqueue with.

    Raises:
        ConfigurationError: the broker's address is not set.
    """
    platform = settings(Platform)
    platform.require("redis_url")
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = "runtime.broker:Transport"
    app = Celery("forewarn", set_as_current=True)
    app.conf.update(_configuration(platform.redis_url))
    return app


def load_tasks(queue: str) -> None:
    """Import the tasks of a queue: what a worker needs and whoever only enqueues does not."""
    for package in TASK_PACKAGES[queue]:
        # Not every package has work of its own.
        if find_spec(f"{package}.tasks"):
            import_module(f"{package}.tasks")


def _configuration(redis_url: str) -> dict[str, Any]:
    return {
        "broker_url": redis_url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": {
            # How long a killed worker's task waits before another takes it.
            "visibility_timeout": 300,
            "socket_connect_timeout": 2,
            "socket_timeout": 10,
            "socket_keepalive": True,
            # A connection whose other end has vanished is given up after twice this and a second.
            "health_check_interval": 3,
        },
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        # Without a result store a publish needs no retries either: the sweep comes every second.
        "task_publish_retry": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "timezone": "UTC",
        "enable_utc": True,
        "task_queues": tuple(Queue(name) for name in QUEUES),
        "task_default_queue": DEFAULT,
        "task_create_missing_queues": False,
        "task_routes": {"anomaly.*": {"queue": SCORING}},
        "worker_enable_remote_control": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
    }


@signals.setup_logging.connect(weak=False)
def _set_up_logging(**_: Any) -> None:
    # A listener on this signal keeps Celery from setting up logging of its own.
    platform = settings(Platform)
    configure_logging(platform.log_level, platform.log_format)
    # A line for each of the tasks that run every second would be all there is to read.
    for noisy in ("celery.beat", "celery.app.trace", "celery.worker.strategy"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
