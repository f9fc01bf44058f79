"""What is kept about people, and how it goes: forget, export, purge."""

import click

from relay import clock
from relay.cli import output
from relay.cli.parcels import whoever
from relay.cli.wiring import desk_at_hand
from relay.desk import keeping
from relay.desk.keeping import OrderPreview, Preview
from relay.retention import Purged, due
from relay.retention import purge as purge_now


@click.command()
@click.argument("query", metavar="EMAIL|ORDER")
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(query: str, *, yes: bool) -> None:
    """Erase at once and for good who a customer is: name, address, pushes as received, what servers answered.

    With an e-mail address, every order of it; else the one order that is named. Parcels go on being tracked, without
    mails. Neither a repeated push nor an import brings the data back.

    \b
    Examples:
      wismo forget ana@example.com
      wismo forget 1001 --yes
    """
    with desk_at_hand() as desk:
        _show_preview(keeping.preview(desk, query))
        if not yes:
            click.confirm("This cannot be undone. Erase it?", abort=True)
        done = keeping.forget(desk, query, whoever(), clock.now())
        folder = desk.settings.backup_dir
    click.echo(f"erased: {', '.join(done)}")
    click.echo(f"backups made before now still hold it{f' ({folder})' if folder else ''}; they go with their age")


def _show_preview(preview: Preview) -> None:
    for order in preview.orders:
        click.echo(f"order {order.order_id}: {_in_words(order)}")
    click.echo(f"{preview.raw} pushes and answers as received, {preview.mails} mails in a folder")
    if preview.others:
        click.echo(f"the same address has other orders, which stay: {', '.join(preview.others)}")


def _in_words(order: OrderPreview) -> str:
    parts = [word for word, has in (("name", order.has_name), ("e-mail address", order.has_email)) if has]
    if order.erased_at:
        parts = [f"erased on {order.erased_at[:10]}, again what came since"]
    counts = f"{order.parcels} parcels, {order.messages} messages"
    return ", ".join([*parts, counts])


@click.command()
@click.argument("query", metavar="EMAIL|ORDER")
def export(query: str) -> None:
    """Print as JSON everything that is kept about a customer, the pushes that told of the parcels included.

    \b
    Examples:
      wismo export ana@example.com > ana.json
      wismo export 1001
    """
    with desk_at_hand() as desk:
        output.as_json(keeping.export(desk, query, whoever(), clock.now()))


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge(*, yes: bool) -> None:
    """Erase and drop now what is over its time, as every night does by itself; while Wismo runs or not.

    \b
    Example:
      wismo purge --yes
    """
    with desk_at_hand() as desk:
        now = clock.now()
        _show_purged(due(desk.database, desk.settings, now), "over its time")
        if not yes:
            click.confirm("This cannot be undone. Erase it?", abort=True)
        done = purge_now(desk.database, desk.settings, now)
    _show_purged(done, "gone")
    if done.unread:
        click.echo(f"{done.unread} of the pushes were never read: no adapter could")


def _show_purged(counts: Purged, title: str) -> None:
    click.echo(f"{title}:")
    output.fields(
        {
            "pushes and answers as received": counts.raw,
            "orders whose customer is erased": counts.orders,
            "parcels that are not ours": counts.tracks,
        }
    )


COMMANDS = (forget, export, purge)
