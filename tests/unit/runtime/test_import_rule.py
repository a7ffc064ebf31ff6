"""Each import contract of pyproject.toml refuses the violation it is there for.

A skeleton of the packages, with nothing in it, is checked by the project's own contracts: clean as it
is, and broken by one planted import at a time.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
PACKAGES: list[str] = CONTRACTS["root_packages"]

# contract, the module that imports, what it must not import
PLANTED = [
    ("Imports go down the list only", "telemetry.service", "work_orders.service"),
    ("Imports go down the list only", "kernel.db", "registry.audit"),
    ("Imports go down the list only", "anomaly.service", "warranty_parts.service"),
    ("Imports go down the list only", "work_orders.service", "api.app"),
    ("Only runtime imports the edge agent or the simulator", "api.app", "edge_agent.main"),
    ("Only runtime imports the edge agent or the simulator", "ingest.service", "simulator.plant"),
    (
        "A gateway carries kernel.wire and kernel.errors, nothing of the server",
        "edge_agent.main",
        "sqlalchemy",
    ),
    (
        "A gateway carries kernel.wire and kernel.errors, nothing of the server",
        "kernel.wire.frames",
        "kernel.db",
    ),
    ("Tables and queries of telemetry are its own", "ingest.service", "telemetry.repository"),
    ("Tables and queries of ingest are its own", "anomaly.service", "ingest.models"),
    ("Tables and queries of anomaly are its own", "work_orders.service", "anomaly.models"),
    (
        "Tables and queries of warranty_parts are its own",
        "work_orders.service",
        "warranty_parts.models",
    ),
    ("Tables and queries of work_orders are its own", "api.app", "work_orders.models"),
    ("Tables and queries of registry are its own", "telemetry.service", "registry.models"),
    ("No package has a cycle inside", "kernel.db", "kernel.outbox"),
]


def _modules_named_by_contracts() -> set[str]:
    named: set[str] = set()
    for contract in CONTRACTS["contracts"]:
        for key in ("source_modules", "forbidden_modules", "protected_modules"):
            named |= set(contract.get(key, ()))
    return {name for name in named if name.partition(".")[0] in PACKAGES}


def _write(tree: Path, module: str, line: str = "") -> None:
    *parents, last = module.split(".")
    folder = tree
    for parent in parents:
        folder /= parent
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
    file = folder / last / "__init__.py" if (folder / last).is_dir() else folder / f"{last}.py"
    file.touch()
    file.write_text(file.read_text() + line)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Every module that a contract or a planted import names, importing nothing."""
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    named = _modules_named_by_contracts() | {name for _, *pair in PLANTED for name in pair}
    for package in PACKAGES:
        _write(tmp_path, f"{package}.__init__")
    for module in sorted(named):
        if "." in module:
            _write(tmp_path, module)
    # The kernel's own direction, so that a planted import closes a circle.
    _write(tmp_path, "kernel.outbox", "import kernel.db\n")
    return tmp_path


def _lint(tree: Path) -> str:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=tree,
        env={"PYTHONPATH": str(tree), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_the_skeleton_itself_is_clean(tree: Path) -> None:
    said = _lint(tree)
    assert "0 broken" in said, said


@pytest.mark.parametrize(("contract", "importer", "imported"), PLANTED)
def test_a_planted_violation_is_refused(
    tree: Path, contract: str, importer: str, imported: str
) -> None:
    _write(tree, importer, f"import {imported}\n")
    said = _lint(tree)
    broken = {
        line.rpartition(" BROKEN")[0] for line in said.splitlines() if line.endswith("BROKEN")
    }
    assert contract in broken, said


def test_every_contract_was_tried() -> None:
    assert {contract["name"] for contract in CONTRACTS["contracts"]} == {
        contract for contract, *_ in PLANTED
    }
