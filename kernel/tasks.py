"""The Celery task that is one transaction."""

from typing import Any

from celery import Task

from kernel.db import database


class TransactionalTask(Task):  # type: ignore[misc]  # Celery ships no types
    """A task whose function takes a `Session` first; its transaction is committed when it returns."""

    abstract = True
    # The caller does not pass the session, so Celery must not check the signature.
    typing = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the function inside a transaction."""
        with database().transaction() as session:
            return self.run(session, *args, **kwargs)
