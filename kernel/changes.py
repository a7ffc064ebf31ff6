"""Telling open pages that something changed, after the commit that changed it.

Best effort on purpose: a page that missed a notice reads again when its connection comes back.
"""

import json
from collections.abc import Callable
from functools import cache

import redis
from sqlalchemy.orm import Session

from kernel.db import on_commit
from kernel.log import get_logger
from kernel.settings import Platform, settings

log = get_logger(__name__)

CHANNEL = "forewarn:changes"

Publisher = Callable[[str], None]


@cache
def _redis() -> "redis.Redis":
    return redis.Redis.from_url(
        settings(Platform).redis_url, socket_timeout=2, socket_connect_timeout=2
    )


def send(kind: str, **facts: object) -> None:
    """Tell every listening page at once: `kind` such as `work_order`, and JSON-ready facts."""
    if not settings(Platform).redis_url:
        return
    try:
        _redis().publish(CHANNEL, json.dumps({"kind": kind, **facts}))
    except redis.RedisError as error:
        log.warning("change notice not sent", kind=kind, error=str(error))


def announce(session: Session, kind: str, object_id: str, organisation_id: str | None) -> None:
    """Tell pages, once this session commits, that an object changed; scoped by its organisation."""
    on_commit(session, lambda: send(kind, id=object_id, organisation_id=organisation_id))
