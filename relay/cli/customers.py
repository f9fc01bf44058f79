"""What customers hear, held and missed: the brake on mails, and the list of whom we did not tell."""

import click

from relay import clock
from relay.cli import output
from relay.cli.parcels import as_program, whoever
from relay.cli.wiring import desk_at_hand
from relay.desk import brake as desk_brake
from relay.desk import untold as desk_untold
from relay.desk.brake import Brake
from relay.desk.untold import WHY, Untold
from relay.model import to_text

#: So many are listed for people; --json has all.
SHOWN, ALL = 200, 1_000_000


@click.group(invoke_without_command=True)
@as_program
@click.pass_context
def brake(context: click.Context, *, is_json: bool) -> None:
    """Show how many mails may leave in an hour, how many did, and what is held.

    \b
    Examples:
      wismo brake
      wismo brake send          let what is held leave
      wismo brake drop          let it never leave; `wismo untold` lists whom that leaves untold
    """
    if context.invoked_subcommand:
        return
    with desk_at_hand() as desk:
        found, timezone = desk_brake.look(desk, clock.now()), desk.settings.timezone
    if is_json:
        output.as_json(_brake_json(found))
        return
    for line in _lines(found, timezone):
        output.line(line)


def _brake_json(found: Brake) -> dict[str, object]:
    return {
        "limit": found.limit,
        "from": found.case.value,
        "busiest_hour": found.usual,
        "last_hour": found.gone,
        "held": found.held,
        "examples": [
            {"order_id": one.order_id, "status": one.status, "held_at": to_text(one.held_at)} for one in found.examples
        ],
    }


def _lines(found: Brake, timezone: str) -> list[str]:
    limit = "none: nothing leaves, or WISMO_MAIL_BRAKE=off" if found.limit is None else f"{found.limit} mails an hour"
    said = [
        f"limit         {limit}",
        f"busiest hour  {found.usual} mails, in the last two weeks",
        f"this hour     {found.gone} mails",
        f"held          {found.held} mails",
    ]
    said += [
        f"  order {one.order_id}: {one.status}, held since {output.local(to_text(one.held_at), timezone)}"
        for one in found.examples
    ]
    if found.held > len(found.examples):
        said.append(f"  and {found.held - len(found.examples)} more")
    if found.held:
        said.append("`wismo brake send` lets them go, `wismo brake drop` does not")
    return said


@brake.command("send")
def send() -> None:
    """Let all that is held leave; the next hours may be as busy, and three times as busy.

    \b
    Example:
      wismo brake send
    """
    with desk_at_hand() as desk:
        released = desk_brake.send(desk, whoever(), clock.now())
    click.echo(f"{released} mails leave now")


@brake.command("drop")
def drop() -> None:
    """Let nothing that is held leave. Later news of the same parcels is told.

    \b
    Example:
      wismo brake drop
    """
    with desk_at_hand() as desk:
        dropped = desk_brake.drop(desk, whoever(), clock.now())
    click.echo(f"{dropped} mails will not leave; `wismo untold` lists whom they were for")


# -- whom we did not tell ----------------------------------------------------------------------------------------------


@click.group(invoke_without_command=True)
@as_program
@click.pass_context
def untold(context: click.Context, *, is_json: bool) -> None:
    """List whom we did not tell of something, since when, why, and how to tell them.

    \b
    Examples:
      wismo untold
      wismo untold done 1001       somebody told them, or nobody will
      wismo untold done all
    """
    if context.invoked_subcommand:
        return
    with desk_at_hand() as desk:
        found = desk_untold.untold_list(desk, ALL if is_json else SHOWN)
        timezone = desk.settings.timezone
    if is_json:
        output.as_json([entry.as_json() for entry in found.entries])
        return
    if not found.count:
        click.echo("nobody: every customer was told, or ticked")
        return
    output.table(
        [_row(entry, timezone) for entry in found.entries], head=("ORDER", "PARCEL", "NOT TOLD", "SINCE", "WHY")
    )
    if found.count > len(found.entries):
        click.echo(f"and {found.count - len(found.entries)} more: --json")
    click.echo(f"tell one: {found.entries[0].tell}")
    click.echo("settle one: wismo untold done ORDER")


def _row(entry: Untold, timezone: str) -> tuple[object, ...]:
    since = output.local(to_text(entry.since), timezone)
    now = "" if entry.shown is entry.status else f" (now {entry.shown})"
    return entry.order_id, f"{entry.carrier_label} {entry.number}", f"{entry.status}{now}", since, WHY[entry.because]


@untold.command("done")
@click.argument("what", metavar="ORDER|all")
def done(what: str) -> None:
    """Take an order from the list, or all that are on it.

    \b
    Example:
      wismo untold done 1001
    """
    with desk_at_hand() as desk:
        ticked = desk_untold.tick(desk, what, whoever(), clock.now())
    click.echo(f"{ticked} taken from the list")


COMMANDS = (brake, untold)
