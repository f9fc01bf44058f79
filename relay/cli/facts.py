"""What carriers said: parse, replay; what leaves: outbox."""

import sys
from collections.abc import Sequence
from typing import BinaryIO

import click

from relay import clock
from relay.carriers import carrier_named, read_answer, read_push
from relay.cli import output
from relay.cli.wiring import desk_at_hand
from relay.desk import care
from relay.desk.reading import describe
from relay.desk.typed import checked_date
from relay.errors import BadInput
from relay.intake.replay import kept_ids
from relay.intake.replay import replay as replay_kept
from relay.intake.said import want_reader
from relay.model import Action, Answer, MessageState, Wanted, normalise_number
from relay.store import outbox as outbox_store


@click.command()
@click.argument("slug")
@click.argument("file", type=click.File("rb"))
@click.option("--via", type=click.Choice(["push", "poll"]), default="push", help="What the file is. [push]")
@click.option("--http-status", type=int, default=200, show_default=True, help="The answer's status, with --via poll.")
@click.option("--number", help="The number that was asked about, with --via poll.")
@click.option("--header", "headers", multiple=True, help="A header as NAME:VALUE, where the adapter reads one.")
def parse(
    slug: str,
    file: BinaryIO,
    via: str,
    http_status: int,
    number: str | None,
    headers: tuple[str, ...],
) -> None:
    """Show as JSON what an adapter makes of a body; store nothing.

    \b
    Examples:
      wismo parse easypost push.json
      wismo parse ups answer.json --via poll --number 1Z999AA10123456784
      curl -s … | wismo parse 17track -
    """
    carrier = carrier_named(slug)
    reading = (
        read_push(carrier, file.read())
        if via == "push"
        else read_answer(carrier, _answer(file.read(), http_status, number, headers))
    )
    output.as_json(describe(reading))
    if reading.action is Action.UNREADABLE:
        sys.exit(1)


def _answer(body: bytes, http_status: int, number: str | None, headers: Sequence[str]) -> Answer:
    named = dict(_header(header) for header in headers)
    asked = (Wanted("", normalise_number(number)),) if number else ()
    return Answer(http_status, body, clock.now(), named, asked)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise BadInput("header", f"{text!r} is not NAME:VALUE")
    return name.strip().lower(), value.strip()


@click.command()
@click.argument("raw_id", metavar="[ID]", required=False)
@click.option("--unread", is_flag=True, help="Every push and answer that could not be read.")
@click.option("--carrier", "slug", help="Every push and answer of one adapter; with --since.")
@click.option("--since", help="From this moment on, such as 2026-03-02 or 2026-03-02T12:00:00-03:00.")
@click.option("--announce", is_flag=True, help="Tell customers what comes of it.")
def replay(raw_id: str | None, *, unread: bool, slug: str | None, since: str | None, announce: bool) -> None:
    """Read kept pushes and answers again with today's adapters.

    Nothing that comes of it is told to customers, unless --announce.

    \b
    Examples:
      wismo replay --unread
      wismo replay --carrier ups --since 2026-03-02
    """
    if not (raw_id or unread or slug):
        raise BadInput("id", "nothing to replay was named", "Give an ID, --unread, or --carrier with --since")
    if slug:
        want_reader(slug)
    moment = _since(since)
    with desk_at_hand() as desk:
        with desk.database.read() as tx:
            ids = [raw_id] if raw_id else kept_ids(tx, unread=unread, slug=slug, since=moment)
        done = [replay_kept(desk.database, desk.policy, key, clock.now(), announce=announce) for key in ids]
    for one in done:
        if one.action is Action.UNREADABLE:
            click.echo(f"{one.raw_id}  still unreadable: {one.reason}")
    unreadable = sum(one.action is Action.UNREADABLE for one in done)
    click.echo(
        f"replayed {len(done)} pushes and answers, {unreadable} still unreadable, "
        f"{sum(one.messages for one in done)} messages"
    )
    sys.exit(1 if unreadable else 0)


def _since(text: str | None) -> str | None:
    if text is None:
        return None
    checked = checked_date("since", text)
    return checked if "T" in checked else f"{checked}T00:00:00.000+00:00"


@click.group(invoke_without_command=True)
@click.option(
    "--state", type=click.Choice([state.value for state in MessageState]), help="Only messages in this state."
)
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many, newest first."
)
@click.option("--json", "is_json", is_flag=True, help="For programs.")
@click.pass_context
def outbox(context: click.Context, state: str | None, limit: int, *, is_json: bool) -> None:
    """List messages: what leaves, left, or was held back, and why.

    \b
    Examples:
      wismo outbox --state shadow
      wismo outbox retry 3f2a…
    """
    if context.invoked_subcommand:
        return
    with desk_at_hand() as desk, desk.database.read() as tx:
        rows = outbox_store.listed(tx, state, limit)
        timezone = desk.settings.timezone
    if is_json:
        output.as_json(rows)
        return
    shown = [
        (
            row["message_id"],
            row["order_id"],
            row["channel"],
            row["status"],
            row["state"],
            output.local(row["sent_at"] or row["due_at"], timezone),
            row["receipt"] or row["last_error"],
        )
        for row in rows
    ]
    output.table(shown, head=("ID", "ORDER", "CHANNEL", "STATUS", "STATE", "WHEN", "RECEIPT OR ERROR"))


@outbox.command()
@click.argument("message_id")
def retry(message_id: str) -> None:
    """Send a message that was given up, held back or dropped. What was kept in shadow is never sent.

    \b
    Example:
      wismo outbox retry 3f2a09c1…        the id that `wismo outbox` shows
    """
    with desk_at_hand() as desk:
        care.retry_message(desk, message_id, clock.now())
    click.echo(f"{message_id} is due now")


@outbox.command()
@click.argument("message_id")
def drop(message_id: str) -> None:
    """Let a message never leave.

    \b
    Example:
      wismo outbox drop 3f2a09c1…
    """
    with desk_at_hand() as desk:
        care.drop_message(desk, message_id)
    click.echo(f"{message_id} will not be sent")


COMMANDS = (parse, replay, outbox)
