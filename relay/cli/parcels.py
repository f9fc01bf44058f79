"""Parcels: add, edit, track, why, check, override, lift."""

import getpass
from collections.abc import Mapping, Sequence
from typing import Any

import click

from relay import clock
from relay.cli import output
from relay.cli.wiring import desk_at_hand
from relay.desk import asking, correct
from relay.desk.asking_shop import find_or_ask
from relay.desk.correct import NewParcel, Preview
from relay.desk.couriers import words_of_order
from relay.desk.find import one_order
from relay.desk.shop import page_words
from relay.desk.view import order_json
from relay.desk.wanted import WantedOverride
from relay.desk.why import why_json
from relay.model import in_slack, to_text

Json = Mapping[str, Any]

as_program = click.option("--json", "is_json", is_flag=True, help="For programs.")


def whoever() -> str:
    """Who runs the command, for the audit."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody at the command line"


@click.command()
@click.option("--order", required=True, help="The shop's order id.")
@click.option("--carrier", help="Who moves it, such as ups or correios.")
@click.option("--number", help="The tracking number.")
@click.option("--package", help="The invoice number, where an order has several packages.")
@click.option("--email", help="The customer's address.")
@click.option("--name", help="The customer's name.")
@click.option("--locale", help="The customer's language: pt-BR, es or en.")
@click.option("--promised", help="The date promised to the customer, such as 2026-12-24.")
@click.option("--url", help="The carrier's own tracking page.")
@click.option("--ordered", help="When it was ordered, such as 2026-12-01.")
@as_program
def add(*, is_json: bool, **given: str | None) -> None:
    """Add an order and its parcel, or complete what is known of them. It may be repeated.

    \b
    Examples:
      wismo add --order 1001 --carrier ups --number 1Z204W4R0308071865 --email ana@example.com
      wismo add --order 1002 --email ana@example.com          (not with a carrier yet)
    """
    with desk_at_hand() as desk:
        order, _shipment = correct.add(desk, NewParcel(**given), clock.now())  # type: ignore[arg-type]  # order is required
        with desk.database.read() as tx:
            view = order_json(tx, desk.settings, order["shop"], order["order_id"])
        page = f"the customer's page: {desk.settings.public_url}/t/{order['page_token']}"
    if is_json:
        output.as_json(view)
        return
    erased = "its customer was erased: name and address are not kept, and no mail leaves"
    output.line(f"order {order['order_id']}: {view['status']}\n{erased if order['erased_at'] else page}")


@click.command()
@click.argument("query")
@click.option("--carrier", help="The right carrier.")
@click.option("--number", help="The right tracking number.")
@click.option("--parcel", "which", help="The present number or invoice of the parcel, where the order has several.")
def edit(query: str, carrier: str | None, number: str | None, which: str | None) -> None:
    """Correct a parcel's carrier or tracking number; what is known of the new one applies at once.

    \b
    Example:
      wismo edit 1001 --carrier correios --number AA123456785BR
    """
    with desk_at_hand() as desk:
        shipment = correct.edit(desk, query, carrier=carrier, number=number, which=which, by=whoever(), now=clock.now())
    parcel = f"{shipment['carrier'] or 'carrier unknown'} {shipment['tracking_number']}"
    output.line(f"order {shipment['order_id']}: {parcel}, {shipment['shown_status']}")


@click.command()
@click.argument("query")
@as_program
def track(query: str, *, is_json: bool) -> None:
    """Show what is known of an order: id, short number, invoice, tracking number, e-mail or page link.

    \b
    Examples:
      wismo track 1001
      wismo track 1Z204W4R0308071865 --json
    """
    with desk_at_hand() as desk:
        hit = find_or_ask(desk, query, clock.now())
        with desk.database.read() as tx:
            view = order_json(tx, desk.settings, hit.shop, hit.order_id)
            carriers = words_of_order(tx, hit.shop, hit.order_id)
            page = page_words(tx, desk, hit.shop, hit.order_id, clock.now())
        timezone = desk.settings.timezone
    if is_json:
        output.as_json(view)
    else:
        _show_order(view, carriers, page, timezone)


def _show_order(view: Json, carriers: Mapping[str, str], page: str | None, timezone: str) -> None:
    output.line(f"order {view['order_id']}: {view['status']}{f' (the shop shows: {page})' if page else ''}")
    if not view["shipments"]:
        click.echo("  not with a carrier yet")
    for shipment in view["shipments"]:
        _show_shipment(shipment, carriers.get(shipment["shipment_id"], ""), timezone)


def _show_shipment(shipment: Json, why_carrier: str, timezone: str) -> None:
    carrier = shipment["carrier"] or "carrier unknown"
    output.line(f"\n{carrier} {shipment['tracking_number'] or '(no number yet)'}: {shipment['status']}")
    shown: dict[str, object] = {
        "carrier says": shipment["carrier_status"],
        "heard": output.local(shipment["heard_at"], timezone),
        "asked": output.local(shipment["asked_at"], timezone),
        "changed": output.local(shipment["changed_at"], timezone),
        "expected": shipment["estimated_at"],
        "promised": shipment["promised_at"],
        "page": shipment["page_url"],
    }
    if why_carrier:
        shown["carrier"] = why_carrier
    if shipment["override"]:
        override = shipment["override"]
        shown["override"] = f"{override['status']} by {override['by']} until {override['until']}: {override['reason']}"
    if shipment["held"]:
        shown["held"] = f"{shipment['held']['status']}: {shipment['held']['reason']}"
    output.fields(shown)
    _show_rows("events, newest first", [_event_row(event, timezone) for event in reversed(shipment["events"])])
    _show_rows("told", [_message_row(message, timezone) for message in shipment["messages"]])


def _show_rows(title: str, rows: Sequence[Sequence[object]]) -> None:
    if rows:
        click.echo(f"  {title}:")
        output.table([("   ", *row) for row in rows])


def _event_row(event: Json, timezone: str) -> tuple[object, ...]:
    when = output.local(event["occurred_at"], timezone)
    mark = " (zone assumed)" if event["zone_assumed"] else ""
    return f"{when}{mark}", event["status"], event["place"], event["description"] or event["code"]


def _message_row(message: Json, timezone: str) -> tuple[object, ...]:
    when = output.local(message["sent_at"] or message["due_at"], timezone)
    return when, message["channel"], message["status"], message["state"], message["last_error"] or message["receipt"]


@click.command()
@click.argument("query")
@as_program
def why(query: str, *, is_json: bool) -> None:
    """Explain the shown status: every fact with the rule that used it or set it aside.

    \b
    Example:
      wismo why 1001
    """
    with desk_at_hand() as desk, desk.database.read() as tx:
        hit = one_order(tx, query)
        answer = why_json(tx, desk.settings, hit.shop, hit.order_id)
    if is_json:
        output.as_json(answer)
    else:
        _show_why(answer)


def _show_why(answer: Json) -> None:
    output.line(f"order {answer['order_id']}")
    for shipment in answer["shipments"]:
        number = shipment["tracking_number"] or "(no number yet)"
        output.line(f"\n{shipment['carrier'] or 'carrier unknown'} {number}: {shipment['status']}")
        output.line(f"  because {shipment['because']}")
        if shipment["carrier_because"]:
            output.line(f"  carrier: {shipment['carrier_because']}")
        output.line(f"  asking: {shipment['asking']}")
        _show_rows(
            "facts, in the order of the rules",
            [
                (fact["occurred_at"] or fact["received_at"], fact["source"], fact["kind"], fact["status"], fact["rule"])
                for fact in shipment["facts"]
            ],
        )
        _show_rows(
            "messages",
            [
                (message["channel"], message["status"], message["state"], message["rule"])
                for message in shipment["messages"]
            ],
        )
    _show_rows("corrections", [_audit_row(row) for row in answer["audit"]])


def _audit_row(row: Json) -> tuple[object, ...]:
    return row["at"], in_slack(row["actor"], row["actor_name"]), row["action"], row["outcome"], row["detail"]


@click.command()
@click.argument("query")
@click.argument("status")
@click.option("--reason", required=True, help="What you know and from whom (10 characters or more).")
@click.option(
    "--until", default="carrier", show_default=True, help="A moment, carrier (its next contrary news) or lifted."
)
@click.option("--number", "which", help="The parcel's number, where the order has several.")
@click.option("--by", default=whoever, help="Who decides this. [whoever runs the command]")
@click.option("--tell", is_flag=True, help="Tell the customer.")
@click.option("--write-shop", is_flag=True, help="Write it to the shop.")
@click.option("--dry-run", is_flag=True, help="Only show what would happen.")
@as_program
def override(  # noqa: PLR0913 - the options of the contract
    query: str,
    status: str,
    *,
    reason: str,
    until: str,
    which: str | None,
    by: str,
    tell: bool,
    write_shop: bool,
    dry_run: bool,
    is_json: bool,
) -> None:
    """Set a status over the carrier's word. What it tells leaves after 2 minutes (10 for a final status).

    \b
    Examples:
      wismo override 1001 delivered --reason "customer confirmed by phone" --tell --dry-run
      wismo lift 1001                                                   takes it back
    """
    wanted = WantedOverride(status, reason, by, until=until, tell=tell, write_shop=write_shop)
    now = clock.now()
    with desk_at_hand() as desk:
        done = (
            correct.preview(desk, query, wanted, which, now)
            if dry_run
            else correct.override(desk, query, wanted, which, now)
        )
        timezone = desk.settings.timezone
    if is_json:
        output.as_json({"dry_run": dry_run, **_preview_json(done)})
        return
    _show_preview(done, timezone, is_done=not dry_run)


def _preview_json(preview: Preview) -> dict[str, object]:
    return {
        "order_id": preview.order_id,
        "tracking_number": preview.tracking_number,
        "before": preview.before.value,
        "after": preview.after.value,
        "carrier_status": preview.carrier_status.value,
        "until": preview.until,
        "tells": preview.tells,
        "writes_shop": preview.writes_shop,
        "effects_at": to_text(preview.effects_at),
    }


def _show_preview(preview: Preview, timezone: str, *, is_done: bool) -> None:
    output.line(
        f"order {preview.order_id}: {preview.before} -> {preview.after}{'' if is_done else ' (nothing done yet)'}"
    )
    output.fields(
        {
            "carrier says": preview.carrier_status,
            "until": preview.until,
            "told": preview.tells,
            "written to the shop": preview.writes_shop,
            "effects from": output.local(preview.effects_at.isoformat(), timezone),
        }
    )


@click.command()
@click.argument("query")
@click.option("--number", "which", help="The parcel's number, where the order has several.")
@click.option("--by", default=whoever, help="Who decides this. [whoever runs the command]")
def lift(query: str, which: str | None, by: str) -> None:
    """End an override; the carrier's word shows again. What it had not told yet is withdrawn.

    \b
    Example:
      wismo lift 1001
    """
    with desk_at_hand() as desk:
        shipment, withdrawn = correct.lift(desk, query, which, by, clock.now())
    output.line(f"order {shipment['order_id']}: {shipment['shown_status']}; {withdrawn} messages withdrawn")


@click.command()
@click.argument("query")
@click.option("--number", "which", help="The parcel's number, where the order has several.")
def check(query: str, which: str | None) -> None:
    """Ask the carrier now, as soon as its budget allows.

    \b
    Example:
      wismo check 1001
    """
    with desk_at_hand() as desk:
        now = clock.now()
        shipment, asker = asking.check_now(desk, query, which, now)
        stopped = asking.stopped_until(desk, asker, now)
        until = stopped and output.local(to_text(stopped[0]), desk.settings.timezone)
    label = asker.carrier.label
    output.line(f"order {shipment['order_id']}: {label} is asked next about {shipment['tracking_number']}")
    if stopped:
        output.line(f"but {label} is asked about nothing until {until}: {stopped[1]}")


COMMANDS = (add, edit, track, why, check, override, lift)
