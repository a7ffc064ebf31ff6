"""What can be wrong with a file."""

from kernel.errors import ForewarnError, InvalidInput, Kind


class UnsupportedType(InvalidInput):
    """Files of this type are not taken."""

    code = "unsupported_type"


class TypeMismatch(InvalidInput):
    """The file is not what its name says."""

    code = "type_mismatch"


class EmptyFile(InvalidInput):
    """The file is empty."""

    code = "empty_file"


class FileTooLarge(ForewarnError):
    """The file is too large."""

    code = "file_too_large"
    kind = Kind.TOO_LARGE


class ContentMissing(ForewarnError):
    """The file's content is not where it should be."""

    code = "content_missing"
    kind = Kind.UNAVAILABLE


class BrokenFile(InvalidInput):
    """The file begins like one of its type, and does not go on like one."""

    code = "broken_file"


class PictureTooLarge(InvalidInput):
    """The picture has more pixels than any screen of ours can hold."""

    code = "picture_too_large"


class ArchiveTooLarge(InvalidInput):
    """An office file would unpack to far more than it pretends to be."""

    code = "archive_too_large"
