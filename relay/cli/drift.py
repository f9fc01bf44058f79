"""Where the shop shows something else than what is true."""

import sys

import click

from relay.cli import output
from relay.cli.parcels import as_program
from relay.cli.wiring import desk_at_hand
from relay.desk.shop import drift_json


@click.command()
@as_program
def drift(*, is_json: bool) -> None:
    """List the parcels of which the shop shows something else: since when, why, and what to do. Exit code 1 if any.

    \b
    Examples:
      wismo drift
      wismo drift --json
    """
    with desk_at_hand() as desk:
        with desk.database.read() as tx:
            found = drift_json(tx)
        timezone = desk.settings.timezone
    if is_json:
        output.as_json(found)
    else:
        _show(found, timezone)
    sys.exit(1 if found else 0)


def _show(found: list[dict[str, object]], timezone: str) -> None:
    for row in found:
        number = row["tracking_number"] or f"invoice {row['package']}"
        since = output.local(row["since"], timezone)
        output.line(f"order {row['order_id']}, {number}: {row['reason']} since {since}")
        output.line(f"  {row['detail']}")
        output.line(f"  {row['remedy']}")
    if not found:
        click.echo("the shop shows what is true")


COMMANDS = (drift,)
