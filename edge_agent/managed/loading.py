"""What a gateway runs: its own `edge.toml`, with the platform's tables where the platform has given some."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_agent.config.file import EdgeConfig, make_config, read_tables
from edge_agent.managed.document import digest_of, document_of, problems_of, with_document
from edge_agent.managed.file import Kept, ManagedFiles
from kernel.errors import ConfigurationError


@dataclass(frozen=True)
class Loaded:
    """A configuration and where it came from.

    Attributes:
        config: to run.
        document: the part of it the platform may see and give, without passwords.
        kept: the platform's part; None while all of it is the gateway's own.
        overridden: `edge.toml` has tables of its own that are not in force.
    """

    config: EdgeConfig
    document: dict[str, Any]
    kept: Kept | None
    overridden: bool

    @property
    def digest(self) -> bytes:
        """What tells its document apart; empty when there is nothing to tell."""
        return digest_of(self.document) if self.document else b""


def load(path: Path) -> Loaded:
    """Read what is to run.

    Raises:
        ConfigurationError: it cannot be read or is wrong; names the file, the field and the problem.
    """
    tables = read_tables(path)
    kept = ManagedFiles(path.resolve().parent).current() if "platform" in tables else None
    own = document_of(tables)
    if kept is None:
        return Loaded(make_config(tables, path), own, None, overridden=False)
    config = make_config(with_document(tables, kept.document), path)
    return Loaded(config, document_of(kept.document), kept, overridden=bool(own))


def would_be(path: Path, document: dict[str, Any]) -> EdgeConfig:
    """Return what would run with another document.

    The platform checks what it gives; the gateway does not rely on that, because a document decides whom it
    talks to and which files it reads.

    Raises:
        ConfigurationError: it could not, or it holds what is the gateway's own.
    """
    if problems := problems_of(document):
        raise ConfigurationError("; ".join(problems))
    return make_config(with_document(read_tables(path), document), path)
