"""docker-compose.yml is sound: no default secret, nothing unnamed, and commands that exist."""

import re
import subprocess
import sys
import tomllib
from typing import Any

import pytest

from runtime import cli, configuration
from tests.support import compose

ROOT = compose.ROOT
EXAMPLE = (ROOT / ".env.example").read_text()
REQUIRED = re.findall(r"^(\w+)=", EXAMPLE, re.MULTILINE)
OPTIONAL = re.findall(r"^#(\w+)=", EXAMPLE, re.MULTILINE)
FILLED = dict.fromkeys(REQUIRED, "x" * 40)
SERVICES: dict[str, Any] = compose.read(FILLED)["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
# The schema its authors publish, as the checker carries it: nothing is fetched.
SCHEMA = "vendor.compose-spec"
KEYS = {
    "build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "init",
    "logging", "networks", "ports", "read_only", "restart", "security_opt", "shm_size",
    "stop_grace_period", "tmpfs", "user", "volumes",
}  # fmt: skip


@pytest.mark.parametrize("missing", REQUIRED)
def test_it_refuses_to_start_without_each_secret(missing: str) -> None:
    with pytest.raises(compose.VariableMissing, match=missing):
        compose.read({name: value for name, value in FILLED.items() if name != missing})


def test_the_example_lists_every_variable_and_fills_in_no_secret() -> None:
    used = compose.variables(compose.FILE.read_text())
    assert {name for name, kind in used.items() if kind == ":?"} == set(REQUIRED)
    assert {name for name, kind in used.items() if kind == ":-"} == set(OPTIONAL)
    filled_in = re.findall(r"^(\w+)=.+", EXAMPLE, re.MULTILINE)
    assert filled_in == ["FOREWARN_CERTS_DIR"]


def test_no_secret_is_written_into_the_file() -> None:
    for service in compose.raw()["services"].values():
        for name, value in service.get("environment", {}).items():
            if any(word in name for word in ("PASSWORD", "SECRET", "TOKEN", "AUTH")):
                assert str(value).startswith(("${", "--auth=")), name
            for address in re.findall(r"://[^@\s]+@", str(value)):
                assert "${" in address, name


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_complete(name: str) -> None:
    service = SERVICES[name]
    assert set(service) <= KEYS
    assert service["restart"] in {"unless-stopped", "on-failure"}
    assert service["logging"]["options"]["max-size"]
    assert "test" in service["healthcheck"] or name == "migrate"
    assert re.search(r":\d[\w.\-]*$", service["image"]), "an image is pinned to a version"
    assert service["networks"]
    for needed in service.get("depends_on", {}):
        assert needed in SERVICES


def test_what_lasts_is_in_named_volumes_and_what_is_mounted_exists() -> None:
    whole = compose.read(FILLED)
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    named = {mount.partition(":")[0] for mount in mounts if not mount.startswith((".", "/", "x"))}
    assert named == set(whole["volumes"])
    for mount in mounts:
        source = mount.partition(":")[0]
        if source.startswith("./"):
            assert mount.endswith(":ro")
            assert (ROOT / source).exists(), source


def test_only_the_broker_and_the_pages_can_be_reached_from_outside() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"mqtt", "api"}
    assert SERVICES["api"]["ports"] == ["127.0.0.1:8080:8080"]
    outside = {name for name, service in SERVICES.items() if "outside" in service["networks"]}
    assert outside == {"mqtt", "api"}


@pytest.mark.parametrize("name", OURS)
def test_our_processes_run_real_commands_with_known_settings_and_no_rights(name: str) -> None:
    service = OURS[name]
    assert service["command"][0] in cli.COMMANDS
    assert configuration.unknown_variables(list(service["environment"])) == []
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_only_the_migrator_signs_in_as_the_owner() -> None:
    for name, service in OURS.items():
        environment = service["environment"]
        assert environment["FOREWARN_DATABASE_URL"].startswith("postgresql://forewarn_app:")
        owner = environment.get("FOREWARN_MIGRATOR_DATABASE_URL")
        assert (owner is not None) is (name == "migrate")


def test_the_same_processes_run_as_under_the_supervisor() -> None:
    from runtime.supervisor.applications import FOREWARN, applications

    ours = {
        service.name: list(service.argv)[len(FOREWARN) :]
        for service in applications({}, "0.0.0.0", 8080, ROOT)
    }
    assert ours == {name: service["command"] for name, service in OURS.items() if name != "migrate"}


def test_the_database_is_told_to_keep_what_it_acknowledged() -> None:
    command = SERVICES["database"]["command"]
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        assert f"{name}=on" in command


def test_the_image_holds_every_package_and_runs_as_nobody_in_particular() -> None:
    text = (ROOT / "deploy" / "Dockerfile").read_text()
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    for package in wheel["targets"]["wheel"]["packages"]:
        assert f"COPY {package} {package}\n" in text
    last_stage = text.rpartition("\nFROM ")[2]
    assert "\nUSER forewarn\n" in last_stage
    assert "--require-hashes" in text


def test_the_file_keeps_to_the_schema_of_the_compose_specification() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", SCHEMA, str(compose.FILE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
