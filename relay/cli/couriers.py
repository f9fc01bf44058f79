"""What the shop calls its carriers: couriers list, couriers set."""

from dataclasses import asdict

import click

from relay import clock
from relay.cli import output
from relay.cli.parcels import as_program, whoever
from relay.cli.wiring import desk_at_hand
from relay.desk import couriers as desk_couriers
from relay.errors import BadInput


@click.group()
def couriers() -> None:
    """Who is meant by the couriers that the shop names on its invoices.

    \b
    Example:
      wismo couriers list
    """


@couriers.command("list")
@as_program
def list_couriers(*, is_json: bool) -> None:
    """Show the shop's own names, and those by which nobody knows who moves a parcel.

    \b
    Example:
      wismo couriers list --json
    """
    with desk_at_hand() as desk:
        found = desk_couriers.listed(desk)
        timezone = desk.settings.timezone
    if is_json:
        output.as_json({"couriers": found.entries, "unmatched": [asdict(one) for one in found.unmatched]})
        return
    if found.entries:
        rows = [
            (row["courier"], row["carrier"], row["by_whom"], output.local(row["at"], timezone)) for row in found.entries
        ]
        output.table(rows, head=("COURIER", "CARRIER", "BY", "SINCE"))
    else:
        click.echo("the shop has no names of its own for carriers; the usual ones are built in")
    if found.unmatched:
        click.echo("\nparcels on their way of which nobody knows the carrier:")
        lines = [
            (one.courier or "(nothing said)", one.parcels, " or ".join(one.candidates) or "unknown", one.example)
            for one in found.unmatched
        ]
        output.table(lines, head=("COURIER", "PARCELS", "MAY BE", "SUCH AS ORDER"))
        click.echo('\nsay who it is: wismo couriers set "COURIER" SLUG')


@couriers.command("set")
@click.argument("courier")
@click.argument("slug", required=False)
@click.option("--remove", is_flag=True, help="Drop the shop's own name; what is built in decides again.")
def set_courier(courier: str, slug: str | None, *, remove: bool) -> None:
    """Say which carrier is meant by COURIER, which may be a name, an id or the host of a tracking page.

    Parcels on their way follow at once, unless a person or the carrier itself has named their carrier.

    \b
    Examples:
      wismo couriers set "Entrega Rápida" jadlog
      wismo couriers set rastreio.example.com total-express
      wismo couriers set "Entrega Rápida" --remove
    """
    if remove == bool(slug):
        raise BadInput("slug", "give either a carrier or --remove", 'Such as: wismo couriers set "PAC" correios')
    with desk_at_hand() as desk:
        done = desk_couriers.set_courier(desk, courier, slug, whoever(), clock.now())
    output.line(f"{done.courier}: {done.carrier or 'no name of the shop any more'}; {done.parcels} open parcels moved")


COMMANDS = (couriers,)
