"""A mapping for `edge.toml`, written from what a server was found to have."""

import json
from collections.abc import Iterable

from edge_agent.browse import FoundTag
from edge_agent.units import kind_of_unit


class Mapping:
    """Writes found tags as TOML; series names on one asset stay unique."""

    def __init__(self, asset: str = "") -> None:
        self._asset = asset
        self._used: set[tuple[str, str]] = set()

    @staticmethod
    def head(name: str, url: str, username: str) -> str:
        """Return the beginning of the source's table."""
        lines = ["[[opcua]]", f"name = {_toml(name)}", f"url = {_toml(url)}"]
        if username:
            lines += [f"username = {_toml(username)}", 'password = ""']
        return "\n".join([*lines, ""])

    def table(self, tag: FoundTag) -> str:
        """Return a tag's table, or a comment for what is no number."""
        if not tag.type:
            return f"# not a number: {_comment(tag.node)}\n"
        asset = self._asset or tag.owner or "unknown"
        series, count = tag.name, 2
        while (asset, series) in self._used:
            series, count = f"{tag.name}_{count}", count + 1
        self._used.add((asset, series))
        facts: dict[str, object] = {"node": tag.node, "asset": asset, "series": series}
        if tag.unit:
            facts["unit"] = tag.unit
        if tag.low is not None and tag.high is not None and tag.low < tag.high:
            facts |= {"low": tag.low, "high": tag.high}
        kind = "state" if tag.type == "boolean" else kind_of_unit(tag.unit)
        facts["kind"] = kind
        if tag.type == "boolean":
            facts["type"] = "boolean"
        return "\n".join(["[[opcua.tags]]", *_lines(facts), ""])


def _lines(facts: dict[str, object]) -> Iterable[str]:
    return (f"{name} = {_toml(value)}" for name, value in facts.items())


def _toml(value: object) -> str:
    # A JSON string or number is one in TOML too, but for the one character it leaves as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
