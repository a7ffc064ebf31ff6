"""A plant in the test's own database, and no page to tell of changes."""

from collections.abc import Iterator

import pytest

from kernel.db import Database
from kernel.settings import forget_settings
from tests.integration.work_orders.plant import Plant, make_plant


@pytest.fixture
def plant(database: Database) -> Plant:
    with database.transaction() as session:
        return make_plant(session)


@pytest.fixture(autouse=True)
def _settings_of_the_test_alone() -> Iterator[None]:
    forget_settings()
    yield
    forget_settings()
