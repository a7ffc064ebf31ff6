"""`forewarn beat`: starts periodic work."""

import typer

app = typer.Typer(help="Start periodic work.", no_args_is_help=True)


@app.callback()
def _beat() -> None:
    """Start periodic work."""


@app.command("run")
def run() -> None:
    """Start what is due until told to stop; a second one does no harm."""
    from runtime.celery_app import celery_app
    from runtime.schedule import WakingScheduler, beat_schedule

    application = celery_app()
    application.conf.beat_schedule = beat_schedule()
    application.Beat(scheduler_cls=WakingScheduler, quiet=True).run()
