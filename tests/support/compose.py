"""docker-compose.yml as a container engine would understand it, without one."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?:(?P<kind>:\?|:-)(?P<rest>[^}]*))?\})")


class VariableMissing(Exception):
    """A variable that the file demands is not set."""


def variables(text: str) -> dict[str, str]:
    """Return the variables a text uses, with how each is asked for: `:?`, `:-` or nothing."""
    return {
        match["name"]: match["kind"] or "" for match in _VARIABLE.finditer(text) if match["name"]
    }


def interpolate(value: Any, environment: dict[str, str]) -> Any:
    """Fill in variables as Compose does."""
    if isinstance(value, dict):
        return {key: interpolate(item, environment) for key, item in value.items()}
    if isinstance(value, list):
        return [interpolate(item, environment) for item in value]
    if not isinstance(value, str):
        return value

    def fill(match: "re.Match[str]") -> str:
        if match["name"] is None:
            return "$"
        found = environment.get(match["name"], "")
        if not found and match["kind"] == ":?":
            raise VariableMissing(match["name"])
        return found or match["rest"] or ""

    return _VARIABLE.sub(fill, value)


def raw() -> dict[str, Any]:
    """Return the file with its variables unfilled."""
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return loaded


def read(environment: dict[str, str]) -> dict[str, Any]:
    """Return the file with its variables filled in."""
    filled: dict[str, Any] = interpolate(raw(), environment)
    return filled
