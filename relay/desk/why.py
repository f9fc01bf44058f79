"""Why a parcel shows what it shows: every fact with the rule that used it or set it aside."""

from collections.abc import Sequence

from relay import tracking
from relay.carriers import all_carriers
from relay.database import Row, Tx
from relay.desk import couriers
from relay.desk.accounts import askers_of, nobody_to_ask, pause_name, who_asks
from relay.desk.view import event_json
from relay.intake.answers import plan_of
from relay.intake.failures import in_words
from relay.intake.state import circumstances
from relay.model import optional_text
from relay.settings import Settings
from relay.store import facts as fact_store
from relay.store import ledger, orders, outbox
from relay.store.overrides import names_of
from relay.tracking import Verdict


def why_json(tx: Tx, settings: Settings, shop: str, order_id: str) -> dict[str, object]:
    return {
        "order_id": order_id,
        "shop": shop,
        "shipments": [_shipment_why(tx, settings, row) for row in orders.shipments_of(tx, shop, order_id)],
        "audit": _audit_json(tx, ledger.audit_of(tx, shop, order_id)),
    }


def _shipment_why(tx: Tx, settings: Settings, shipment: Row) -> dict[str, object]:
    around = circumstances(shipment)
    verdicts = tracking.verdicts(fact_store.facts_of(tx, shipment["track_id"]), around)
    return {
        "shipment_id": shipment["shipment_id"],
        "package": shipment["package"],
        "kind": shipment["kind"],
        "tracking_number": shipment["tracking_number"],
        "carrier": shipment["carrier"],
        "carrier_because": couriers.in_words(tx, shipment),
        "status": shipment["shown_status"],
        "carrier_status": shipment["status"],
        "because": because(tx, settings, shipment, verdicts),
        "asking": asking(tx, settings, shipment),
        "known_at": shipment["known_at"],
        "ordered_at": shipment["ordered_at"],
        "announce_from": max(filter(None, (shipment["baseline"], shipment["announce_from"])), default=None),
        "facts": [_verdict_json(verdict) for verdict in verdicts],
        "messages": [_message_why(row) for row in outbox.messages_of(tx, shipment["shipment_id"])],
    }


def because(tx: Tx, settings: Settings, shipment: Row, verdicts: list[Verdict]) -> str:
    """The shown status explained in one sentence."""
    override = ledger.override(tx, shipment["override_id"])
    if override:
        until = optional_text(override.until) or {
            "carrier": "the carrier says otherwise",
            "lifted": "it is lifted",
        }.get(override.until_word, override.until_word)
        return f"{override.author} set it to {override.status} ({override.reason}), until {until}"
    if shipment["held_since"]:
        return f"a delivery is held: {shipment['held_reason']}; until a second word the status stays"
    if not shipment["tracking_number"] and not verdicts:
        return "the parcel has no tracking number yet"
    if not verdicts:
        asker = who_asks(askers_of(settings, all_carriers()), shipment["carrier"])
        who = f"{asker.carrier.label} is asked" if asker else f"nobody to ask: {nobody_to_ask(shipment['carrier'])}"
        return f"no carrier has told anything about this number yet; {who}"
    deciding = next((verdict for verdict in verdicts if verdict.rule.startswith("decides")), None)
    if deciding is None:
        return "of what carriers told, nothing could be used"
    fact = deciding.fact
    return f"{fact.source} said {fact.code or fact.status!s} at {optional_text(fact.at)}, and nothing newer replaces it"


def asking(tx: Tx, settings: Settings, shipment: Row) -> str:
    """Who is asked about the parcel, what came of it last, and when it is asked about next, in one sentence."""
    track = fact_store.track(tx, shipment["track_id"]) if shipment["track_id"] else None
    if track is None:
        return "there is no number to ask about yet"
    asker = who_asks(askers_of(settings, all_carriers()), shipment["carrier"])
    if asker is None:
        return f"nobody to ask: {nobody_to_ask(shipment['carrier'])}"
    label, pause = asker.carrier.label, outbox.channel(tx, pause_name(asker.slug))
    next_at = optional_text(plan_of(track, shipment).ask_at)
    if pause["probe_at"] and next_at and pause["probe_at"] > next_at:
        return f"{label} is asked about nothing until {pause['probe_at']}: {pause['reason']}"
    last = f"{label} was not asked yet"
    if track["failure"]:
        times = f", {track['failures']} times in a row" if track["failures"] > 1 else ""
        last = f"the last ask of {label} at {track['tried_at']} failed: {in_words(track['failure'])}{times}"
    elif track["asked_at"]:
        last = f"{label} answered at {track['asked_at']}"
    return f"{last}; next at {next_at}" if next_at else f"{last}; it is asked no more"


def _verdict_json(verdict: Verdict) -> dict[str, object]:
    fact = verdict.fact
    return {
        **event_json(fact),
        "kind": fact.kind.value,
        "received_at": optional_text(fact.received_at),
        "used": verdict.used,
        "rule": verdict.rule,
    }


def _message_why(row: Row) -> dict[str, object]:
    return {
        "channel": row["channel"],
        "status": row["status"],
        "state": row["state"],
        "rule": _message_rule(row),
    }


def _message_rule(row: Row) -> str:
    if row["state"] != "superseded":
        return str(row["receipt"] or row["last_error"] or f"due at {row['due_at']}")
    if row["superseded_by"] is None:
        return f"withdrawn before it left: {row['receipt']}"
    return "dropped by hand" if row["superseded_by"] == "dropped" else "newer news was told in its place"


def _audit_json(tx: Tx, rows: Sequence[Row]) -> list[dict[str, object]]:
    """``actor`` is an id where somebody acted in Slack, ``actor_name`` what they are called there, or ""."""
    names = names_of(tx, {row["actor"] for row in rows})
    keys = ("at", "actor", "action", "outcome", "detail")
    return [{**{key: row[key] for key in keys}, "actor_name": names.get(row["actor"], "")} for row in rows]
