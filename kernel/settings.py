"""Settings: `FOREWARN_…` variables, then `forewarn.toml`, then the defaults written here.

Each package declares a section of its own by subclassing `Section`; `docs/configuration.md` is
generated from those classes. A variable wins over the file. The file is `forewarn.toml` in the working
directory, or the one `FOREWARN_CONFIG` names.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from kernel.errors import ConfigurationError


def config_file() -> Path:
    """Return where the settings file would be, there or not."""
    return Path(os.environ.get("FOREWARN_CONFIG", "forewarn.toml"))


class _Table(PydanticBaseSettingsSource):
    """One table of the settings file."""

    def __init__(self, settings_cls: type[BaseSettings], table: str) -> None:
        super().__init__(settings_cls)
        whole = TomlConfigSettingsSource(settings_cls, toml_file=config_file())()
        names = set(settings_cls.model_fields)
        # The top level also holds the other sections' tables; those are theirs.
        self._values = (
            whole.get(table, {}) if table else {k: v for k, v in whole.items() if k in names}
        )

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """Return one value of the table."""
        return self._values.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return dict(self._values)


class Section(BaseSettings):
    """A group of settings that belong to one package."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True)
    table: ClassVar[str] = ""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - one way to set things, not two
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, then variables, then the file."""
        return init_settings, env_settings, _Table(settings_cls, cls.table)

    @classmethod
    def load(cls) -> Self:
        """Read the section.

        Raises:
            ConfigurationError: a value is missing, unknown or of the wrong form.
        """
        try:
            return cls()
        except ValidationError as error:
            problems = "; ".join(
                f"{cls.name_of(str(item['loc'][0]) if item['loc'] else '')}: {item['msg']}"
                for item in error.errors()
            )
            raise ConfigurationError(problems, source=str(config_file())) from None
        except ValueError as error:  # a TOML file that cannot be read
            raise ConfigurationError(f"{config_file()}: {error}") from None

    @classmethod
    def name_of(cls, field: str) -> str:
        """Return the variable that sets `field`."""
        return f"{cls.model_config.get('env_prefix', '')}{field}".upper()


SectionT = TypeVar("SectionT", bound=Section)


@cache
def _cached(section: type[Section]) -> Section:
    return section.load()


def settings(section: type[SectionT]) -> SectionT:
    """Return `section` as read once in this process."""
    loaded = _cached(section)
    assert isinstance(loaded, section)
    return loaded


def forget_settings() -> None:
    """Read every section anew the next time it is asked for (tests, and `forewarn up`)."""
    _cached.cache_clear()


DATABASE_RISKS = frozenset({"fsync", "full_page_writes", "synchronous_commit"})


def _words(listed: str) -> frozenset[str]:
    return frozenset(word.strip() for word in listed.split(",") if word.strip())


class Platform(Section):
    """Where the platform's servers are, and its master secret."""

    model_config = SettingsConfigDict(env_prefix="FOREWARN_", extra="forbid", frozen=True)

    database_url: str = Field(
        default="",
        description="PostgreSQL of the application's role, `postgresql://user:password@host:port/db`.",
    )
    migrator_database_url: str = Field(
        default="",
        description="The same database as the role that owns the tables; empty: `database_url`.",
    )
    database_risks_accepted: str = Field(
        default="",
        description="Which of `fsync`, `full_page_writes` and `synchronous_commit` the database's server "
        "may have off, comma separated. By default none: gateways delete what was confirmed, and such a "
        "server may lose it when it crashes. For storage that keeps the promise by other means, such as "
        "`full_page_writes` on a copy-on-write file system, and some managed servers.",
    )
    redis_url: str = Field(
        default="",
        description="Redis or Valkey for Celery and live updates, `redis://host:port/0`.",
    )
    mqtt_url: str = Field(
        default="",
        description="The MQTT 5 broker as the platform signs in to it, `mqtt://user:password@host:port` "
        "or `mqtts://…`.",
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Master secret of at least 32 characters; gateway keys are derived from it.",
    )
    public_url: str = Field(
        default="http://127.0.0.1:8080",
        description="The address people open; it is used in links and to mark cookies as secure.",
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_format: str = Field(default="text", description="`text` for people, `json` for collectors.")

    @field_validator("database_risks_accepted")
    @classmethod
    def _known_risks(cls, value: str) -> str:
        if unknown := _words(value) - DATABASE_RISKS:
            raise ValueError(
                f"{', '.join(sorted(unknown))} is none of {', '.join(sorted(DATABASE_RISKS))}"
            )
        return value

    @property
    def accepted_risks(self) -> frozenset[str]:
        """The settings of the database's server that may be off."""
        return _words(self.database_risks_accepted)

    def require(self, *names: str) -> None:
        """Check that settings without a usable default are there.

        Raises:
            ConfigurationError: one of `names` is empty; all that are missing are named.
        """
        missing = []
        for name in names:
            value = getattr(self, name)
            plain = value.get_secret_value() if isinstance(value, SecretStr) else value
            if not plain:
                missing.append(self.name_of(name))
        if missing:
            raise ConfigurationError(
                f"not set: {', '.join(missing)}; set them in the environment or in {config_file()}"
            )

    def secret(self) -> bytes:
        """Return the master secret.

        Raises:
            ConfigurationError: it is missing or shorter than 32 characters.
        """
        self.require("secret_key")
        value = self.secret_key.get_secret_value()
        if len(value) < 32:  # noqa: PLR2004
            raise ConfigurationError("FOREWARN_SECRET_KEY needs at least 32 characters")
        return value.encode()
