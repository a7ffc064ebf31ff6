"""The application with live updates."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from api.app import create_app
from kernel import changes
from kernel.db import Database
from kernel.settings import forget_settings
from tests.support.http import Api, serve


@contextmanager
def live_api(database: Database) -> Iterator[Api]:
    """Run the application with live updates on the Redis of the settings; ready when it listens."""
    forget_settings()
    changes._redis.cache_clear()
    app = create_app(database)
    with serve(app) as url:
        deadline = time.monotonic() + 10
        while not app.state.hub._listening.is_set():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield Api(url, database)
    changes._redis().close()
    changes._redis.cache_clear()
