"""Slack: the process that listens to it, and what Slack is told about the app."""

from collections.abc import Callable

import click
from flask import Flask

from relay import clock
from relay.cli.listening import beat_of, is_listening, listen
from relay.cli.parts import parts, slack_loops, telling_loops
from relay.cli.process import refuse_taken_port, run_until_stopped, serve
from relay.cli.run import start
from relay.cli.wiring import ready_database, settings_now
from relay.errors import WismoError
from relay.settings import Settings
from relay.web import door_for


@click.command()
def bot() -> None:
    """Listen and talk to Slack alone, beside `wismo web` and `wismo work`.

    With WISMO_SLACK_APP_TOKEN it connects to Slack; without, it takes Slack's calls at /slack/events.

    \b
    Example:
      wismo bot
    """
    settings = start()
    if not is_listening(settings):
        remedy = "Set WISMO_SLACK_BOT_TOKEN, and WISMO_SLACK_APP_TOKEN or WISMO_SLACK_SIGNING_SECRET (docs/slack.md)"
        raise WismoError("Slack is not set up", remedy)
    if settings.slack_app_token.get_secret_value():
        raise SystemExit(run_until_stopped(lambda: _begin(settings)[1]))
    refuse_taken_port(settings.host, settings.port)
    ready_database(settings).close()
    click.echo(f"Slack is listened to at {settings.public_url}/slack/events", err=True)
    raise SystemExit(serve(settings.host, settings.port, lambda: _begin(settings)))


def _begin(settings: Settings) -> tuple[Flask, Callable[[], None]]:
    running = parts(settings, with_loops=False)
    beat = beat_of(running.desk, clock.now)
    for loops in (slack_loops, telling_loops):
        running.loops += tuple(loops(running.desk, clock.now, beat))
    slack = listen(running.desk, clock.now, with_socket=True)
    for loop in (*running.loops, *slack.loops):
        loop.start()

    def close() -> None:
        try:
            slack.close()
        finally:
            running.close()

    return door_for(running.desk, clock.now, slack.blueprints), close


@click.group()
def slack() -> None:
    """The Slack app.

    \b
    Example:
      wismo slack manifest
    """


@slack.command("manifest")
@click.option("--url", help="Have Slack call this https address of ours. Without it, Wismo connects to Slack.")
def show_manifest(url: str | None) -> None:
    """Print what to paste at https://api.slack.com/apps, "Create New App", "From a manifest".

    \b
    Examples:
      wismo slack manifest                                    Socket Mode: no public address needed
      wismo slack manifest --url https://track.shop.example   over HTTP
    """
    from bot.manifest import domains_of, events_url, manifest  # noqa: PLC0415 - loaded where it is needed

    click.echo(manifest(events_url(url) if url else "", domains_of(settings_now())), nl=False)


COMMANDS = (bot, slack)
