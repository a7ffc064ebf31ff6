"""Every database Forewarn starts keeps what it has acknowledged (compose: test_compose_servers)."""

import psycopg
import pytest

from runtime.embedded.postgres import EmbeddedPostgres
from tests.support.databases import DatabaseUrls

DURABILITY = ("fsync", "synchronous_commit", "full_page_writes")


@pytest.mark.parametrize("name", DURABILITY)
def test_the_embedded_database_is_durable(database_urls: DatabaseUrls, name: str) -> None:
    # As the application sees it: a role or database may have a setting of its own.
    with psycopg.connect(database_urls.app) as connection:
        assert connection.execute(f"SHOW {name}").fetchone() == ("on",)


def test_nothing_we_start_it_with_says_otherwise(postgres: EmbeddedPostgres) -> None:
    assert not any(
        part.partition("=")[0] in DURABILITY for part in postgres.service().argv if "=" in part
    )
    with psycopg.connect(postgres.superuser_url) as connection:
        assert connection.execute("SHOW data_checksums").fetchone() == ("on",)
