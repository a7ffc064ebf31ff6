"""What knowledge refuses, and why."""

from kernel.errors import Conflict, InvalidInput


class EmptyArticle(InvalidInput):
    """An article without text cannot be published."""

    code = "empty_article"


class UnsafeLink(InvalidInput):
    """Links lead to web pages, mail addresses or pages of Forewarn."""

    code = "unsafe_link"


class NotResolved(Conflict):
    """The ticket has no resolution yet."""

    code = "not_resolved"


class ArticleExists(Conflict):
    """An article was made from this ticket already."""

    code = "article_exists"
