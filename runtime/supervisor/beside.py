"""Commands run beside a running `forewarn up`: they find its servers and secrets in its data folder.

Nothing that came from the stack's own environment is written to its folder; such settings have to be
given again, and whoever lacks one is told which.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from kernel.errors import ConfigurationError
from kernel.settings import Platform, forget_settings, settings
from registry.settings import Gateways
from runtime.settings import Runtime, default_data_dir
from runtime.supervisor.servers import Servers
from runtime.supervisor.state import StackNotRunning, StackState, holder

# What a stack has of its own unless its environment names it.
OWN = ("database_url", "redis_url", "mqtt_url", "secret_key")


def use_stack(data_dir: Path | None) -> None:
    """Let the rest of this process work on the stack that runs on a data folder.

    Without a folder it is the one that `forewarn up` uses by itself.

    Raises:
        StackNotRunning: nothing runs on the folder, or it does not serve yet.
        ConfigurationError: the folder cannot be read, or this process and the stack do not agree on which
            servers are somebody else's.
    """
    platform = settings(Platform)
    folder = data_dir or settings(Runtime).data_dir or default_data_dir()
    folder = folder.expanduser().absolute()
    try:
        facts = holder(folder)
    except StackNotRunning as error:
        lacks = "" if data_dir else "not set: FOREWARN_DATABASE_URL; "
        raise StackNotRunning(f"{lacks}{error.detail}") from None
    theirs = facts.get("given")
    if not isinstance(theirs, list):
        raise StackNotRunning(f"Forewarn on {folder} is still starting; wait until it serves")
    _agree(folder, platform, set(theirs))
    state = StackState.read(folder)
    servers = Servers.choose(platform, state, folder, state.ports.__getitem__)
    os.environ.update(stack_variables(platform, servers, state, folder, str(facts["public_url"])))
    os.environ["FOREWARN_MIGRATOR_DATABASE_URL"] = servers.migrator_database_url
    forget_settings()


def stack_variables(
    platform: Platform, servers: Servers, state: StackState, data_dir: Path, public_url: str
) -> dict[str, str]:
    """Return the variables that a stack's processes run with, secrets included."""
    return {
        "FOREWARN_DATABASE_URL": servers.database_url,
        "FOREWARN_REDIS_URL": servers.redis_url,
        "FOREWARN_MQTT_URL": servers.mqtt_urls["platform"],
        # What a gateway that enrols is given: here all share one login.
        "FOREWARN_GATEWAYS_MQTT_URL": settings(Gateways).mqtt_url or servers.mqtt_urls["edge"],
        "FOREWARN_SECRET_KEY": platform.secret_key.get_secret_value()
        or state.secrets["secret_key"],
        "FOREWARN_PUBLIC_URL": public_url,
        "FOREWARN_LOG_LEVEL": platform.log_level,
        "FOREWARN_LOG_FORMAT": platform.log_format,
        "FOREWARN_REGISTRY_ATTACHMENTS_DIR": os.environ.get("FOREWARN_REGISTRY_ATTACHMENTS_DIR")
        or str(data_dir / "attachments"),
    }


def holder_facts(platform: Platform, environment: Mapping[str, str]) -> dict[str, object]:
    """Return what a stack notes, once it serves, for commands beside it; no secret among it."""
    return {"given": _given(platform), "public_url": environment["FOREWARN_PUBLIC_URL"]}


def _agree(folder: Path, platform: Platform, theirs: set[str]) -> None:
    ours = set(_given(platform))
    if lacking := theirs - ours:
        raise ConfigurationError(
            f"not set: {_names(lacking)}; the Forewarn on {folder} was started with it, and such "
            "settings are not kept in its folder"
        )
    if ours - theirs:
        raise ConfigurationError(
            f"{_names(ours - theirs)} is set here, but the Forewarn on {folder} was started without; "
            "leave out the one or the other"
        )


def _names(fields: set[str]) -> str:
    return ", ".join(Platform.name_of(name) for name in sorted(fields))


def _given(platform: Platform) -> list[str]:
    """Return which of what a stack would have of its own the settings name."""
    # A secret's truth is its length.
    return [name for name in OWN if getattr(platform, name)]
