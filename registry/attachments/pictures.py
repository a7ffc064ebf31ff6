"""What pictures carry besides what they show: place, time, owner and device go before they are kept.

JPEG, PNG, GIF and WebP are read block by block and written anew with the blocks that make the picture: what
is not known to be needed goes, and so does whatever is hidden behind the picture's end. A file whose blocks
do not fit together is refused.
Formats: ITU-T T.81, PNG (third edition), GIF89a, WebP container; Exif 3.0 for the way up.
"""

import re
import struct
import zlib
from collections.abc import Iterator

from registry.attachments.errors import BrokenFile, PictureTooLarge

PIXELS_MAX = 100_000_000

_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PREFIX, _EOI, _SOS, _APP0, _APP1, _APP2, _APP14, _APP15, _COM = (
    0xFF, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE, 0xEF, 0xFE,
)  # fmt: skip
# In coded data FF is followed by 00 or a restart marker; anything else ends it.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_ORIENTATION = 0x0112

_PNG_KEPT = frozenset(
    (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT",
     b"bKGD", b"hIST", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT")
)  # fmt: skip
_WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
_WEBP_EXIF_AND_XMP = 0x0C
_GIF_IMAGE, _GIF_EXTENSION, _GIF_END = 0x2C, 0x21, 0x3B
_GIF_CONTROL, _GIF_APPLICATION = 0xF9, 0xFF
_GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def bare_picture(media_type: str, data: bytes) -> bytes:
    """Return a picture with nothing but what it shows, its colours and which way is up.

    Raises:
        BrokenFile: it is not whole, or no picture at all but for its first bytes.
        PictureTooLarge: it has more than `PIXELS_MAX` pixels.
    """
    try:
        return _BARE[media_type](data)
    except (struct.error, IndexError) as error:
        raise BrokenFile("the picture ends too early") from error


def _require_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise BrokenFile("the picture has no size")
    if width * height > PIXELS_MAX:
        raise PictureTooLarge(
            f"{width} by {height} pixels; at most {PIXELS_MAX:,} are taken", pixels_max=PIXELS_MAX
        )


def _jpeg(data: bytes) -> bytes:
    out, way_up, sized = [data[:2]], 1, False
    for marker, start, end, scan_end in _segments(data):
        body = data[start + 4 : end]
        if marker in _SOF:
            height, width = struct.unpack_from(">HH", body, 1)
            _require_size(width, height)
            sized = True
        if marker == _APP1 and body.startswith(b"Exif\0\0"):
            way_up = _way_up(body[6:])
        if _is_kept(marker, body):
            out.append(data[start:scan_end])
    if not sized:
        raise BrokenFile("there is no picture in the file")
    if way_up != 1:
        out.insert(1, _exif_segment(way_up))
    return b"".join((*out, b"\xff\xd9"))


def _segments(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield marker, start and end of each segment, and the end of the coded data that follows a scan's."""
    at = 2
    while True:
        start = at
        prefix, marker = data[at], data[at + 1]
        if prefix != _PREFIX:
            raise BrokenFile("the picture's segments do not fit together")
        if marker == _PREFIX:  # fill bytes may stand before a marker
            at += 1
            continue
        if marker == _EOI:
            return
        (length,) = struct.unpack_from(">H", data, at + 2)
        at = end = start + 2 + length
        if length < 2 or end > len(data):  # noqa: PLR2004 - the length counts itself
            raise BrokenFile("a segment of the picture is cut off")
        if marker == _SOS:
            found = _NEXT_MARKER.search(data, at)
            if found is None:
                raise BrokenFile("the picture ends too early")
            at = found.start()
        yield marker, start, end, at


def _is_kept(marker: int, body: bytes) -> bool:
    if marker == _APP2:
        return body.startswith(b"ICC_PROFILE\0")
    return marker in {_APP0, _APP14} or not (_APP0 <= marker <= _APP15 or marker == _COM)


def _way_up(tiff: bytes) -> int:
    """Return Exif's orientation, 1 to 8; 1 where it says none that makes sense."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (first,) = struct.unpack_from(order + "I", tiff, 4)
        (entries,) = struct.unpack_from(order + "H", tiff, first)
        for index in range(entries):
            tag, _, _, value = struct.unpack_from(order + "HHIH", tiff, first + 2 + 12 * index)
            if tag == _ORIENTATION:
                return value if 1 <= value <= 8 else 1  # noqa: PLR2004 - Exif's eight ways
    except struct.error:
        # Notes that cannot be read are dropped like all others.
        return 1
    return 1


def _exif_segment(way_up: int) -> bytes:
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, way_up, 0, 0)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _png(data: bytes) -> bytes:
    out, at = [data[:8]], 8
    kind = b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise BrokenFile("the picture ends too early")
        (checksum,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(data[at + 4 : end - 4]) != checksum:
            raise BrokenFile("a part of the picture is damaged")
        if len(out) == 1:
            if kind != b"IHDR":
                raise BrokenFile("the picture does not begin with its size")
            _require_size(*struct.unpack_from(">II", data, at + 8))
        if kind in _PNG_KEPT:
            out.append(data[at:end])
        elif kind[:1].isupper():
            raise BrokenFile("the picture needs something that no viewer knows")
        at = end
    return b"".join(out)


def _gif(data: bytes) -> bytes:
    width, height, packed = struct.unpack_from("<HHB", data, 6)
    _require_size(width, height)
    at = 13 + _table_bytes(packed)
    out, seen = [data[:at]], False
    while data[at] != _GIF_END:
        start, introducer = at, data[at]
        if introducer == _GIF_IMAGE:
            at = _gif_blocks_end(data, at + 10 + _table_bytes(data[at + 9]) + 1)
            out.append(data[start:at])
            seen = True
        elif introducer == _GIF_EXTENSION:
            at = _gif_blocks_end(data, at + 2)
            label, head = data[start + 1], data[start + 3 : start + 14]
            if label == _GIF_CONTROL or (label == _GIF_APPLICATION and head in _GIF_LOOPS):
                out.append(data[start:at])
        else:
            raise BrokenFile("the picture's blocks do not fit together")
    if not seen:
        raise BrokenFile("there is no picture in the file")
    return b"".join((*out, b"\x3b"))


def _table_bytes(packed: int) -> int:
    return 3 << ((packed & 7) + 1) if packed & 0x80 else 0


def _gif_blocks_end(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


def _webp(data: bytes) -> bytes:
    (size,) = struct.unpack_from("<I", data, 4)
    if size + 8 > len(data):
        raise BrokenFile("the picture ends too early")
    out, at, sized = [], 12, False
    while at < size + 8:
        kind, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length
        if end > len(data):
            raise BrokenFile("the picture ends too early")
        body = data[at + 8 : end]
        if kind in {b"VP8X", b"VP8L", b"VP8 "} and not sized:
            _require_size(*_webp_size(kind, body))
            sized = True
        if kind == b"VP8X":
            body = bytes([body[0] & ~_WEBP_EXIF_AND_XMP]) + body[1:]
        if kind in _WEBP_KEPT:
            out.append(struct.pack("<4sI", kind, length) + body + b"\0" * (length & 1))
        at = end + (length & 1)
    if not sized:
        raise BrokenFile("there is no picture in the file")
    kept = b"".join(out)
    return b"RIFF" + struct.pack("<I", len(kept) + 4) + b"WEBP" + kept


def _webp_size(kind: bytes, body: bytes) -> tuple[int, int]:
    if kind == b"VP8X":
        wide, high = body[4:7], body[7:10]
        return int.from_bytes(wide, "little") + 1, int.from_bytes(high, "little") + 1
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", body, 1)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", body, 6)
    return width & 0x3FFF, height & 0x3FFF


_BARE = {"image/jpeg": _jpeg, "image/png": _png, "image/gif": _gif, "image/webp": _webp}
PICTURES = frozenset(_BARE)
