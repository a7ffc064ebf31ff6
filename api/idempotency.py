"""Creates that can be asked for again: `Idempotency-Key`.

The first request with a key reserves it and does the work in one transaction; the answer is kept in the
same transaction. The same request again gets the same answer; a request that comes while the first is
still at work waits for it. A request that failed keeps nothing and may be tried again. Keys are kept for
a day, for each principal apart.
"""

import hashlib
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.deps import Actor, Db
from api.models import IdempotencyKey
from kernel.errors import Conflict

KEEP_HOURS = 24
_CHUNK_BYTES = 1 << 20
_KEPT_HEADERS = ("etag", "location", "content-type")


class IdempotencyKeyReused(Conflict):
    """This idempotency key was used for another request."""

    code = "idempotency_key_reused"


class Replay(Exception):
    """The request was met before; the kept answer is to be sent again."""

    def __init__(self, response: Response) -> None:
        super().__init__("replayed")
        self.response = response


async def _fingerprint(request: Request) -> bytes:
    digest = hashlib.sha256(f"{request.method}\0{request.url.path}\0".encode())
    digest.update(str(request.url.query).encode())
    if request.headers.get("content-type", "").startswith("multipart/"):
        # The boundary differs from attempt to attempt, the fields do not.
        for name, value in sorted((await request.form()).multi_items(), key=lambda item: item[0]):
            digest.update(f"\0{name}\0".encode())
            if isinstance(value, str):
                digest.update(value.encode())
                continue
            digest.update((value.filename or "").encode())
            while chunk := await value.read(_CHUNK_BYTES):
                digest.update(chunk)
            await value.seek(0)
    else:
        digest.update(b"\0" + await request.body())
    return digest.digest()


def _take(session: Session, principal: str, key: str, fingerprint: bytes) -> Response | None:
    """Reserve a key; return the kept answer when it was taken before.

    A second request with the same key waits inside the INSERT until the first one's transaction ends.
    """
    taken = session.execute(
        insert(IdempotencyKey)
        .values(principal=principal, key=key, fingerprint=fingerprint)
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    ).first()
    if taken is not None:
        return None
    kept = session.scalars(
        select(IdempotencyKey).where(
            IdempotencyKey.principal == principal, IdempotencyKey.key == key
        )
    ).one()
    if kept.fingerprint != fingerprint:
        raise IdempotencyKeyReused("make a new key for a new request")
    assert kept.status is not None  # written in the transaction that reserved it
    return Response(
        kept.body,
        status_code=kept.status,
        headers={**(kept.headers or {}), "Idempotency-Replayed": "true"},
    )


async def _idempotent(
    request: Request,
    session: Db,
    actor: Actor,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=8,
            max_length=200,
            pattern=r"^[\x21-\x7e]+$",
            description="Any unique text; the same request with the same key is carried out once",
        ),
    ] = None,
) -> None:
    if idempotency_key is None:
        return
    principal = actor.person_id or actor.name
    kept = await run_in_threadpool(
        _take, session, principal, idempotency_key, await _fingerprint(request)
    )
    if kept is not None:
        raise Replay(kept)
    request.state.idempotency = (session, principal, idempotency_key)


Idempotent = Depends(_idempotent)
"""Put it in `dependencies=[Idempotent]` of a route that creates something."""


def _keep(session: Session, principal: str, key: str, response: Response) -> None:
    session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.principal == principal, IdempotencyKey.key == key)
        .values(
            status=response.status_code,
            headers={
                name: value for name, value in response.headers.items() if name in _KEPT_HEADERS
            },
            body=bytes(response.body),
        )
    )


async def remember(request: Request, response: Response) -> None:
    """Keep the answer in the request's own transaction, if the request reserved a key."""
    reserved = getattr(request.state, "idempotency", None)
    if reserved is not None:
        session, principal, key = reserved
        await run_in_threadpool(_keep, session, principal, key, response)


def forget(session: Session, before: datetime) -> None:
    """Drop keys that were recorded before a time."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.recorded_at < before))
