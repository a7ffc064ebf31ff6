"""Where the buffers of these tests are."""

from pathlib import Path

import pytest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    # A name that means something else in a URI.
    folder = tmp_path / "site #1 %41?"
    folder.mkdir()
    return folder / "buffer.sqlite"
