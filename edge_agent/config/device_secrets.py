"""`secrets.toml`, beside `edge.toml`: how the gateway logs in to devices; it never leaves the gateway.

One table a source, by its name:

    [line-1]
    address = "192.168.0.10:4840"
    username = "reader"
    password = "…"

A login is for that address only, with a security policy that is not deprecated, or with TLS: what the
platform says of a source decides neither whom the password is shown to nor who may listen. `security_policy`
names another least policy, `"None"` for no security at all.

The broker of an MQTT source takes its login in its address; an OPC UA source has fields for it.
"""

import tomllib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from edge_agent.errors import (
    SecretNeedsSecurity,
    SecretOfAnotherAddress,
    SecretWithheld,
    SecretWithoutAddress,
)
from kernel.errors import ConfigurationError

SECRETS_FILE: Final = "secrets.toml"
SOURCE_KINDS: Final = ("opcua", "mqtt_json", "sparkplug")
_FIELDS: Final = frozenset({"username", "password", "address", "security_policy"})
_PORTS: Final = {"opc.tcp": 4840, "mqtt": 1883, "mqtts": 8883}
# OPC UA's security policies, the better the higher; a broker's TLS counts as more than any of them.
_POLICIES: Final = {
    "None": 0,
    "Basic128Rsa15": 1,
    "Basic256": 2,
    "Basic256Sha256": 3,
    "Aes128-Sha256-RsaOaep": 3,
    "Aes256-Sha256-RsaPss": 4,
}
_LEAST_POLICY: Final = "Basic256Sha256"


@dataclass(frozen=True)
class DeviceSecret:
    """A login, and what it is for.

    Attributes:
        address: `host` or `host:port`; empty in files of an earlier program, and then it is not used.
        security_policy: the least one it may be used with.
    """

    source: str
    username: str = ""
    password: str = field(default="", repr=False)
    address: str = ""
    security_policy: str = _LEAST_POLICY

    def login_for(self, url: str, security_policy: str) -> tuple[str, str]:
        """Return user name and password for a server.

        Args:
            url: `opc.tcp://…`, `mqtt://…` or `mqtts://…`.
            security_policy: with which it would be met; without meaning for a broker.

        Raises:
            SecretWithheld: they are not for it.
        """
        parts = urlsplit(url)
        here = _place(parts.netloc.rpartition("@")[2], parts.scheme)
        if not self.address:
            raise SecretWithoutAddress(
                f"{SECRETS_FILE} does not say which server the login of {self.source} is for; for this one, "
                f'write address = "{here[0]}:{here[1]}" there'
            )
        if _place(self.address, parts.scheme) != here:
            raise SecretOfAnotherAddress(
                f"the login of {self.source} is for {self.address}, not for {here[0]}:{here[1]}"
            )
        offered = _POLICIES.get(security_policy, 0)
        if parts.scheme != "opc.tcp":
            offered = max(_POLICIES.values()) if parts.scheme == "mqtts" else 0
        if offered < _POLICIES[self.security_policy]:
            raise SecretNeedsSecurity(
                f"the login of {self.source} is not shown with less security than {self.security_policy}; "
                f'security_policy = "None" in {SECRETS_FILE} allows any'
            )
        return self.username, self.password


def device_secrets(folder: Path) -> dict[str, DeviceSecret]:
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
    return {name: _secret(path, name, table) for name, table in tables.items()}


def _secret(path: Path, name: str, table: Any) -> DeviceSecret:
    whole = isinstance(table, dict) and all(
        key in _FIELDS and isinstance(value, str) for key, value in table.items()
    )
    if not whole:
        raise ConfigurationError(
            f"{path}: {name}: a table with address, username, password and security_policy"
        )
    found = DeviceSecret(name, **table)
    if found.security_policy not in _POLICIES:
        raise ConfigurationError(f"{path}: {name}.security_policy: one of {', '.join(_POLICIES)}")
    try:
        _place(found.address, "opc.tcp")
    except ValueError:
        raise ConfigurationError(
            f"{path}: {name}.address: a host, or host:port, without anything else"
        ) from None
    return found


def _place(address: str, scheme: str) -> tuple[str, int]:
    """Return host and port of `host`, `host:port` or `[IPv6]:port`; ValueError when it is none of them."""
    parts = urlsplit(f"//{address}")
    plain = parts.netloc == address and parts.username is None
    if address and not (plain and parts.hostname):
        raise ValueError("no address")
    port = parts.port
    return (parts.hostname or "").rstrip("."), _PORTS.get(scheme, 0) if port is None else port


def with_secrets(
    tables: Mapping[str, Any], secrets: Mapping[str, DeviceSecret]
) -> tuple[dict[str, Any], dict[str, SecretWithheld]]:
    """Return the tables of an `edge.toml` with the logins put into its sources.

    Returns:
        The tables; and by the source's name why it does not get the login that is there for it.
    """
    merged = deepcopy(dict(tables))
    withheld: dict[str, SecretWithheld] = {}
    for kind in SOURCE_KINDS:
        sources = merged.get(kind)
        for source in sources if isinstance(sources, list) else ():
            own = secrets.get(str(source.get("name"))) if isinstance(source, dict) else None
            url = source.get("url") if own is not None else None
            if own is None or not isinstance(url, str):
                continue
            try:
                login = own.login_for(url, str(source.get("security_policy", "None")))
            except SecretWithheld as error:
                withheld[own.source] = error
                continue
            except ValueError:
                continue  # the address itself is wrong, and will be refused as such
            if kind == "opcua":
                source.update(username=login[0], password=login[1])
            else:
                source["url"] = _with_login(url, *login)
    return merged, withheld


def _with_login(url: str, username: str, password: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    login = f"{quote(username, safe='')}:{quote(password, safe='')}"
    return parts._replace(netloc=f"{login}@{place}").geturl()
