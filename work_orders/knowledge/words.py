"""Words that texts are found and compared by: English words, and pairs of adjoining Han characters.

PostgreSQL's `pg_trgm` has no trigram for a Chinese word of two characters, and its parser takes a whole
run of Han characters for one word; pairs are what both a query and a text can be cut into alike.
"""

import re
from itertools import pairwise

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PIECE = re.compile(rf"[{_HAN}]+|[^\W{_HAN}_]+", re.UNICODE)
_IS_HAN = re.compile(rf"[{_HAN}]")
# fmt: off
_STOP = frozenset({
    "a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "for", "from",
    "had", "has", "have", "in", "into", "is", "it", "its", "no", "not", "of", "off",
    "on", "or", "our", "that", "the", "their", "then", "there", "they", "this", "to", "was",
    "we", "were", "when", "which", "while", "with", "you",
})
# fmt: on
_ENDINGS = ("ingly", "edly", "ings", "ing", "ied", "ies", "ed", "es", "ly", "s")
_STEM_MIN = 3
WORDS_OF_QUERY_MAX = 24


def indexed_text(text: str) -> str:
    """Return a text with every Han run cut into its pairs, ready for `to_tsvector('english', …)`.

    A run of one character stands alone.
    """
    return " ".join(_pieces(text))


def _pieces(text: str) -> list[str]:
    found = []
    for piece in _PIECE.findall(text):
        if _IS_HAN.match(piece) and len(piece) > 1:
            found += [a + b for a, b in pairwise(piece)]
        else:
            found.append(piece)
    return found


def query_pieces(query: str) -> tuple[str, tuple[str, ...]]:
    """Return a query's words and pairs as one text, and its single Han characters: beginnings of pairs."""
    pieces = _pieces(query)[:WORDS_OF_QUERY_MAX]
    singles = tuple(each for each in pieces if len(each) == 1 and _IS_HAN.match(each))
    return " ".join(each for each in pieces if each not in singles), singles


def stem(word: str) -> str:
    """Return an English word without a common ending, for comparing words, not for showing them.

    >>> stem("bearings"), stem("leaked"), stem("gas")
    ('bear', 'leak', 'gas')
    """
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM_MIN:
            return word[: -len(ending)]
    return word


def terms_of(text: str) -> frozenset[str]:
    """Return what a text has in content words: stems of English words and pairs of Han characters."""
    return frozenset(
        piece if _IS_HAN.match(piece) else stem(piece)
        for piece in _pieces(text.casefold())
        if piece not in _STOP and len(piece) > 1
    )


def marked(text: str, words: frozenset[str], width: int = 160) -> list[tuple[str, bool]]:
    """Return the part of a text around its first found word, as pieces and whether each is a found word.

    Args:
        text: what was found.
        words: stems and Han runs or single characters, in lower case.
        width: about how many characters to return.
    """
    spans = _spans(text, words)
    begin = max(0, spans[0][0] - width // 4) if spans else 0
    end = min(len(text), begin + width)
    pieces: list[tuple[str, bool]] = []
    at = begin
    for start, stop in spans:
        if start < at or stop > end:
            continue
        pieces += [(text[at:start], False)] * (start > at) + [(text[start:stop], True)]
        at = stop
    pieces += [(text[at:end], False)] * (end > at)
    if begin:
        pieces.insert(0, ("…", False))
    if end < len(text):
        pieces.append(("…", False))
    return pieces


def _spans(text: str, words: frozenset[str]) -> list[tuple[int, int]]:
    han = sorted((word for word in words if _IS_HAN.match(word)), key=len, reverse=True)
    stems = {word for word in words if not _IS_HAN.match(word)}
    found = []
    for piece in _PIECE.finditer(text):
        if _IS_HAN.match(piece[0]):
            if han:
                pattern = "|".join(map(re.escape, han))
                found += [
                    (piece.start() + each.start(), piece.start() + each.end())
                    for each in re.finditer(pattern, piece[0])
                ]
        elif stem(piece[0].casefold()) in stems:
            found.append(piece.span())
    return found


def words_to_mark(query: str) -> frozenset[str]:
    """Return what of a query is marked where it is found: stems, and Han runs with all their pairs."""
    pieces = _PIECE.findall(query.casefold())
    return frozenset(
        each
        for piece in pieces
        for each in ({piece, *_pieces(piece)} if _IS_HAN.match(piece) else {stem(piece)})
    )
