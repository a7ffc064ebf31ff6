"""Articles: saved versions, publishing, who reads what, searching in two languages, use."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from kernel.db import Database
from kernel.errors import Forbidden, InvalidInput, NotFound, StaleVersion
from kernel.paging import PageRequest
from tests.integration.work_orders.plant import Plant
from work_orders.errors import InvalidText
from work_orders.knowledge.errors import EmptyArticle, UnsafeLink
from work_orders.knowledge.service import (
    ArticleFacts,
    ArticleFilter,
    ArticleText,
    Audience,
    State,
    answer_helped,
    create_article,
    get_article,
    list_articles,
    list_versions,
    move_article,
    record_use,
    restore_version,
    save_article,
    search_articles,
)

SEAL = ArticleText(
    "Mechanical seals leaking after dry running",
    "en",
    "## Cause\n\nThe faces **cracked** when the pump ran dry.\n\n## Remedy\n\nReplaced the seals.",
    failure_modes=("seal_leak",),
    equipment_classes=("pump",),
)
BEARING = ArticleText("轴承过热的处理", "zh", "主轴轴承温度升高，先检查润滑脂。", tags=("润滑",))


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as opened:
        yield opened


def _published(
    session: Session, plant: Plant, text: ArticleText, audience: str = Audience.PUBLIC
) -> ArticleFacts:
    values = {**vars(text), "audience": audience}
    made = create_article(session, plant.agent, ArticleText(**values))
    return move_article(session, plant.lead, made.id, State.PUBLISHED, expected_version=None)


def _found(session: Session, plant: Plant, words: str, **wanted: str) -> list[str]:
    rows = search_articles(session, plant.agent, words, ArticleFilter(**wanted))
    return [row.article.title for row in rows]


def test_r24_each_save_is_a_version_and_restoring_makes_a_new_one(
    session: Session, plant: Plant
) -> None:
    made = create_article(session, plant.agent, SEAL)
    assert (made.state, made.version, made.failure_modes) == ("draft", 1, ["seal_leak"])
    longer = ArticleText(**{**vars(SEAL), "body": "Much longer"})
    second = save_article(session, plant.engineer, made.id, longer, expected_version=1)
    same = save_article(session, plant.engineer, made.id, longer, expected_version=second.version)
    assert same.version == second.version
    third = restore_version(session, plant.agent, made.id, 1, expected_version=second.version)
    assert third.body == SEAL.body
    kept = list_versions(session, plant.agent, made.id)
    assert [(each.version, each.restored_from) for each in kept] == [
        (third.version, 1),
        (second.version, None),
        (1, None),
    ]
    assert kept[1].content["body"] == "Much longer"
    with pytest.raises(NotFound):
        restore_version(session, plant.agent, made.id, 99, expected_version=None)


def test_a_stale_save_changes_nothing(session: Session, plant: Plant) -> None:
    made = create_article(session, plant.agent, SEAL)
    save_article(session, plant.agent, made.id, BEARING, expected_version=made.version)
    with pytest.raises(StaleVersion):
        save_article(session, plant.engineer, made.id, SEAL, expected_version=made.version)
    assert get_article(session, plant.agent, made.id).title == BEARING.title


def test_an_empty_article_is_not_published_nor_emptied(session: Session, plant: Plant) -> None:
    empty = create_article(session, plant.agent, ArticleText("Seal", "en", " \n# **\n"))
    with pytest.raises(EmptyArticle):
        move_article(session, plant.lead, empty.id, State.PUBLISHED, expected_version=None)
    assert get_article(session, plant.agent, empty.id).state == "draft"
    told = _published(session, plant, SEAL)
    with pytest.raises(EmptyArticle):
        save_article(
            session, plant.lead, told.id, ArticleText("Seal", "en", ""), expected_version=None
        )


def test_who_may_publish_and_change_what_is_published(session: Session, plant: Plant) -> None:
    made = create_article(session, plant.agent, SEAL)
    with pytest.raises(Forbidden):
        move_article(session, plant.agent, made.id, State.PUBLISHED, expected_version=None)
    move_article(session, plant.lead, made.id, State.PUBLISHED, expected_version=None)
    with pytest.raises(Forbidden):
        save_article(session, plant.agent, made.id, BEARING, expected_version=None)
    with pytest.raises(Forbidden):
        create_article(session, plant.customer, SEAL)


def test_r24_customers_read_what_is_public_and_published_alone(
    session: Session, plant: Plant
) -> None:
    public = _published(session, plant, SEAL)
    internal = _published(session, plant, SEAL, Audience.INTERNAL)
    draft = create_article(
        session, plant.agent, ArticleText(**{**vars(SEAL), "audience": Audience.PUBLIC})
    )
    away = _published(session, plant, SEAL)
    move_article(session, plant.lead, away.id, State.ARCHIVED, expected_version=None)
    record_use(session, plant.agent, [public.id], "shown")

    seen = list_articles(session, plant.customer, ArticleFilter(), PageRequest()).items
    assert [each.id for each in seen] == [public.id]
    assert seen[0].use.shown == 0
    found = search_articles(session, plant.customer, "seal", ArticleFilter())
    assert [each.article.id for each in found] == [public.id]
    for hidden in (internal, draft, away):
        with pytest.raises(NotFound):
            get_article(session, plant.customer, hidden.id)
        with pytest.raises(NotFound):
            record_use(session, plant.customer, [hidden.id], "opened")
    with pytest.raises(Forbidden):
        list_versions(session, plant.customer, public.id)
    assert len(list_articles(session, plant.agent, ArticleFilter(), PageRequest()).items) == 4


@pytest.mark.parametrize(
    "words", ["seal", "SEALS leak", "cracks", "leaked", "run dry", "replacing"]
)
def test_r24_english_words_are_found_in_any_inflection(
    session: Session, plant: Plant, words: str
) -> None:
    _published(session, plant, SEAL)
    _published(session, plant, BEARING)
    assert _found(session, plant, words) == [SEAL.title]


@pytest.mark.parametrize("words", ["轴承", "过热", "润滑", "润滑脂", "轴", "主轴 轴承", "轴承过热"])
def test_r24_two_chinese_characters_are_found(session: Session, plant: Plant, words: str) -> None:
    _published(session, plant, SEAL)
    _published(session, plant, BEARING)
    assert _found(session, plant, words) == [BEARING.title]


@pytest.mark.parametrize("words", ["热轴", "banana", "轴承 banana", "'; --", "&|!():*", "  "])
def test_what_is_not_there_is_not_found(session: Session, plant: Plant, words: str) -> None:
    _published(session, plant, BEARING)
    assert _found(session, plant, words) == []


def test_a_word_in_the_title_ranks_above_one_in_the_text(session: Session, plant: Plant) -> None:
    _published(session, plant, ArticleText("Noise", "en", "A bearing may be worn"))
    _published(session, plant, ArticleText("Bearing noise", "en", "It may be worn"))
    assert _found(session, plant, "bearing") == ["Bearing noise", "Noise"]
    assert _found(session, plant, "bearing", language="zh") == []


def test_found_words_are_marked_in_title_and_snippet(session: Session, plant: Plant) -> None:
    _published(session, plant, BEARING)
    _published(session, plant, SEAL)
    (found,) = search_articles(session, plant.agent, "轴承", ArticleFilter())
    assert found.title == [("轴承", True), ("过热的处理", False)]
    assert ("轴承", True) in found.snippet
    (found,) = search_articles(session, plant.agent, "cracking", ArticleFilter())
    assert ("cracked", True) in found.snippet
    assert "**" not in "".join(text for text, _ in found.snippet)


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "JaVaScRiPt:x",
        "//evil.example",
        "vbscript:x",
        "a b",
    ],
)
def test_links_lead_to_pages_and_mail_alone(session: Session, plant: Plant, link: str) -> None:
    with pytest.raises(UnsafeLink):
        create_article(session, plant.agent, ArticleText("Link", "en", f"See [this]({link})"))


def test_html_is_only_letters_and_safe_links_are_kept(session: Session, plant: Plant) -> None:
    body = "<script>alert(1)</script> [a](https://example.com/x) [b](mailto:a@b.c) [c](/assets)"
    made = create_article(session, plant.agent, ArticleText("<b>Bold</b>", "en", body))
    assert (made.title, made.body) == ("<b>Bold</b>", body)


@pytest.mark.parametrize(
    "text",
    [
        ArticleText(" ", "en", "x"),
        ArticleText("x" * 201, "en", "x"),
        ArticleText("x", "en", "x" * 20_001),
        ArticleText("x", "en", "a\x00b"),
        ArticleText("x", "de", "x"),
        ArticleText("x", "en", "x", audience="all"),
        ArticleText("x", "en", "x", failure_modes=("Not a code",)),
        ArticleText("x", "en", "x", tags=("",)),
    ],
)
def test_what_cannot_be_kept_is_refused(session: Session, plant: Plant, text: ArticleText) -> None:
    with pytest.raises(InvalidText):
        create_article(session, plant.agent, text)
    with pytest.raises(NotFound):
        create_article(session, plant.agent, ArticleText("x", "en", model_ids=("pm_none",)))


def test_r24_use_is_counted_and_each_person_has_one_answer(session: Session, plant: Plant) -> None:
    made = _published(session, plant, SEAL)
    for kind in ("shown", "shown", "opened", "inserted"):
        record_use(session, plant.agent, [made.id], kind)
    answer_helped(session, plant.agent, made.id, helped=False)
    answer_helped(session, plant.agent, made.id, helped=True)
    answer_helped(session, plant.customer, made.id, helped=False)
    use = get_article(session, plant.agent, made.id).use
    assert (use.shown, use.opened, use.inserted) == (2, 1, 1)
    assert (use.helped, use.not_helped, use.mine) == (1, 1, True)
    assert answer_helped(session, plant.agent, made.id, helped=None).mine is None
    with pytest.raises(InvalidInput):
        record_use(session, plant.agent, [made.id], "eaten")
