"""Configuration documents: the tables of `edge.toml` that the platform may give, as JSON.

What is the gateway's own stays in `edge.toml`: who it is, its keys, the way to the platform, where its files
are. Passwords of devices stay at the gateway too, in `secrets.toml`. The platform checks a document with
these same functions before it writes a version.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr, ValidationError

from edge_agent.config.faults import Fault, fault_of
from edge_agent.config.file import EdgeConfig

# Names of edge.toml that are the gateway's own.
LOCAL: Final = frozenset(
    {"agent", "key", "key_file", "credentials_file", "mqtt", "platform", "pki"}
)
_MANAGED = tuple(name for name in EdgeConfig.model_fields if name not in LOCAL)
_LOCAL_OF_BUFFER = "path"


def canonical(document: Mapping[str, Any]) -> str:
    """Return a document as JSON text that is the same for the same content."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of(document: Mapping[str, Any]) -> bytes:
    """Return what tells two documents apart, as the platform computes it."""
    return hashlib.sha256(canonical(document).encode("utf-8", "surrogatepass")).digest()


def document_of(whole: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of an `edge.toml` that could come from the platform, without secrets."""
    document = {name: deepcopy(whole[name]) for name in _MANAGED if name in whole}
    buffer = document.get("buffer")
    if isinstance(buffer, dict):
        buffer.pop(_LOCAL_OF_BUFFER, None)
        if not buffer:
            del document["buffer"]
    return redacted(document)


def with_document(whole: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return an `edge.toml` with the platform's tables in place of its own."""
    merged = {name: value for name, value in whole.items() if name in LOCAL}
    merged.update(deepcopy(dict(document)))
    own_buffer = whole.get("buffer")
    if isinstance(own_buffer, dict) and _LOCAL_OF_BUFFER in own_buffer:
        merged["buffer"] = {
            **merged.get("buffer", {}),
            _LOCAL_OF_BUFFER: own_buffer[_LOCAL_OF_BUFFER],
        }
    return merged


def problems_of(document: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a document, one line each, the field first; empty when nothing is."""
    return [str(fault) for fault in faults_of(document)]


def faults_of(document: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong with a document; empty when nothing is."""
    own = sorted(name for name in document if name in LOCAL)
    buffer = document.get("buffer", {})
    if not own and isinstance(buffer, dict) and _LOCAL_OF_BUFFER in buffer:
        own = [f"buffer.{_LOCAL_OF_BUFFER}"]
    if own:
        return [Fault(name, "set_at_gateway", "is set at the gateway itself", {}) for name in own]
    whole = {
        **document,
        "agent": "gateway",
        "mqtt": {"url": "mqtt://platform"},
        "platform": {"url": "https://platform"},
        "buffer": {**buffer, _LOCAL_OF_BUFFER: "buffer"} if isinstance(buffer, dict) else buffer,
    }
    try:
        config = EdgeConfig.model_validate(whole)
    except ValidationError as error:
        return [fault_of(item) for item in error.errors()]
    return [
        fault
        for name in _MANAGED
        if name in document
        for fault in _unfit(getattr(config, name), name)
    ]


def _unfit(value: Any, place: str) -> Iterator[Fault]:
    """Yield what a gateway could read and may not be given: secrets, and files outside of its folder."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _unfit(getattr(value, name), f"{place}.{name}")
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value, 1):
            yield from _unfit(item, f"{place}[{number}]")
    elif (isinstance(value, SecretStr) and value.get_secret_value()) or (
        isinstance(value, str) and _has_password(value)
    ):
        message = "passwords stay at the gateway, in secrets.toml"
        yield Fault(place, "password_given", message, {})
    elif isinstance(value, Path) and (value.is_absolute() or ".." in value.parts):
        message = "a file is named relative to the gateway's folder"
        yield Fault(place, "file_outside", message, {})


def _has_password(text: str) -> bool:
    if "://" not in text:
        return False
    try:
        return urlsplit(text).password is not None
    except ValueError:
        return False


def redacted(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document without passwords."""
    cleaned = _without_secrets(document)
    assert isinstance(cleaned, dict)
    return cleaned


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            name: _without_secrets(item)
            for name, item in value.items()
            if not any(word in str(name).lower() for word in ("password", "secret"))
        }
    if isinstance(value, list | tuple):
        return [_without_secrets(item) for item in value]
    if isinstance(value, str) and _has_password(value):
        parts = urlsplit(value)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return value


def schema() -> dict[str, Any]:
    """Return the JSON Schema of documents."""
    whole = EdgeConfig.model_json_schema()
    whole["properties"] = {name: whole["properties"][name] for name in _MANAGED}
    whole["required"] = []
    whole["title"] = "GatewayConfiguration"
    whole["description"] = "What a gateway is to read, as the platform gives it."
    return whole
