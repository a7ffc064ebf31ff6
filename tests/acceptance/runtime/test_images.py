"""Both images build from their files, step by step, and their commands run there as nobody in particular."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import images
from tests.support.images import ROOT, Images

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def built() -> Iterator[Images]:
    """The gateway's image and the platform's."""
    images.require()
    folder = Path(tempfile.mkdtemp(prefix="forewarn-images-"))
    try:
        made = Images(folder)
        made.make_bases()
        sources = committed(folder)
        made.build("deploy/gateway/Containerfile", sources, "forewarn-edge")
        made.build("deploy/Dockerfile", sources, "forewarn")
        yield made
    finally:
        shutil.rmtree(folder)


def committed(folder: Path) -> Path:
    """Return a copy of what is committed, as a fresh clone has it."""
    archive = folder / "sources.tar"
    subprocess.run(["git", "archive", "HEAD", "-o", archive], cwd=ROOT, check=True)
    # Not by Python: what a safe extraction is called differs between patch releases of 3.11.
    (folder / "sources").mkdir()
    subprocess.run(["tar", "-xf", archive, "-C", folder / "sources"], check=True)
    return folder / "sources"


def test_the_gateways_image(built: Images) -> None:
    assert built.run("forewarn-edge", "id", "-un") == "forewarn"
    assert "browse" in built.run("forewarn-edge", "forewarn", "edge", "--help")
    here = built.run("forewarn-edge", "ls", "/opt/forewarn/lib/python3.11/site-packages")
    assert {"asyncua", "edge_agent", "kernel"} <= set(here.split())
    assert not {"sqlalchemy", "fastapi", "numpy", "psycopg"} & set(here.split())
    config = built.config("forewarn-edge")
    assert config["User"] == "forewarn"
    assert config["Entrypoint"] == "[forewarn]"
    assert config["Volumes"] == "map[/var/lib/forewarn:{}]"
    assert "forewarn.alive" in config["Healthcheck"]


def test_the_platforms_image(built: Images) -> None:
    assert built.run("forewarn", "id", "-un") == "forewarn"
    assert '"title": "Forewarn"' in built.run("forewarn", "forewarn", "api", "openapi")
    pages = built.run("forewarn", "ls", "/opt/forewarn/web").split()
    assert {"index.html", "assets"} <= set(pages)
    assert built.config("forewarn")["User"] == "forewarn"
