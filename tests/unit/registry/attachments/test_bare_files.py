"""Pictures and films lose what they tell besides what they show, and keep what they show."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.attachments.errors import BrokenFile, PictureTooLarge
from registry.attachments.films import FILMS, bare_film
from registry.attachments.pictures import PICTURES, bare_picture
from tests.support import pictures
from tests.support.pictures import PLACE

SAMPLES: dict[str, bytes] = {
    "image/jpeg": pictures.jpeg(pictures.exif(), behind=b"motion photo " + PLACE),
    "image/png": pictures.png(1, 1, (b"eXIf", pictures.exif()[6:]), (b"tEXt", b"Where\0" + PLACE))
    + PLACE,
    "image/gif": pictures.gif(behind=PLACE),
    "image/webp": pictures.webp((b"EXIF", pictures.exif()[6:]), (b"XMP ", PLACE)) + PLACE,
    "image/heic": pictures.heic(),
    "video/mp4": pictures.mp4(),
    "video/quicktime": pictures.mp4(),
}


def bare(media_type: str, data: bytes) -> bytes:
    verb: Callable[[str, bytes], bytes] = bare_picture if media_type in PICTURES else bare_film
    return verb(media_type, data)


def test_every_type_has_a_sample() -> None:
    assert set(SAMPLES) == PICTURES | FILMS


@pytest.mark.parametrize("media_type", SAMPLES)
def test_the_place_is_taken_out(media_type: str) -> None:
    data = SAMPLES[media_type]
    assert PLACE in data
    kept = bare(media_type, data)
    assert PLACE not in kept
    # What is bare stays as it is: the same picture sent again is the same content.
    assert bare(media_type, kept) == kept


def test_what_is_shown_stays() -> None:
    assert bare("image/png", SAMPLES["image/png"]) == pictures.png()
    kept = bare("image/jpeg", SAMPLES["image/jpeg"])
    assert b"\x12\xff\0\x34\xff\xd0\x56\xff\xd9" in kept
    assert b"ICC_PROFILE\0colours" in kept
    assert b"\2\2\x4c\1\0" in bare("image/gif", SAMPLES["image/gif"])
    for media_type in FILMS:
        assert len(bare(media_type, SAMPLES[media_type])) == len(SAMPLES[media_type])
    assert b"coded picture" in bare("image/heic", SAMPLES["image/heic"])
    assert b"frames" in bare("video/mp4", SAMPLES["video/mp4"])


@pytest.mark.parametrize("way_up", range(1, 9))
def test_which_way_is_up_stays(way_up: int) -> None:
    kept = bare("image/jpeg", pictures.jpeg(pictures.exif(way_up)))
    again = b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1" + bytes((0, way_up))
    assert (again in kept) == (way_up != 1)


def test_too_many_pixels() -> None:
    with pytest.raises(PictureTooLarge):
        bare("image/png", pictures.png(10_001, 10_000))
    assert bare("image/png", pictures.png(10_000, 10_000))


@given(media_type=st.sampled_from(sorted(SAMPLES)), data=st.data())
def test_a_damaged_file_is_refused_or_bare(media_type: str, data: st.DataObject) -> None:
    sample = bytearray(SAMPLES[media_type])
    if data.draw(st.booleans()):
        del sample[data.draw(st.integers(12, len(sample))) :]
    for at, value in data.draw(
        st.lists(st.tuples(st.integers(12, len(SAMPLES[media_type]) - 1), st.integers(0, 255)))
    ):
        if at < len(sample):
            sample[at] = value
    try:
        kept = bare(media_type, bytes(sample))
    except (BrokenFile, PictureTooLarge):
        return
    assert len(kept) <= len(sample) + 40
