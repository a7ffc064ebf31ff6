"""Codes: spellings joined, look-alikes told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from warranty_parts.codes import (
    clean_text,
    code_key,
    look_alike_key,
    optional_key,
    required_key,
)


@pytest.mark.parametrize(
    "written",
    ["A-100", "A100", "a 100", " a_100 ", "A.100", "Ａ１００", "A–100", "A/100", "a\u00ad100"],  # noqa: RUF001
)
def test_spellings_of_one_code_have_one_key(written: str) -> None:
    assert code_key(written) == "A100"


@pytest.mark.parametrize("written", ["A1O0", "AI00", "al00", "А100"])  # noqa: RUF001
def test_a_look_alike_is_another_code_that_folds_to_the_same(written: str) -> None:
    assert code_key(written) != "A100"
    assert look_alike_key(code_key(written)) == look_alike_key("A100")


@given(st.text(max_size=30))
def test_keys_are_stable(written: str) -> None:
    key = code_key(written)
    assert code_key(key) == key
    assert look_alike_key(look_alike_key(key)) == look_alike_key(key)


@pytest.mark.parametrize("written", ["", "   ", "-", "../", "a\x00b", "x" * 201, "tab\there"])
def test_what_is_no_code_is_refused(written: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        required_key(written, "part_number")
    assert refused.value.facts["field"] == "part_number"


def test_a_blank_is_no_code_at_all() -> None:
    assert optional_key(None, "serial") is None
    assert optional_key("  ", "serial") is None
    assert optional_key("s-1", "serial") == "S1"


@pytest.mark.parametrize("written", ["<script>alert(1)</script>", "'; DROP TABLE parts; --"])
def test_markup_and_sql_are_only_text(written: str) -> None:
    assert clean_text(written, "name") == written
