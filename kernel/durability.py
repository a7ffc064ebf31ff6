"""What the database has to promise before anything is acknowledged: that what is committed outlives a crash.

A gateway deletes a reading once it is acknowledged, which it is after the commit. So a server that confirms
commits it may still lose is not used: every connection is looked at when it is made.

`synchronous_commit` is a matter of each session and is set: with `on` a commit is flushed here and, where
synchronous standbys are named, on them too; `remote_apply` promises more and stays. `fsync` and
`full_page_writes` are the server's own, and a connection is refused where one is off.
"""

from typing import Any, Final

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from kernel.errors import Unavailable
from kernel.settings import Platform, settings

# Pinned in any case, so that a server that is reloaded later changes nothing for open sessions.
_LOOK: Final = """
SELECT current_setting('fsync'), current_setting('full_page_writes'),
    set_config('synchronous_commit', CASE
        WHEN %s OR current_setting('synchronous_commit') = 'remote_apply'
        THEN current_setting('synchronous_commit') ELSE 'on' END, false)
"""


class NotDurable(Unavailable):
    """The database may lose what it has confirmed."""

    code = "database_not_durable"


def secure(connection: "psycopg.Connection[Any]") -> None:
    """Make a new session's commits durable.

    Raises:
        NotDurable: they cannot be, and the settings do not say that this is accepted.
    """
    accepted = settings(Platform).accepted_risks
    found = connection.execute(_LOOK, ["synchronous_commit" in accepted]).fetchone()
    connection.commit()
    assert found is not None  # one row, always
    for name, value in zip(("fsync", "full_page_writes"), found, strict=False):
        if value == "off" and name not in accepted:
            info = connection.info
            raise NotDurable(
                f"{name} is off on the PostgreSQL server at {info.host}:{info.port}, which may then lose "
                "readings that gateways have deleted; turn it on and reload the server, or, if its storage "
                f"keeps them by other means, set FOREWARN_DATABASE_RISKS_ACCEPTED={name}",
                setting=name,
            )


def require_durable(engine: Engine) -> None:
    """Look at the server now, not at the first transaction; one that is away is looked at when it is back.

    Raises:
        NotDurable: see `secure`.
    """
    try:
        engine.connect().close()
    except OperationalError:
        return
