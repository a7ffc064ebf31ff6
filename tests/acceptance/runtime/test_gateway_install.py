"""A gateway installs the base and the `edge` extra alone, and its commands run there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SERVER_SIDE = ("sqlalchemy", "celery", "fastapi", "psycopg", "redis", "river", "numpy", "alembic")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with what a gateway installs, at the lock's versions."""
    folder = tmp_path_factory.mktemp("gateway")
    uv = Path(sys.executable).parent / "uv"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder / "venv"], check=True)
    made = folder / "venv" / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        check=True,
        cwd=ROOT,
        capture_output=True,
    )
    install = [uv, "pip", "install", "--quiet", "--python", made]
    locked = ["--require-hashes", "--constraint", ROOT / "requirements.lock"]
    subprocess.run(
        [*install, *locked, "--requirement", ROOT / "pyproject.toml", "--extra", "edge"],
        check=True,
        cwd=ROOT,
    )
    subprocess.run([*install, "--no-deps", *folder.glob("*.whl")], check=True)
    return made


def test_what_a_gateway_installs_leaves_its_image_below_200_mb(python: Path) -> None:
    """`python:3.13-slim` is about 122 MB; what is added to it has to fit into the rest."""
    (site,) = python.parents[1].glob("lib/python*/site-packages")
    kept = [
        path
        for path in site.rglob("*")
        if path.is_file()
        and not path.is_symlink()
        and "__pycache__" not in path.parts
        # As deploy/gateway/Containerfile does.
        and not ("zstandard" in path.parts and path.name.startswith("_cffi"))
    ]
    assert sum(path.stat().st_size for path in kept) < 76_000_000


def test_arm64_needs_no_compiler(tmp_path: Path) -> None:
    uv = Path(sys.executable).parent / "uv"
    for version in ("3.11", "3.13"):
        subprocess.run(
            [
                *(uv, "pip", "install", "--quiet", "--dry-run", "--only-binary", ":all:"),
                *("--python-platform", "aarch64-manylinux_2_28", "--python-version", version),
                *("--require-hashes", "--constraint", ROOT / "requirements.lock"),
                *("--requirement", ROOT / "pyproject.toml", "--extra", "edge"),
                *("--target", tmp_path),
            ],
            check=True,
            cwd=ROOT,
        )


def forewarn(python: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("FOREWARN", "PYTHON"))}
    return subprocess.run(
        [python.parent / "forewarn", *arguments],
        cwd="/",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )


def test_nothing_of_the_server_is_there(python: Path) -> None:
    code = f"""
import importlib.util, json
print(json.dumps([name for name in {SERVER_SIDE!r} if importlib.util.find_spec(name)]))
"""
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("edge", "--help"),
        ("edge", "run", "--help"),
        ("simulate", "plant", "--help"),
    ],
)
def test_help_works(python: Path, arguments: tuple[str, ...]) -> None:
    done = forewarn(python, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_every_module_of_the_edge_and_the_simulator_loads(python: Path) -> None:
    modules = sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for package in ("edge_agent", "simulator", "kernel/wire")
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py"
    )
    code = f"import importlib\nfor name in {modules!r}: importlib.import_module(name)"
    done = subprocess.run(
        [python, "-P", "-c", code],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_missing_configuration_is_one_line(python: Path, tmp_path: Path) -> None:
    done = forewarn(python, "edge", "run", "--config", str(tmp_path / "none.toml"))
    assert done.returncode == 2
    assert done.stderr.startswith("forewarn: ")
    assert done.stderr.count("\n") == 1


def test_a_server_command_names_the_extra_it_lacks(python: Path) -> None:
    done = forewarn(python, "db", "current")
    assert done.returncode == 1
    assert done.stderr.endswith("which is not installed; install forewarn[server]\n")
