"""The option of commands that a person runs beside a running `forewarn up`."""

from pathlib import Path

import typer

DATA_DIR = typer.Option(
    None,
    "--data-dir",
    help="Folder of the running `forewarn up` to work on, unless settings name the servers.",
    show_default="the folder `forewarn up` uses by itself",
)


def beside(data_dir: Path | None) -> None:
    """Let this process work on the servers of its settings, else on those of a running stack.

    Raises:
        StackNotRunning: neither is there.
        ConfigurationError: both are, and they contradict each other.
    """
    from kernel.settings import Platform, settings

    if data_dir is None and settings(Platform).database_url:
        return
    from runtime.supervisor.beside import use_stack

    use_stack(data_dir)
