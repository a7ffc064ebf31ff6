"""The database's history goes up, down and up again, and agrees with the models."""

from sqlalchemy import text

from kernel.db import engine_for
from migrations import run
from migrations.schemas import SCHEMAS
from runtime.embedded.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres
from tests.support.databases import DatabaseUrls


def test_models_and_history_agree(database_urls: DatabaseUrls) -> None:
    run.check(database_urls.owner)


def test_down_to_nothing_and_up_again(database_urls: DatabaseUrls) -> None:
    run.downgrade(database_urls.owner, database_urls.app)
    engine = engine_for(database_urls.owner)
    with engine.connect() as connection:
        left = connection.execute(
            text(
                "SELECT table_schema || '.' || table_name FROM information_schema.tables "
                "WHERE table_schema = ANY(:schemas) AND table_name <> 'alembic_version'"
            ),
            {"schemas": list(SCHEMAS)},
        ).scalars()
        assert list(left) == []
    engine.dispose()
    run.upgrade(database_urls.owner, database_urls.app)
    run.check(database_urls.owner)


def test_roles_are_separate(postgres: EmbeddedPostgres, database_urls: DatabaseUrls) -> None:
    engine = engine_for(postgres.superuser_url)
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT rolname, rolsuper, rolcreaterole FROM pg_roles WHERE rolname = ANY(:names)"
            ),
            {"names": [APP_ROLE, OWNER_ROLE]},
        ).all()
    engine.dispose()
    assert sorted(rows) == [(APP_ROLE, False, False), (OWNER_ROLE, False, False)]
    assert APP_ROLE in database_urls.app
