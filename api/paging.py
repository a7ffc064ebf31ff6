"""Pages of a list: an opaque cursor in, items and the next cursor out."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Annotated, Generic, Self, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from kernel.errors import InvalidInput
from kernel.paging import LIMIT_MAX, PageRequest, Slice

Item = TypeVar("Item")
Row = TypeVar("Row")

CURSOR_LENGTH_MAX = 1000
KEY_PARTS_MAX = 8


class InvalidCursor(InvalidInput):
    """The cursor is not one that this list gave out."""

    code = "invalid_cursor"


def encode_cursor(key: tuple[str, ...]) -> str:
    """Return a sort key as a cursor."""
    packed = json.dumps(key, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> tuple[str, ...]:
    """Return a cursor's sort key.

    Raises:
        InvalidCursor: it was not made by `encode_cursor`.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        key = None
    if (
        not isinstance(key, list)
        or not 1 <= len(key) <= KEY_PARTS_MAX
        or not all(isinstance(part, str) and part.isprintable() for part in key)
    ):
        raise InvalidCursor("send back `next_cursor` as it was received, with the same filters")
    return tuple(key)


def _page(
    cursor: Annotated[
        str | None,
        Query(
            max_length=CURSOR_LENGTH_MAX,
            description="`next_cursor` of the page before; leave out for the first page",
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX, description="Most items on the page")] = 50,
) -> PageRequest:
    return PageRequest(limit=limit, after=None if cursor is None else decode_cursor(cursor))


PageQuery = Annotated[PageRequest, Depends(_page)]


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next_cursor: str | None = Field(
        description="Send as `cursor` for the next page; null on the last"
    )

    @classmethod
    def of(cls, rows: Slice[Row], convert: Callable[[Row], Item]) -> Self:
        """Return a slice of rows as a page of `convert`ed items."""
        return cls(
            items=[convert(row) for row in rows.items],
            next_cursor=None if rows.next_key is None else encode_cursor(rows.next_key),
        )
