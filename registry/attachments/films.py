"""What HEIC pictures, MP4 and QuickTime films carry besides what they show: blanked where it stands.

These are boxes in boxes (ISO/IEC 14496-12) with offsets that point all over the file, so nothing is moved: a
box of notes becomes a `free` box of the same size, and the bytes of an Exif or XMP item become zeros.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from registry.attachments.errors import BrokenFile

_NOTES = frozenset((b"udta", b"meta", b"uuid"))
_NOTE_ITEMS = frozenset((b"Exif", b"mime", b"uri "))
_EMPTY_EXIF = b"\0\0\0\6Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"


@dataclass(frozen=True)
class _Box:
    kind: bytes
    start: int
    body: int
    end: int


def bare_film(media_type: str, data: bytes) -> bytes:
    """Return an MP4 or QuickTime film or a HEIC picture, as long as before, without what tells of its making.

    Raises:
        BrokenFile: its boxes do not fit together.
    """
    out = bytearray(data)
    top = list(_boxes(out, 0, len(out)))
    wanted = b"meta" if media_type == "image/heic" else b"moov"
    if wanted not in {box.kind for box in top}:
        raise BrokenFile("there is nothing to show in the file")
    for box in top:
        if box.kind == b"moov":
            _blank_movie(out, box)
        elif box.kind == b"meta" and media_type == "image/heic":
            _blank_items(out, box)
        elif box.kind in _NOTES:
            _free(out, box)
    return bytes(out)


def _boxes(data: bytearray, at: int, end: int) -> Iterator[_Box]:
    while at < end:
        if at + 8 > end:
            raise BrokenFile("the file ends too early")
        size, kind = struct.unpack_from(">I4s", data, at)
        body = at + 8
        if size == 1:
            if at + 16 > end:
                raise BrokenFile("the file ends too early")
            (size,) = struct.unpack_from(">Q", data, body)
            body += 8
        elif size == 0:
            size = end - at
        if size < body - at or at + size > end:
            raise BrokenFile("the file's boxes do not fit together")
        yield _Box(kind, at, body, at + size)
        at += size


def _free(data: bytearray, box: _Box) -> None:
    data[box.start + 4 : box.start + 8] = b"free"
    data[box.body : box.end] = bytes(box.end - box.body)


def _blank_movie(data: bytearray, movie: _Box) -> None:
    for box in _boxes(data, movie.body, movie.end):
        if box.kind == b"trak":
            _blank_movie(data, box)
        elif box.kind in _NOTES:
            _free(data, box)


def _blank_items(data: bytearray, meta: _Box) -> None:
    inner = {box.kind: box for box in _boxes(data, meta.body + 4, meta.end)}
    if b"iinf" not in inner or b"iloc" not in inner:
        raise BrokenFile("the picture does not say where its parts are")
    try:
        notes = _note_items(data, inner[b"iinf"])
        for item, start, length in _extents(data, inner[b"iloc"], inner.get(b"idat")):
            if item not in notes:
                continue
            if start + length > len(data):
                raise BrokenFile("a part of the picture lies outside the file")
            blank = _EMPTY_EXIF if length >= len(_EMPTY_EXIF) else b""
            data[start : start + length] = blank.ljust(length, b"\0")
    except struct.error as error:
        raise BrokenFile("the file ends too early") from error


def _note_items(data: bytearray, box: _Box) -> set[int]:
    """Return the ids of items that hold Exif, XMP and the like."""
    version = data[box.body]
    found = set()
    for entry in _boxes(data, box.body + (6 if version == 0 else 8), box.end):
        wide = data[entry.body] >= 3  # noqa: PLR2004 - from version 3 on ids have four bytes
        form = ">IH4s" if wide else ">HH4s"
        item, _, kind = struct.unpack_from(form, data, entry.body + 4)
        if kind in _NOTE_ITEMS:
            found.add(int(item))
    return found


@dataclass
class _Cursor:
    data: bytearray
    at: int

    def take(self, size: int) -> int:
        if self.at + size > len(self.data):
            raise BrokenFile("the file ends too early")
        value = int.from_bytes(self.data[self.at : self.at + size], "big")
        self.at += size
        return value


def _extents(data: bytearray, box: _Box, inside: _Box | None) -> Iterator[tuple[int, int, int]]:
    """Yield item id, offset in the file and length of each piece of each item."""
    version = data[box.body]
    read = _Cursor(data, box.body + 4)
    sizes, more = read.take(1), read.take(1)
    offset_size, length_size = sizes >> 4, sizes & 15
    base_size, index_size = more >> 4, (more & 15) if version else 0
    for _ in range(read.take(4 if version == 2 else 2)):  # noqa: PLR2004 - from version 2 on
        item = read.take(4 if version == 2 else 2)  # noqa: PLR2004
        method = read.take(2) & 15 if version else 0
        read.take(2)
        base = read.take(base_size)
        for _ in range(read.take(2)):
            read.take(index_size)
            offset, length = read.take(offset_size), read.take(length_size)
            if method == 1 and inside is not None:
                yield item, inside.body + base + offset, length
            elif method == 0:
                yield item, base + offset, length
            if read.at > box.end:
                raise BrokenFile("the file's boxes do not fit together")


FILMS = frozenset(("image/heic", "video/mp4", "video/quicktime"))
