"""Addresses of one database as its two roles."""

from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit


@dataclass(frozen=True)
class DatabaseUrls:
    """The same database as its owner and as the application."""

    owner: str
    app: str

    def for_database(self, name: str) -> "DatabaseUrls":
        """The same roles in another database."""
        return DatabaseUrls(_with_path(self.owner, name), _with_path(self.app, name))


def _with_path(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
