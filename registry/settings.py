"""Settings of `registry`."""

import os
from pathlib import Path
from typing import ClassVar

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from kernel.settings import Section


class Registry(Section):
    """Files that people attach to assets, sites, tickets and claims."""

    model_config = SettingsConfigDict(env_prefix="FOREWARN_REGISTRY_", extra="forbid", frozen=True)
    table: ClassVar[str] = "registry"

    attachments_dir: Path | None = Field(
        default=None,
        description="Folder of attached files; every API process needs the same one. By default "
        "`forewarn/attachments` under `$XDG_DATA_HOME` (`~/.local/share`).",
    )

    def attachments(self) -> Path:
        """Return the folder of attached files."""
        if self.attachments_dir is not None:
            return self.attachments_dir
        base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
        return Path(base).expanduser() / "forewarn" / "attachments"
