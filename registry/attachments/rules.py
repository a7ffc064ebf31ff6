"""What a file really is, told from its bytes; the name and the sender only have to agree.

Nothing a browser would run (HTML, SVG, scripts) is taken, and office files with macros are not.
"""

import re
import unicodedata
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import BinaryIO

from registry.attachments.errors import ArchiveTooLarge, EmptyFile, TypeMismatch, UnsupportedType

HEAD_BYTES = 64
FILE_NAME_MAX = 150
ZIP_ENTRIES_MAX = 5000
# What an office file may unpack to: it is made to be opened by somebody.
UNPACKED_BYTES_MAX = 100_000_000
UNPACKED_RATIO_MAX = 200
_RATIO_FROM_BYTES = 1_000_000

EXTENSIONS: dict[str, frozenset[str]] = {
    "image/jpeg": frozenset({"jpg", "jpeg"}),
    "image/png": frozenset({"png"}),
    "image/gif": frozenset({"gif"}),
    "image/webp": frozenset({"webp"}),
    "image/heic": frozenset({"heic", "heif"}),
    "application/pdf": frozenset({"pdf"}),
    "video/mp4": frozenset({"mp4", "m4v"}),
    "video/quicktime": frozenset({"mov"}),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": frozenset({"docx"}),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": frozenset({"xlsx"}),
    "text/csv": frozenset({"csv"}),
    "text/plain": frozenset({"txt", "log", "md"}),
}

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypqt  ", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"%PDF-", "application/pdf"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CHUNK_BYTES = 1 << 16


def clean_name(name: str) -> str:
    """Return a file's name without folders and without characters that mislead or do harm."""
    last = PurePosixPath(name.replace("\\", "/")).name
    kept = "".join(
        character for character in last if unicodedata.category(character)[0] != "C"
    ).strip(" .")
    stem, dot, extension = kept.rpartition(".")
    if not dot:
        return kept[:FILE_NAME_MAX] or "file"
    return f"{stem[: FILE_NAME_MAX - len(extension) - 1] or 'file'}.{extension[:20]}"


def content_type(file: BinaryIO, name: str) -> str:
    """Return the media type of a seekable file, told from its bytes.

    Raises:
        EmptyFile, UnsupportedType.
        TypeMismatch: the name's extension is that of another type.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if not head:
        raise EmptyFile("there is nothing in the file")
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    found = _by_signature(head)
    if found is None and head.startswith(b"PK\x03\x04"):
        found = _office_type(file)
    if found is None and _is_text(file):
        found = "text/csv" if extension == "csv" else "text/plain"
    file.seek(0)
    if found is None:
        raise UnsupportedType("send a picture, a video, a PDF, an office file or plain text")
    if extension not in EXTENSIONS[found]:
        raise TypeMismatch(
            f"the content is {found}, the name ends in .{extension}", content_type=found
        )
    return found


def _by_signature(head: bytes) -> str | None:
    for offset, signature, media_type in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            # "WEBP" counts only inside a RIFF container.
            if media_type == "image/webp" and not head.startswith(b"RIFF"):
                continue
            return media_type
    return None


def _office_type(file: BinaryIO) -> str | None:
    """Look at a ZIP file's table of contents, and whether its entries are what that says.

    Raises:
        ArchiveTooLarge: it holds too much, or too many entries.
    """
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _require_bounded(entries)
            # Reads no more of an entry than is announced, and compares checksums: what lies about its
            # size is found out. What is announced is bounded already.
            if archive.testzip() is not None:
                return None
            names = {entry.filename for entry in entries}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError):
        # A broken, encrypted or odd archive: whatever it is, it is no document of these types.
        return None
    if "[Content_Types].xml" not in names or any("vbaProject" in name for name in names):
        return None
    if "word/document.xml" in names:
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    if "xl/workbook.xml" in names:
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return None


def _require_bounded(entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if (
        len(entries) > ZIP_ENTRIES_MAX
        or unpacked > UNPACKED_BYTES_MAX
        or (unpacked > _RATIO_FROM_BYTES and unpacked > packed * UNPACKED_RATIO_MAX)
    ):
        raise ArchiveTooLarge(
            "the file would unpack to far more than it seems",
            entries=len(entries),
            unpacked_bytes=unpacked,
            unpacked_bytes_max=UNPACKED_BYTES_MAX,
        )


def _is_text(file: BinaryIO) -> bool:
    """Tell whether a file is UTF-8 text without control characters, and no mark-up from its start."""
    file.seek(0)
    rest = b""
    first = True
    while chunk := file.read(_CHUNK_BYTES):
        data = rest + chunk
        if _CONTROL.search(data):
            return False
        if first and data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            return False
        first = False
        try:
            data.decode()
            rest = b""
        except UnicodeDecodeError as error:
            # A character may be cut at the end of the chunk; at most three bytes of it are here.
            if error.reason != "unexpected end of data" or len(data) - error.start > 3:  # noqa: PLR2004
                return False
            rest = data[error.start :]
    return not rest
