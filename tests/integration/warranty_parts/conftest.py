"""A machine under warranty."""

import pytest

from kernel.db import Database
from tests.support.warranty import World
from tests.support.warranty import world as make_world


@pytest.fixture
def world(database: Database) -> World:
    return make_world(database)
