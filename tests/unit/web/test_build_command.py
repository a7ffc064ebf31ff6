"""The build command, with a Node of shell scripts: what it installs, when, and what a failure leaves."""

import os
import stat
from pathlib import Path

import pytest

from runtime import node
from runtime.commands import web

NODE = """#!/bin/sh
if [ "$1" = --version ]; then echo {version}; exit 0; fi
echo "$@" >> {calls}
case "$1" in
    *npm-cli.js) mkdir -p node_modules; {npm} ;;
    *vite.js) {vite} ;;
esac
"""
MAKES_PAGES = "mkdir -p dist.new; echo fresh > dist.new/index.html"


class Machine:
    """A web folder and a Node beside it, both made up."""

    def __init__(self, root: Path) -> None:
        self.web = root / "web"
        self.calls = root / "calls"
        self.prefix = root / "node"
        self.web.mkdir()
        (self.web / "package.json").write_text("{}")
        (self.web / "package-lock.json").write_text("{}")
        npm = self.prefix / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        npm.parent.mkdir(parents=True)
        npm.touch()
        (self.prefix / "bin").mkdir()

    def node(self, version: str = "v24.1.0", npm: str = "true", vite: str = MAKES_PAGES) -> None:
        path = self.prefix / "bin" / "node"
        path.write_text(NODE.format(version=version, calls=self.calls, npm=npm, vite=vite))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def installs(self) -> int:
        return self.calls.read_text().count("npm-cli.js ci") if self.calls.exists() else 0


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setattr(web, "WEB", made.web)
    monkeypatch.setattr(node, "find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", f"{made.prefix / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return made


def test_pages_are_built_and_take_the_place_of_the_old_ones(machine: Machine) -> None:
    machine.node()
    (machine.web / "dist").mkdir()
    (machine.web / "dist" / "index.html").write_text("old")
    (machine.web / "dist" / "left-over.js").touch()
    web.build()
    assert (machine.web / "dist" / "index.html").read_text() == "fresh\n"
    assert sorted(path.name for path in machine.web.glob("dist*")) == ["dist"]
    assert not (machine.web / "dist" / "left-over.js").exists()


def test_packages_are_installed_once_for_a_lock_file(machine: Machine) -> None:
    machine.node()
    web.build()
    web.build()
    assert machine.installs() == 1
    (machine.web / "package-lock.json").write_text('{"changed": true}')
    web.build()
    assert machine.installs() == 2


def test_a_build_that_fails_leaves_the_old_pages(machine: Machine) -> None:
    machine.node(vite="mkdir -p dist.new; touch dist.new/half; echo 'no such module' >&2; exit 3")
    (machine.web / "dist").mkdir()
    (machine.web / "dist" / "index.html").write_text("old")
    with pytest.raises(node.NodeToolFailed, match="exit code 3: no such module"):
        web.build()
    assert (machine.web / "dist" / "index.html").read_text() == "old"
    assert sorted(path.name for path in machine.web.glob("dist*")) == ["dist"]


def test_sources_saved_while_building_are_newer_than_the_build(machine: Machine) -> None:
    machine.node(vite=f"{MAKES_PAGES}; touch package.json")
    web.build()
    built = (machine.web / "dist" / "index.html").stat().st_mtime
    assert (machine.web / "package.json").stat().st_mtime > built


def test_no_network_is_one_clear_line_and_is_tried_again(machine: Machine) -> None:
    machine.node(npm="echo 'npm error code EAI_AGAIN' >&2; exit 1")
    with pytest.raises(node.NodeToolFailed, match="cannot be reached; check the network"):
        web.build()
    machine.node()
    web.build()
    assert machine.installs() == 2


def test_another_npm_failure_is_quoted(machine: Machine) -> None:
    machine.node(npm="echo 'npm error code EUSAGE' >&2; exit 1")
    with pytest.raises(node.NodeToolFailed, match="npm ci failed: npm error code EUSAGE"):
        web.build()


@pytest.mark.parametrize("version", ["v20.20.2", "v22.11.0", "nonsense"])
def test_an_old_node_is_not_used(machine: Machine, version: str) -> None:
    machine.node(version=version)
    with pytest.raises(node.NodeToolFailed, match=r"Node\.js 22\.12 or newer was not found"):
        node.find_node()


def test_the_packaged_node_is_found_when_the_machine_has_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = node.find_node()
    assert node.version_of(found.node) >= node.NODE_MIN
    assert found.environment()["PATH"].split(os.pathsep)[0] == str(found.node.parent)
    assert found.environment()["NODE_USE_SYSTEM_CA"] == os.environ.get("NODE_USE_SYSTEM_CA", "1")
