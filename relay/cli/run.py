"""The processes: up, web, work; and migrate."""

from collections.abc import Callable
from functools import partial

import click
from flask import Flask

from relay import clock
from relay.cli.listening import listen
from relay.cli.logs import configure_logs
from relay.cli.parts import parts
from relay.cli.process import refuse_taken_port, run_until_stopped, serve, use_utc
from relay.cli.wiring import ready_database, settings_now
from relay.database import open_database
from relay.settings import Settings
from relay.web import create_app


@click.command()
def up() -> None:
    """Run everything in one process: the web server and all the work.

    \b
    Example:
      wismo up          then open http://127.0.0.1:8080/health
    """
    _serve(with_loops=True)


@click.command()
def web() -> None:
    """Run the web server alone; `wismo work` does the rest.

    \b
    Example:
      WISMO_PORT=8081 wismo web
    """
    _serve(with_loops=False)


@click.command()
def work() -> None:
    """Run the work alone, beside any number of `wismo web`.

    \b
    Example:
      wismo work
    """
    settings = start()

    def begin() -> Callable[[], None]:
        running = parts(settings, with_loops=True)
        for loop in running.loops:
            loop.start()
        return running.close

    raise SystemExit(run_until_stopped(begin))


@click.command()
def migrate() -> None:
    """Bring the database up to date, or make it.

    \b
    Example:
      wismo migrate
    """
    settings = settings_now()
    database = open_database(settings.database_url, create=True)
    try:
        applied = database.migrate()
    finally:
        database.close()
    ready_database(settings).close()
    click.echo(f"applied {', '.join(applied)}" if applied else "the database is up to date")


COMMANDS = (up, web, work, migrate)


def start() -> Settings:
    """What every process that runs begins with."""
    configure_logs()
    use_utc()
    return settings_now()


def _serve(*, with_loops: bool) -> None:
    settings = start()
    # What cannot work is said here, before a worker is forked.
    refuse_taken_port(settings.host, settings.port)
    ready_database(settings).close()
    click.echo(f"Wismo listens on {settings.public_url} (health: {settings.public_url}/health)", err=True)
    raise SystemExit(serve(settings.host, settings.port, partial(_load, settings, with_loops=with_loops)))


def _load(settings: Settings, *, with_loops: bool) -> tuple[Flask, Callable[[], None]]:
    """In the worker, after the fork: open the database, start the loops."""
    running = parts(settings, with_loops=with_loops)
    slack = listen(running.desk, clock.now, with_socket=with_loops)
    for loop in (*running.loops, *slack.loops):
        loop.start()

    def close() -> None:
        try:
            slack.close()
        finally:
            running.close()

    return create_app(running.desk, running.refused, clock.now, slack.blueprints), close
