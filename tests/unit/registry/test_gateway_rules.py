"""Decisions about gateways: differences of documents, tags put in, key versions that count."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from registry.assets.rules import accepted_key_versions
from registry.gateways.rules import Difference, differences, serials_of, with_tags

NOW = datetime(2026, 11, 21, tzinfo=UTC)

_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
_DOCUMENTS = st.dictionaries(
    st.text("abc", min_size=1, max_size=3),
    st.recursive(
        _LEAVES,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text("xyz", min_size=1, max_size=2), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    max_size=4,
)


@given(_DOCUMENTS)
def test_a_document_does_not_differ_from_itself(document: dict[str, object]) -> None:
    assert differences(document, document) == []


@given(_DOCUMENTS, _DOCUMENTS)
def test_what_is_new_one_way_is_gone_the_other_way(
    one: dict[str, object], other: dict[str, object]
) -> None:
    there = differences(one, other)
    back = [Difference(d.path, d.after, d.before) for d in differences(other, one)]
    assert there == back


def test_sources_and_tags_count_by_name_not_by_place() -> None:
    tags = [{"asset": "A", "series": s, "node": s} for s in "xyz"]
    before = {"opcua": [{"name": "p", "tags": tags}, {"name": "q", "tags": []}]}
    after = {"opcua": [{"name": "q", "tags": []}, {"name": "p", "tags": tags[::-1]}]}
    assert differences(before, after) == []
    after["opcua"][1]["tags"] = tags[:2]
    assert [d.path for d in differences(before, after)] == [
        "opcua[p].tags[A/z].asset", "opcua[p].tags[A/z].node", "opcua[p].tags[A/z].series",
    ]  # fmt: skip


def test_tags_are_put_into_a_copy() -> None:
    document = {
        "opcua": [{"name": "p", "url": "u", "tags": [{"node": "1", "asset": "A", "series": "x"}]}]
    }
    made = with_tags(document, "opcua", {"name": "p"}, [{"node": "1", "asset": "A", "series": "y"}])
    assert [tag["series"] for tag in made["opcua"][0]["tags"]] == ["y"]
    assert made["opcua"][0]["url"] == "u"
    assert document["opcua"][0]["tags"][0]["series"] == "x"  # type: ignore[index]  # a list of tags
    assert with_tags(made, "opcua", {"name": "p"}, [], ["A/y"]) == {}
    assert serials_of(made) == {"A"}


def test_which_keys_count() -> None:
    later = NOW + timedelta(days=1)
    assert accepted_key_versions(1, None, None, None, NOW) == (1,)
    assert accepted_key_versions(2, 3, None, None, NOW) == (2, 3)
    assert accepted_key_versions(2, None, 1, later, NOW) == (2, 1)
    assert accepted_key_versions(2, 3, 1, later, NOW) == (2, 3, 1)
    assert accepted_key_versions(2, None, 1, NOW, NOW) == (2,)
