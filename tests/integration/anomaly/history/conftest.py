"""A database for all tests of a module; series count anew in each test, so their readings go too."""

import psycopg
import pytest

from kernel.db import Database
from tests.integration.anomaly.history.past import Past
from tests.support.databases import DatabaseUrls


@pytest.fixture
def past(emptied_database: Database, shared_urls: DatabaseUrls) -> Past:
    with psycopg.connect(shared_urls.owner, autocommit=True) as connection:
        connection.execute("TRUNCATE telemetry.readings, telemetry.latest")
    return Past(emptied_database)
