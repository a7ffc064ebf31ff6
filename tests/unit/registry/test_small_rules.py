"""Serials, dates, the tree, tokens and names of files."""

import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.assets.errors import DatesOutOfOrder, InvalidSerial
from registry.assets.rules import check_dates, check_serial, serial_key
from registry.attachments import rules as files
from registry.attachments.errors import EmptyFile, TypeMismatch, UnsupportedType
from registry.organisations.errors import InvalidParent
from registry.organisations.rules import check_parent
from registry.permissions import PERMISSIONS, ROLES
from registry.sign_in import rules as tokens

_DATES = st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1))


@pytest.mark.parametrize("serial", ["A-100", "A100", "a 100", "A.1/0_0"])
def test_one_serial_in_many_spellings(serial: str) -> None:
    assert serial_key(serial) == "a100"


def test_a_serial_needs_something() -> None:
    with pytest.raises(InvalidSerial):
        check_serial(" -_./")


@given(_DATES, _DATES, _DATES)
def test_known_dates_are_in_order(
    made: date | None, delivered: date | None, commissioned: date | None
) -> None:
    known = [on for on in (made, delivered, commissioned) if on is not None]
    if known == sorted(known):
        check_dates(made, delivered, commissioned)
    else:
        with pytest.raises(DatesOutOfOrder):
            check_dates(made, delivered, commissioned)


@pytest.mark.parametrize(
    ("kind", "parent", "allowed"),
    [
        ("dealer", "manufacturer", True),
        ("dealer", "dealer", True),
        ("customer", "dealer", True),
        ("customer", "manufacturer", True),
        ("customer", "customer", False),
        ("dealer", "customer", False),
        ("manufacturer", "manufacturer", False),
    ],
)
def test_what_may_be_below_what(kind: str, parent: str, *, allowed: bool) -> None:
    if allowed:
        check_parent(kind, parent, parent_is_below=False)
    else:
        with pytest.raises(InvalidParent):
            check_parent(kind, parent, parent_is_below=False)
    with pytest.raises(InvalidParent):
        check_parent(kind, parent, parent_is_below=True)


def test_roles_hold_only_permissions_there_are() -> None:
    for role, permissions in ROLES.items():
        assert permissions <= set(PERMISSIONS), role


@given(st.binary(min_size=32, max_size=64), st.text("abc0123456789_", min_size=1))
def test_a_link_token_names_its_link(secret: bytes, link_id: str) -> None:
    token = tokens.link_token(secret, link_id)
    assert tokens.link_id_of(secret, token) == link_id
    assert tokens.link_id_of(secret + b"x", token) is None
    assert tokens.link_id_of(secret, token + "A") is None


@given(st.text())
def test_no_text_is_a_link_by_chance(text: str) -> None:
    assert tokens.link_id_of(b"a secret of more than thirty-two bytes", text) is None


def test_tokens_do_not_repeat_and_tell_nothing_of_each_other() -> None:
    made = {tokens.new_session_token() for _ in range(100)}
    assert len(made) == 100
    one, other = sorted(made)[:2]
    assert tokens.csrf_token(one) != tokens.csrf_token(other)
    assert one not in tokens.csrf_token(one)
    assert tokens.new_access_token().startswith("fwt_")
    assert len(tokens.token_hash(one)) == 32


@given(st.text())
def test_a_cleaned_name_is_only_a_name(name: str) -> None:
    cleaned = files.clean_name(name)
    assert 0 < len(cleaned) <= files.FILE_NAME_MAX + 20
    assert "/" not in cleaned
    assert "\\" not in cleaned
    assert cleaned not in {".", ".."}
    assert files.clean_name(cleaned) == cleaned


@given(st.binary(max_size=300), st.sampled_from(["a.png", "a.txt", "a.docx", "a", "a.pdf"]))
def test_any_bytes_are_told_or_refused(content: bytes, name: str) -> None:
    try:
        told = files.content_type(io.BytesIO(content), name)
    except (EmptyFile, UnsupportedType, TypeMismatch):
        return
    assert name.rpartition(".")[2] in files.EXTENSIONS[told]


@given(st.integers(0, 200_000), st.sampled_from(["é", "日", "🛠"]))
def test_a_character_cut_between_two_chunks_is_text(padding: int, character: str) -> None:
    content = b"a" * padding + character.encode() * 3
    assert files.content_type(io.BytesIO(content), "a.txt") == "text/plain"


def test_a_character_cut_at_the_end_is_no_text() -> None:
    with pytest.raises(UnsupportedType):
        files.content_type(io.BytesIO("日".encode()[:2]), "a.txt")
