"""Decisions about gateways that need no database: tokens, digests, differences, tags put into a document."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

TOKEN_PREFIX: Final = "fwe_"  # noqa: S105 - what scanners for leaked secrets look for
SOURCE_KINDS: Final = ("opcua", "mqtt_json", "sparkplug")
# What tells a tag of a source from the others, beside the series it is written to.
ADDRESS_OF: Final = {
    "opcua": ("node",),
    "mqtt_json": ("path", "topic"),
    "sparkplug": ("metric", "node", "device"),
}
_TOKEN_BYTES = 32


def new_enrolment_token() -> str:
    """Return a prefix that names the kind of secret, and 256 random bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)


def secret_hash(secret: str) -> bytes:
    """Return what is stored of a token or a claim. They are random, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).digest()


def canonical(document: Mapping[str, Any]) -> str:
    """Return a document as JSON text that is the same for the same content."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of(document: Mapping[str, Any]) -> bytes:
    """Return what tells two documents apart: SHA-256 of the canonical text."""
    return hashlib.sha256(canonical(document).encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True)
class Difference:
    """One value that differs between two documents; None on the side that lacks it."""

    path: str
    before: Any
    after: Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return what differs, by path; sources count by their name, tags by the series they write to."""
    old, new = dict(_leaves(before, "")), dict(_leaves(after, ""))
    return [
        Difference(path, old.get(path), new.get(path))
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path) or (path in old) != (path in new)
    ]


def _leaves(value: Any, path: str) -> list[tuple[str, Any]]:
    if isinstance(value, Mapping):
        found = []
        for key, item in value.items():
            found += _leaves(item, f"{path}.{key}" if path else str(key))
        return found
    if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        found = []
        for number, item in enumerate(value):
            found += _leaves(item, f"{path}[{_name_of(item, number)}]")
        return found
    return [(path, value)]


def _name_of(item: Mapping[str, Any], number: int) -> str:
    if "asset" in item and "series" in item:
        return f"{item['asset']}/{item['series']}"
    return str(item.get("name") or number + 1)


def with_tags(
    document: Mapping[str, Any],
    kind: str,
    source: Mapping[str, Any],
    tags: Sequence[Mapping[str, Any]],
    removed: Sequence[str] = (),
) -> dict[str, Any]:
    """Return a document with tags put into a source, which is added where it is not there.

    Args:
        document: the one to start from; it is not changed.
        kind: one of `SOURCE_KINDS`.
        source: the source's own fields, at least `name`; others replace those it has.
        tags: replace tags with the same address or the same series, the rest is added.
        removed: series to take out, `asset/series`.
    """
    made = deepcopy(dict(document))
    sources = made.setdefault(kind, [])
    found = next((one for one in sources if one.get("name") == source["name"]), None)
    if found is None:
        found = {"tags": []}
        sources.append(found)
    found.update({name: value for name, value in source.items() if name != "tags"})
    new_addresses = {_address(kind, tag) for tag in tags}
    new_series = {_name_of(tag, 0) for tag in tags} | set(removed)
    kept = [
        tag
        for tag in found.get("tags", [])
        if _address(kind, tag) not in new_addresses and _name_of(tag, 0) not in new_series
    ]
    found["tags"] = kept + [dict(tag) for tag in tags]
    if not found["tags"]:
        sources.remove(found)
    if not sources:
        del made[kind]
    return made


def _address(kind: str, tag: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(tag.get(name) for name in ADDRESS_OF[kind])


def assets_of(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return each serial number a document writes to, with its place, such as `opcua[1].tags[2].asset`."""
    return [
        (f"{kind}[{number}].tags[{row}].asset", str(tag["asset"]))
        for kind in SOURCE_KINDS
        for number, source in enumerate(document.get(kind, []), 1)
        for row, tag in enumerate(source.get("tags", []), 1)
        if tag.get("asset")
    ]


def serials_of(document: Mapping[str, Any]) -> set[str]:
    """Return the serial numbers a document writes to."""
    return {serial for _, serial in assets_of(document)}
