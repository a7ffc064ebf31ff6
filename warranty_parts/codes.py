"""Codes as people mean them: part numbers, serials, positions and invoices, made comparable.

`code_key` joins spellings of one code (`A-100`, `a100`, full-width forms). `look_alike_key` goes further and
joins codes that merely look the same (`O` and `0`); a look-alike is never taken for the code itself, it is
only grounds to ask.
"""

import re
import unicodedata

from kernel.errors import InvalidInput

TEXT_LENGTH_MAX = 200

# White space, ASCII punctuation used inside codes, and the dashes that office software puts in.
_PUNCTUATION = re.compile(r"[\s_./\\\-\u2010-\u2015\u2212\u00ad]+")

# Characters read as one another on a worn plate, and Greek and Cyrillic capitals that look Latin.
_LOOK_ALIKES = str.maketrans(
    "OQILSBZG"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0423",
    "00115826"  # OQILSBZG
    "A8E2H1KMN0PTYX"  # Greek
    "A8EKMH0PCTXY",  # Cyrillic
)


def clean_text(text: str, what: str, *, length_max: int = TEXT_LENGTH_MAX) -> str:
    """Return `text` without white space around it.

    Raises:
        InvalidInput: it is empty, longer than `length_max`, or holds control characters.
    """
    cleaned = text.strip()
    if not cleaned:
        raise InvalidInput(f"{what} is empty", field=what)
    if len(cleaned) > length_max:
        raise InvalidInput(f"{what} is longer than {length_max} characters", field=what)
    if any(unicodedata.category(character) == "Cc" for character in cleaned):
        raise InvalidInput(f"{what} holds control characters", field=what)
    return cleaned


def code_key(code: str) -> str:
    """Return a code without case, width, spaces and dashes: `A-100`, `a 100` and `Ａ１００` give `A100`."""  # noqa: RUF002
    folded = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", code).upper())
    # Rarely a fold makes room for another: marks join, or a capital decomposes.
    return folded if folded == code else code_key(folded)


def required_key(code: str, what: str) -> str:
    """Return `code_key(code)`.

    Raises:
        InvalidInput: nothing is left of it, or it cannot be a code at all.
    """
    key = code_key(clean_text(code, what))
    if not key:
        raise InvalidInput(f"{what} has no letters or digits", field=what)
    return key


def optional_key(code: str | None, what: str) -> str | None:
    """Return `required_key(code, what)`; None for None or a blank."""
    return None if code is None or not code.strip() else required_key(code, what)


def look_alike_key(key: str) -> str:
    """Return a key with characters that are easily misread folded together: `A1O0` gives `A100`."""
    return key.translate(_LOOK_ALIKES)
