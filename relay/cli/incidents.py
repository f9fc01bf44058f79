"""Incidents at the command line: listed, taken, given back, put off, accepted as known."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from relay import clock
from relay.cli import output
from relay.cli.parcels import as_program, whoever
from relay.cli.wiring import desk_at_hand
from relay.desk import Desk, health
from relay.desk import incidents as desk_incidents
from relay.desk.incidents import Hands, Until
from relay.errors import BadInput
from relay.model import from_text

Do = Callable[[Desk, str, datetime], Hands]


@click.group(invoke_without_command=True)
@click.option("--open", "only_open", is_flag=True, help="Only those that are not over.")
@as_program
@click.pass_context
def incidents(context: click.Context, *, only_open: bool, is_json: bool) -> None:
    """List what went wrong: since when, the orders behind it, and what to do; and say who looks after it.

    \b
    Examples:
      wismo incidents --open
      wismo incidents take 5f3a09c1d2e4
      wismo incidents snooze 5f3a09c1d2e4 --until monday
    """
    if context.invoked_subcommand:
        return
    with desk_at_hand() as desk:
        found = health.incidents(desk, only_open=only_open)
        timezone = desk.settings.timezone
    if is_json:
        output.as_json(found)
        return
    for row in found:
        _show(row, timezone)
    if not found:
        click.echo("no incidents")


def _show(row: dict[str, object], timezone: str) -> None:
    end = f"over since {output.local(row['closed_at'], timezone)}" if row["closed_at"] else "open"
    said = ", ".join([end, f"seen {row['times']} times", *_hands(row, timezone)])
    output.line(f"{output.local(row['opened_at'], timezone)}  {row['title']} ({said})")
    output.line(f"  {row['remedy']}")
    output.line(f"  {row['incident_id']}, docs/operations.md#{row['kind']}")
    orders = row["orders"]
    for order in orders if isinstance(orders, list) else []:
        output.line(f"  order {order['order_id']}: {order['detail']}")


def _hands(row: dict[str, object], timezone: str) -> list[str]:
    until = row["snoozed_until"]
    is_asleep = isinstance(until, str) and from_text(until) > clock.now() and not row["closed_at"]
    said = {
        f"{row['owner']} is on it": row["owner"],
        f"known, says {row['known_by']}": row["known_by"],
        f"quiet until {output.local(until, timezone)}, says {row['snoozed_by']}": is_asleep,
        f"part of {row['part_of']}": row["part_of"],
    }
    return [text for text, is_so in said.items() if is_so]


@incidents.command()
@click.argument("incident_id", metavar="ID")
def take(incident_id: str) -> None:
    """Put your name to an incident; the first one's stays.

    \b
    Example:
      wismo incidents take 5f3a09c1d2e4
    """
    _say(_done(incident_id, lambda desk, name, now: desk_incidents.take(desk, name, whoever(), now)))


@incidents.command("give-back")
@click.argument("incident_id", metavar="ID")
def give_back(incident_id: str) -> None:
    """Let an incident be nobody's again, whoever had it.

    \b
    Example:
      wismo incidents give-back 5f3a09c1d2e4
    """

    def work(desk: Desk, name: str, now: datetime) -> Hands:
        holder = desk_incidents.look_up(desk, name).owner
        return desk_incidents.give_back(desk, name, holder, whoever(), now)

    _say(_done(incident_id, work))


@incidents.command()
@click.argument("incident_id", metavar="ID")
@click.option("--until", default=Until.HOUR.value, help="1h, tomorrow, monday (both 9:00), or a moment of the shop's.")
def snooze(incident_id: str, until: str) -> None:
    """Let nothing remind of an incident until then. It stays open, and in `wismo health`.

    \b
    Examples:
      wismo incidents snooze 5f3a09c1d2e4
      wismo incidents snooze 5f3a09c1d2e4 --until "2026-03-05 14:00"
    """

    def work(desk: Desk, name: str, now: datetime) -> Hands:
        return desk_incidents.snooze(desk, name, _moment(until, now, desk.settings.timezone), whoever(), now)

    _say(_done(incident_id, work))


@incidents.command()
@click.argument("incident_id", metavar="ID")
def known(incident_id: str) -> None:
    """Accept an incident until it closes: nothing reminds of it. If it comes again, it is a new one.

    \b
    Example:
      wismo incidents known 5f3a09c1d2e4
    """
    _say(_done(incident_id, lambda desk, name, now: desk_incidents.accept(desk, name, whoever(), now)))


@incidents.command()
@click.argument("incident_id", metavar="ID")
def wake(incident_id: str) -> None:
    """Let an incident be told and reminded of again, whoever put it off or called it known.

    \b
    Example:
      wismo incidents wake 5f3a09c1d2e4
    """
    _say(_done(incident_id, lambda desk, name, now: desk_incidents.wake(desk, name, whoever(), now)))


def _done(incident_id: str, work: Do) -> tuple[Hands, str]:
    with desk_at_hand() as desk:
        return work(desk, incident_id, clock.now()), desk.settings.timezone


def _say(done: tuple[Hands, str]) -> None:
    """How it stands now; exit code 1 where it is over and nothing was done."""
    hands, timezone = done
    if hands.closed_at:
        raise click.ClickException(f"this is over since {_local(hands.closed_at, timezone)}: nothing is left to do")
    said = [f"{hands.owner} is on it" if hands.owner else "nobody has taken it"]
    if hands.known_by:
        said.append(f"known, says {hands.known_by}")
    elif hands.snoozed_until and hands.snoozed_until > clock.now():
        said.append(f"quiet until {_local(hands.snoozed_until, timezone)}, says {hands.snoozed_by}")
    output.line(f"{hands.title}: {'; '.join(said)}")


def _local(moment: datetime, timezone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"


def _moment(text: str, now: datetime, timezone: str) -> datetime:
    """Raises BadInput."""
    if text in set(Until):
        return desk_incidents.until_of(Until(text), now, timezone)
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput("until", f"{text!r} is no moment", 'Write 1h, tomorrow, monday or "2026-03-05 14:00"') from None
    return (given if given.tzinfo else given.replace(tzinfo=ZoneInfo(timezone))).astimezone(now.tzinfo)


COMMANDS = (incidents,)
