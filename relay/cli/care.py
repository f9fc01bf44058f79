"""Looking after it: doctor, health, go-live, shadow, pause, resume, keys, backup, restore."""

import sys
from pathlib import Path

import click

from relay import clock
from relay.cli import output, well
from relay.cli.backup import copy_out, put_back
from relay.cli.doctor import examine
from relay.cli.parcels import as_program, whoever
from relay.cli.vtex import connected
from relay.cli.wiring import desk_at_hand, settings_now
from relay.desk import Desk, care
from relay.desk import health as desk_health
from relay.desk.connecting import ROUTES
from relay.errors import WismoError
from relay.store import outbox as outbox_store


@click.command()
@as_program
def health(*, is_json: bool) -> None:
    """Say whether every promise is kept, and if not, which one and why. Exit code 1 if not.

    \b
    Example:
      wismo health --json
    """
    with desk_at_hand() as desk:
        found = desk_health.health(desk, clock.now())
        clocks = well.silences(desk, clock.now())
        timezone = desk.settings.timezone
    if is_json:
        output.as_json({"well": found.is_well, "reasons": found.reasons, **found.detail, "silence": clocks})
    else:
        for said in well.lines(found, timezone, clocks):
            output.line(said)
    sys.exit(0 if found.is_well else 1)


@click.command()
@click.option("--fix", "is_fixing", is_flag=True, help="First connect what is missing at the shop: hook and feed.")
@as_program
def doctor(*, is_fixing: bool, is_json: bool) -> None:
    """Examine every setting, connection and right; one line each, a remedy where one fails. Exit code 1 if one does.

    \b
    Examples:
      wismo doctor
      wismo doctor --fix
    """
    if is_fixing:
        _connect_shop()
    findings = examine(settings_now())
    if is_json:
        output.as_json([finding.as_json() for finding in findings])
    else:
        for finding in findings:
            click.echo(str(finding))
    sys.exit(0 if all(finding.is_well for finding in findings) else 1)


def _connect_shop() -> None:
    """What cannot be connected is a finding afterwards, with its remedy."""
    with desk_at_hand() as desk:
        for route in ROUTES if desk.settings.vtex_account else ():
            try:
                for line in connected(desk, [route]):
                    output.line(line, err=True)
            except WismoError as fault:
                output.line(f"{route}: {fault}", err=True)


@click.command("go-live")
@click.option("--yes", is_flag=True, help="Do not ask.")
def go_live(*, yes: bool) -> None:
    """Let mails and shop writes leave from now on. What was news before stays untold.

    \b
    Example:
      wismo outbox --state shadow        see what would have left
      wismo go-live
    """
    with desk_at_hand() as desk:
        with desk.database.read() as tx:
            counts = outbox_store.count_by_state(tx)
            examples = outbox_store.listed(tx, "shadow", 3)
        click.echo(f"kept in shadow so far: {counts.get('shadow', 0)}; waiting: {counts.get('due', 0)}")
        for row in examples:
            click.echo(f"  order {row['order_id']}, {row['status']}: {row['receipt'] or ''}")
        if not yes:
            click.confirm(f"From now on customers get mail about what is new{_and_shop(desk)}. Go live?", abort=True)
        care.go_live(desk, whoever(), clock.now())
        paused = care.is_paused(desk)
    click.echo("live, but paused: `wismo resume all`" if paused else "live: what happens from now on is told")


def _and_shop(desk: Desk) -> str:
    return ", and the shop is written to" if desk.policy.writes_shop else ""


@click.command()
def shadow() -> None:
    """Let nothing leave for customers or the shop any more, until the next go-live.

    \b
    Example:
      wismo shadow
    """
    with desk_at_hand() as desk:
        care.shadow(desk, whoever(), clock.now())
        forced = desk.settings.live
    click.echo("WISMO_LIVE=yes still lets mail leave; unset it" if forced else "shadow: nothing leaves")
    sys.exit(1 if forced else 0)


@click.command()
@click.argument("what", type=click.Choice(list(care.CHANNELS)))
def pause(what: str) -> None:
    """Hold back mail, writes to the shop, or both, until resumed.

    \b
    Example:
      wismo pause mail
    """
    with desk_at_hand() as desk:
        set_aside = care.pause(desk, what, whoever(), clock.now())
    click.echo(f"paused: {what}; {set_aside} waiting messages set aside")


@click.command()
@click.argument("what", type=click.Choice(list(care.CHANNELS)))
def resume(what: str) -> None:
    """Go on from the present: what happened during the pause is not told.

    \b
    See whom that leaves untold:
      wismo untold                       and send one: wismo outbox retry ID
    """
    with desk_at_hand() as desk:
        untold = care.resume(desk, what, whoever(), clock.now())
    click.echo(f"resumed: {what}; {untold} messages of the pause stay untold (wismo untold)")


@click.group()
def keys() -> None:
    """Keys for scripts, carriers and monitors.

    \b
    Example:
      wismo keys create --scope read --label monitoring
    """


@keys.command()
@click.option("--scope", required=True, help="read, write, or carrier:<slug>.")
@click.option("--label", default="", help="What it is for.")
def create(scope: str, label: str) -> None:
    """Make a key. It is shown once.

    \b
    Example:
      wismo keys create --scope read --label monitoring
    """
    with desk_at_hand() as desk:
        made = care.create_key(desk, scope, label, clock.now())
    click.echo(f"{made.key}\nkeep it now: it is not shown again (id {made.key_id}, scope {made.scope})")


@keys.command("list")
@as_program
def list_keys(*, is_json: bool) -> None:
    """List the keys, never their secrets.

    \b
    Example:
      wismo keys list
    """
    with desk_at_hand() as desk:
        rows = care.listed_keys(desk)
    if is_json:
        output.as_json(rows)
    else:
        output.table([tuple(row.values()) for row in rows], head=("ID", "SCOPE", "LABEL", "MADE", "USED", "REVOKED"))


@keys.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Make a key worthless.

    \b
    Example:
      wismo keys revoke 5f3a09c1        the id that `wismo keys list` shows
    """
    with desk_at_hand() as desk:
        care.revoke_key(desk, key_id, clock.now())
    click.echo(f"{key_id} is revoked")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write a consistent copy of the database while Wismo runs, and verify it.

    \b
    Example:
      wismo backup /backups/wismo-monday.db
    """
    size = copy_out(settings_now(), file)
    click.echo(f"{file}: {size / 1e6:.1f} MB, verified")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Put a backup in the place of the database. Wismo must be stopped; it starts paused.

    \b
    Example:
      wismo restore /backups/wismo-monday.db
      wismo up                            then look around
      wismo resume all
    """
    for line in put_back(settings_now(), file, clock.now()):
        click.echo(line)


COMMANDS = (doctor, health, go_live, shadow, pause, resume, keys, backup, restore)
