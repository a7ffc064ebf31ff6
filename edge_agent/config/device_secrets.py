"""`secrets.toml`, beside `edge.toml`: how the gateway logs in to devices; it never leaves the gateway.

One table a source, by its name:

    [line-1]
    username = "reader"
    password = "…"

The broker of an MQTT source takes its login in its address; an OPC UA source has fields for it.
"""

import tomllib
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from kernel.errors import ConfigurationError

SECRETS_FILE: Final = "secrets.toml"
SOURCE_KINDS: Final = ("opcua", "mqtt_json", "sparkplug")
_FIELDS: Final = frozenset({"username", "password"})


def device_secrets(folder: Path) -> dict[str, dict[str, str]]:
    """Return the logins by the source's name; none where there is no file.

    Raises:
        ConfigurationError: the file cannot be read, or has something else in it.
    """
    path = folder / SECRETS_FILE
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: is not TOML: {error}") from None
    for name, table in tables.items():
        whole = isinstance(table, dict) and all(
            field in _FIELDS and isinstance(value, str) for field, value in table.items()
        )
        if not whole:
            raise ConfigurationError(f"{path}: {name}: a table with username and password")
    return tables


def with_secrets(
    tables: Mapping[str, Any], secrets: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """Return the tables of an `edge.toml` with the logins put into its sources."""
    merged = deepcopy(dict(tables))
    for kind in SOURCE_KINDS:
        sources = merged.get(kind)
        for source in sources if isinstance(sources, list) else ():
            own = secrets.get(str(source.get("name"))) if isinstance(source, dict) else None
            if own is None:
                continue
            if kind == "opcua":
                source.update(own)
            elif isinstance(source.get("url"), str):
                source["url"] = _with_login(source["url"], own)
    return merged


def _with_login(url: str, own: Mapping[str, str]) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url  # the address itself is wrong, and will be refused as such
    user, password = (quote(own.get(name, ""), safe="") for name in ("username", "password"))
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{user}:{password}@{place}").geturl()
