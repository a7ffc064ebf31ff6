"""Small pictures and films made by hand, with what phones write into them."""

import struct
import zlib

PLACE = b"GPS 30.2741N 120.1551E"


def exif(way_up: int = 6) -> bytes:
    """Return Exif notes, big-endian: which way is up, and a place."""
    entries = struct.pack(">HHIHH", 0x0112, 3, 1, way_up, 0)
    entries += struct.pack(">HHII", 0x010E, 2, len(PLACE), 38)
    return b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 2) + entries + struct.pack(">I", 0) + PLACE


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def jpeg(*notes: bytes, behind: bytes = b"") -> bytes:
    """Return a JPEG of 8 by 8 pixels; its coded data is none, its segments are in order."""
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
            *(_segment(0xE1, note) for note in notes),
            _segment(0xE2, b"ICC_PROFILE\0colours"),
            _segment(0xED, b"Photoshop 3.0\0" + PLACE),
            _segment(0xFE, PLACE),
            _segment(0xC0, struct.pack(">BHHB", 8, 8, 8, 1) + b"\1\x11\0"),
            _segment(0xDA, b"\1\1\0\0\x3f\0"),
            b"\x12\xff\0\x34\xff\xd0\x56",
            b"\xff\xd9",
            behind,
        )
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 1, height: int = 1, *notes: tuple[bytes, bytes]) -> bytes:
    """Return a PNG, grey; of a larger one only the first pixel is there."""
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
            *(_chunk(*note) for note in notes),
            _chunk(b"IDAT", zlib.compress(b"\0\x80")),
            _chunk(b"IEND", b""),
        )
    )


def gif(*, behind: bytes = b"") -> bytes:
    """Return a GIF of one pixel, with a comment and an XMP block."""
    return b"".join(
        (
            b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff",
            b"\x21\xfe" + bytes([len(PLACE)]) + PLACE + b"\0",
            b"\x21\xff\x0bXMP DataXMP" + bytes([len(PLACE)]) + PLACE + b"\0",
            b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x4c\1\0",
            b"\x3b" + behind,
        )
    )


def webp(*notes: tuple[bytes, bytes]) -> bytes:
    """Return a WebP container around a lossless picture of one pixel."""
    chunks = [(b"VP8X", bytes([0x0C, 0, 0, 0]) + b"\0" * 6), (b"VP8L", b"\x2f\0\0\0\0\7"), *notes]
    body = b"WEBP" + b"".join(
        struct.pack("<4sI", kind, len(data)) + data + b"\0" * (len(data) & 1)
        for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def box(kind: bytes, *bodies: bytes) -> bytes:
    """Return a box of an ISO base media file."""
    body = b"".join(bodies)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def mp4() -> bytes:
    """Return the boxes of a film, with places where phones write them."""
    return b"".join(
        (
            box(b"ftyp", b"mp42\0\0\0\0mp42"),
            box(b"mdat", b"frames"),
            box(
                b"moov",
                box(b"mvhd", b"\0" * 100),
                box(b"trak", box(b"tkhd", b"\0" * 84), box(b"udta", box(b"\xa9xyz", PLACE))),
                box(b"udta", box(b"\xa9xyz", PLACE)),
                box(b"meta", PLACE),
            ),
            box(b"uuid", b"XMP-XMP-XMP-XMP-" + PLACE),
        )
    )


def heic() -> bytes:
    """Return a HEIC container of one picture item and one Exif item."""
    head = box(b"ftyp", b"heic\0\0\0\0heic")
    picture, notes = b"coded picture", b"\0\0\0\6" + exif()

    def meta(first: int) -> bytes:
        items = b"".join(
            box(b"infe", b"\2\0\0\0" + struct.pack(">HH4s", number, 0, kind) + b"\0")
            for number, kind in ((1, b"hvc1"), (2, b"Exif"))
        )
        places = b"".join(
            struct.pack(">HHHII", number, 0, 1, offset, length)
            for number, offset, length in (
                (1, first, len(picture)),
                (2, first + len(picture), len(notes)),
            )
        )
        return box(
            b"meta",
            b"\0" * 4,
            box(b"iinf", b"\0\0\0\0\0\2", items),
            box(b"iloc", b"\0\0\0\0\x44\0\0\2", places),
        )

    first = len(head) + len(meta(0)) + 8
    return head + meta(first) + box(b"mdat", picture, notes)
