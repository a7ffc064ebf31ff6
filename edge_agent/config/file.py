"""`edge.toml` as a whole, read from disk."""

import os
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import Field, PrivateAttr, SecretStr, ValidationError
from pydantic import model_validator as check
from pydantic_core import PydanticCustomError

from edge_agent.config.device_secrets import device_secrets, with_secrets
from edge_agent.config.faults import fault_of
from edge_agent.config.fields import AgentId, Strict
from edge_agent.config.mqtt_sources import JsonSource, SparkplugSource
from edge_agent.config.platform import (
    BUFFER_FILE,
    BufferConfig,
    Frames,
    PlatformLink,
    PlatformService,
)
from edge_agent.config.sources import OpcUaSource
from edge_agent.credentials import (
    KEY_BYTES_MIN,
    Credentials,
    KeyVersion,
    load_credentials,
)
from edge_agent.errors import SecretWithheld
from kernel.errors import ConfigurationError
from kernel.wire.messages import Tag

KEY_VARIABLE = "FOREWARN_EDGE_KEY"


# Folder beside the file.
PKI_FOLDER = "pki"

_PATHS = (
    "ca_file", "cert_file", "key_file", "user_certificate_file", "user_key_file", "pki",
    "credentials_file",
)  # fmt: skip
_HEX = re.compile(r"([0-9a-fA-F]{2})+")


class EdgeConfig(Strict):
    """The whole file."""

    agent: AgentId
    key: SecretStr = SecretStr("")
    key_file: Path | None = None
    credentials_file: Path | None = Field(
        default=None, description="What `forewarn edge enrol` wrote: key and login at the broker."
    )
    platform: PlatformService | None = None
    status_seconds: float = Field(default=1.0, ge=0.2, le=60)
    mqtt: PlatformLink
    buffer: BufferConfig
    pki: Path = Field(
        default=Path(PKI_FOLDER), description="Certificates: the gateway's own and those it trusts."
    )
    frames: Frames = Frames()
    opcua: list[OpcUaSource] = Field(default_factory=list)
    mqtt_json: list[JsonSource] = Field(default_factory=list)
    sparkplug: list[SparkplugSource] = Field(default_factory=list)
    _folder: Path = PrivateAttr(default=Path())
    _withheld: Mapping[str, SecretWithheld] = PrivateAttr(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Folder of the file, where the gateway keeps what is its own."""
        return self._folder

    @property
    def withheld(self) -> Mapping[str, SecretWithheld]:
        """Sources that are not read, by name: the login that is kept for them is not for their server."""
        return self._withheld

    @check(mode="after")
    def _names_are_unique(self) -> Self:
        sources = [source.name for source in self.sources()]
        if not sources and self.platform is None:
            raise ValueError("no source: add an [[opcua]], [[mqtt_json]] or [[sparkplug]] table")
        tags = [tag.tag().name for source in self.sources() for tag in source.tags]
        series = [f"{t.asset}/{t.series}" for source in self.sources() for t in source.tags]
        for what, counted in (
            ("source name", Counter(sources)),
            ("tag name", Counter(tags)),
            ("series", Counter(series)),
        ):
            twice = [str(name) for name, count in counted.items() if count > 1]
            if twice:
                raise PydanticCustomError(
                    "there_twice",
                    "the {what} '{name}' is there twice",
                    {"what": what, "name": twice[0]},
                )
        return self

    def sources(self) -> list[OpcUaSource | JsonSource | SparkplugSource]:
        """Return the sources of every kind."""
        return [*self.opcua, *self.mqtt_json, *self.sparkplug]

    def priorities(self) -> dict[str, int]:
        """Return how long a full buffer keeps the readings of each tag, by name."""
        return {tag.tag().name: tag.priority for source in self.sources() for tag in source.tags}

    def tags(self) -> tuple[Tag, ...]:
        """Return the tags of all sources in the order of the schema."""
        return tuple(tag.tag() for source in self.sources() for tag in source.tags)

    def may_find(self, tag: Tag) -> bool:
        """Tell whether a source could find a tag that is not written out."""
        return any(source.may_find(tag) for source in [*self.mqtt_json, *self.sparkplug])

    def credentials(self) -> Credentials:
        """Return the keys and the broker's login: the variable FOREWARN_EDGE_KEY, else those files.

        `key` or `key_file` give a key that never changes and has no login of its own.

        Raises:
            ConfigurationError: there is no key, or it is not at least 16 bytes in hexadecimal.
        """
        text = os.environ.get(KEY_VARIABLE) or self.key.get_secret_value()
        if not text and self.credentials_file is not None:
            return load_credentials(self.credentials_file, self.agent)
        if not text and self.key_file is not None:
            try:
                text = self.key_file.read_text().strip()
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigurationError(
                    f"key_file: {self.key_file} cannot be read: {error}"
                ) from None
        if not text:
            raise ConfigurationError(f"no key: set key, key_file or the variable {KEY_VARIABLE}")
        if not _HEX.fullmatch(text) or len(text) < KEY_BYTES_MIN * 2:
            raise ConfigurationError(
                f"the key is not at least {KEY_BYTES_MIN} bytes in hexadecimal"
            )
        return Credentials(self.agent, KeyVersion(0, bytes.fromhex(text)))

    def signing_key(self) -> bytes:
        """Return the key that signs now; raises as `credentials`."""
        return self.credentials().current.key


def load_config(path: Path) -> EdgeConfig:
    """Read `edge.toml`, and the passwords of devices beside it; relative paths start at its directory.

    Raises:
        ConfigurationError: it cannot be read or is wrong; names the file, the field and the problem.
    """
    return make_config(read_tables(path), path)


def read_tables(path: Path) -> dict[str, Any]:
    """Return a TOML file's tables.

    Raises:
        ConfigurationError: it cannot be read or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read: {error.strerror}", file=str(path)
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: is not TOML: {error}", file=str(path)) from None


def make_config(tables: Mapping[str, Any], path: Path) -> EdgeConfig:
    """Return the configuration that the tables of `edge.toml` at `path` make.

    Raises:
        ConfigurationError: as `load_config`.
    """
    base = path.resolve().parent
    whole, withheld = with_secrets(tables, device_secrets(base))
    try:
        buffer = whole.setdefault("buffer", {})
        if isinstance(buffer, dict):
            buffer.setdefault("path", BUFFER_FILE)
        whole.setdefault("pki", PKI_FOLDER)
        config = EdgeConfig.model_validate(_anchored(whole, base))
    except ValidationError as error:
        problems = [problem_of(item) for item in error.errors()]
        raise ConfigurationError(
            "; ".join(f"{path}: {problem}" for problem in problems),
            file=str(path),
            problems=problems,
        ) from None
    config._folder, config._withheld = base, withheld  # noqa: SLF001 - its maker's part, not the file's
    return config


def problem_of(item: Any) -> str:
    """Return one of pydantic's errors as a line: the field, then what is wrong with it."""
    return str(fault_of(item))


def _anchored(value: Any, base: Path) -> Any:
    """Return the file's tables with relative paths made absolute."""
    if isinstance(value, list):
        return [_anchored(item, base) for item in value]
    if not isinstance(value, dict):
        return value
    anchored = {name: _anchored(item, base) for name, item in value.items()}
    for name in _PATHS:
        if isinstance(anchored.get(name), str):
            anchored[name] = str(base / anchored[name])
    buffer = anchored.get("buffer")
    if isinstance(buffer, dict) and isinstance(buffer.get("path"), str):
        buffer["path"] = str(base / buffer["path"])
    return anchored
