import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.paging import InvalidCursor, decode_cursor, encode_cursor
from kernel.paging import Slice

_PARTS = st.text().filter(str.isprintable)


@given(st.lists(_PARTS, min_size=1, max_size=8).map(tuple))
def test_a_cursor_gives_back_its_key(key: tuple[str, ...]) -> None:
    cursor = encode_cursor(key)
    assert cursor.isascii()
    assert decode_cursor(cursor) == key


@given(st.text(max_size=200))
def test_any_text_is_a_key_or_refused(text: str) -> None:
    try:
        key = decode_cursor(text)
    except InvalidCursor:
        return
    assert all(part.isprintable() for part in key)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_a_page_knows_whether_another_follows(count: int) -> None:
    rows = list(range(count))
    page = Slice.cut(rows, 2, lambda row: (str(row),))
    assert page.items == rows[:2]
    assert page.next_key == (("1",) if count > 2 else None)
    assert page.map(str).items == [str(row) for row in rows[:2]]
