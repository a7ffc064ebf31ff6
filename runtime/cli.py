"""The command line; commands load when they are called."""

import typer

app = typer.Typer()


def main() -> None:
    """Run the command line."""
    app()
