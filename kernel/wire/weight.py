"""How much memory a MessagePack value takes once it is built, told before anything is built.

Sixteen megabytes of empty maps unpack to more than a gigabyte. So whoever unpacks what others wrote lets this
walk over it first: token by token, keeping nothing. Nesting does not matter to the sum; whether the value is
whole is found out by unpacking it.
"""

import re
from typing import Final

from kernel.wire.errors import TooLarge

# So little is at most 6 MB of anything, and most frames are less: they need no walk.
UNWEIGHED_BYTES: Final = 64 * 1024

# Bytes of CPython's objects, with what its allocator and its garbage collector add.
_ARRAY, _SLOT = 72, 8
_MAP, _ENTRIES, _ENTRY = 80, 176, 104
_TEXT, _WIDE_TEXT, _WIDTH_MAX = 56, 80, 4
_EXTENSION = 160  # bytes as well
_NUMBER = 32
# null, booleans and small integers are there already.
_MADE_ALREADY: Final = re.compile(rb"[\x00-\x7f\xc0\xc2\xc3\xfb-\xff]+")

# First byte → bytes that follow it, of numbers and of extensions with a fixed length.
_NUMBERS: Final = {
    0xC1: 0, 0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8,
}  # fmt: skip
_EXTENSIONS: Final = {0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17}
_FIXED_TEXTS: Final = range(0xA0, 0xC0)
# First byte → what it begins and the width of the length after it.
_SIZED: Final = {
    0xC4: ("bytes", 1), 0xC5: ("bytes", 2), 0xC6: ("bytes", 4),
    0xC7: ("extension", 1), 0xC8: ("extension", 2), 0xC9: ("extension", 4),
    0xD9: ("text", 1), 0xDA: ("text", 2), 0xDB: ("text", 4),
    0xDC: ("array", 2), 0xDD: ("array", 4),
    0xDE: ("map", 2), 0xDF: ("map", 4),
}  # fmt: skip


def check_weight(data: bytes | memoryview, bytes_max: int) -> None:
    """Raise TooLarge when what is packed in `data` would take more than about `bytes_max` once unpacked."""
    if len(data) <= UNWEIGHED_BYTES:
        return
    plain = bytes(data)
    weight = at = 0
    end = len(plain)
    while at < end:
        run = _MADE_ALREADY.match(plain, at)
        if run is not None:
            at = run.end()
            continue
        cost, at = _token(plain, at)
        weight += cost
        if weight > bytes_max:
            raise TooLarge(f"the body would take more than {bytes_max} bytes once it is unpacked")


def _token(plain: bytes, at: int) -> tuple[int, int]:
    """Return what the token at a place costs, without what it contains, and where the next one begins."""
    first = plain[at]
    at += 1
    if first in _FIXED:
        cost, follow = _FIXED[first]
        return cost, at + follow
    if first in _FIXED_TEXTS:
        return _text(plain, at, first - _FIXED_TEXTS.start)
    kind, width = _SIZED[first]
    body = at + width
    size = int.from_bytes(plain[at:body], "big")
    if kind == "text":
        return _text(plain, body, size)
    if kind == "array":
        return _array(size), body
    if kind == "map":
        return _map(size), body
    return _EXTENSION + size, body + size + (kind == "extension")


def _array(items: int) -> int:
    return _ARRAY + _SLOT * items


def _map(entries: int) -> int:
    return _MAP + (_ENTRIES + _ENTRY * entries if entries else 0)


def _text(plain: bytes, at: int, size: int) -> tuple[int, int]:
    """Return what a text costs: where one letter needs four bytes all of them do."""
    end = at + size
    if plain[at:end].isascii():
        return _TEXT + size, end
    return _WIDE_TEXT + _WIDTH_MAX * size, end


# First byte → what it costs and how many bytes follow, of what has a fixed length.
_FIXED: Final = {
    **{0x80 + entries: (_map(entries), 0) for entries in range(16)},
    **{0x90 + items: (_array(items), 0) for items in range(16)},
    **{first: (_NUMBER, follow) for first, follow in _NUMBERS.items()},
    **dict.fromkeys(range(224, 256), (_NUMBER, 0)),
    **{first: (_EXTENSION, follow) for first, follow in _EXTENSIONS.items()},
}
