"""What templates may say, and what hostile values make of them: nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work_orders.notices.errors import InvalidTemplate
from work_orders.notices.rules import Topic
from work_orders.notices.templates import (
    MESSAGE_LENGTH_MAX,
    Words,
    as_html,
    bundle,
    check_template,
    fill,
)


@pytest.mark.parametrize(
    ("subject", "body", "reason"),
    [
        ("{{number}}", "{{secret_key}}", "unknown_placeholder"),
        ("{{level}}", "x", "unknown_placeholder"),
        ("x", "{{number", "malformed_placeholder"),
        ("x", "{{number.__class__}}", "malformed_placeholder"),
        ("x", "{{ 7*7 }}", "malformed_placeholder"),
        (" ", "x", "blank"),
        ("x", "\n", "blank"),
        ("a\r\nBcc: all@example.com", "x", "not_one_line"),
        ("x" * 201, "x", "too_long"),
        ("x", "x" * 5001, "too_long"),
    ],
)
def test_a_bad_template_is_refused_when_it_is_saved(subject: str, body: str, reason: str) -> None:
    with pytest.raises(InvalidTemplate) as refused:
        check_template(Topic.TICKET_ASSIGNED, Words(subject, body))
    assert refused.value.facts["reason"] == reason


def test_values_are_not_templates() -> None:
    filled = fill(Words("{{title}}", "{{title}}"), {"title": "{{number}}", "number": "SECRET"})
    assert filled == Words("{{number}}", "{{number}}")


@given(st.text())
def test_no_value_makes_a_second_line_of_a_subject(value: str) -> None:
    filled = fill(Words("About {{title}}", "x"), {"title": value})
    assert len(filled.subject.splitlines()) == 1
    assert filled.subject.isprintable() or not any(
        character < " " or "\x7f" <= character <= "\x9f" for character in filled.subject
    )


@given(st.text())
def test_html_of_a_text_holds_no_tag_of_its_own(value: str) -> None:
    made = as_html(value, "https://desk.example.com/")
    for allowed in ("<br>", "</a>"):
        made = made.replace(allowed, "")
    assert "<" not in made.replace('<a href="https://desk.example.com/', "")


def test_only_links_to_the_installation_are_links() -> None:
    text = 'https://evil.example/x https://desk.example.com/complaints/cp_1 "><script>alert(1)</script>'
    made = as_html(text, "https://desk.example.com/")
    assert made.count("<a ") == 1
    assert '<a href="https://desk.example.com/complaints/cp_1">' in made
    assert "<script>" not in made


def test_a_bundle_says_what_it_leaves_out() -> None:
    parts = [Words(f"No {number}", "x" * 900) for number in range(9)]
    whole = bundle("zh", parts)
    assert "9" in whole.subject
    assert whole.body.endswith("另有 5 条")
    assert len(whole.body) < MESSAGE_LENGTH_MAX + 200
    assert bundle("en", parts[:1]) == parts[0]
