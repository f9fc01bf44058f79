"""Is every promise kept? In words for people, in JSON for monitors."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.database import Tx, pending_migrations
from relay.desk import Desk
from relay.desk.care import is_live, mail_mode
from relay.desk.connecting import shop_health
from relay.errors import WismoError
from relay.intake.failures import failed_asks, is_failure
from relay.model import to_text
from relay.store import asks, ledger, orders, outbox
from relay.store import facts as fact_store

#: A loop that has not finished a round for this long has stopped.
LOOPS = {
    "outbox": timedelta(minutes=5),
    "poll": timedelta(minutes=5),
    "watch": timedelta(minutes=5),
    "retention": timedelta(hours=2),
}
#: Where Slack is connected to, rather than calls: the connection.
SOCKET, OF_SLACK = "slack socket", {"slack socket": timedelta(minutes=5)}
#: Where Slack is told anything.
OF_TELLING = {"slack writer": timedelta(minutes=5), "slack times": timedelta(minutes=5)}
#: The same of loops that run where a shop is configured, and where it is written to.
OF_A_SHOP, OF_WRITING = {"orders": timedelta(minutes=5)}, {"shop writer": timedelta(minutes=5)}
#: Incidents that mean a broken promise; the others inform.
BREAKING = frozenset(
    {"ask_refused", "ask_failing", "storage", "dead_message", "channel_down", "held_rule", "copied", "backup"}
    | {"shop_refused", "shop_down", "shop_job"}
)
#: So many parcels of the give-up list are listed.
GIVEN_UP_SHOWN = 100
#: A held delivery waits this long for a second word before a person is asked.
HELD_FOR_A_PERSON = timedelta(hours=24)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Health:
    is_well: bool
    reasons: tuple[str, ...]
    detail: dict[str, object]


def health(desk: Desk, now: datetime) -> Health:
    """Every broken promise with its reason; a store that does not answer is one of them."""
    try:
        with desk.database.read() as tx:
            return _health(tx, desk, now)
    except WismoError as fault:
        return Health(is_well=False, reasons=(fault.what,), detail={})


def _health(tx: Tx, desk: Desk, now: datetime) -> Health:
    if unmigrated := _unmigrated(tx):
        return Health(is_well=False, reasons=tuple(unmigrated), detail={})
    reasons = (*_stopped_loops(tx, desk, now), *_broken(tx))
    return Health(is_well=not reasons, reasons=reasons, detail=_detail(tx, desk, now))


def _stopped_loops(tx: Tx, desk: Desk, now: datetime) -> list[str]:
    beats = ledger.beats(tx)
    found = []
    of_a_shop = OF_A_SHOP if desk.settings.vtex_account else {}
    of_writing = OF_WRITING if desk.policy.writes_shop else {}
    of_slack = OF_SLACK if desk.settings.slack_app_token.get_secret_value() else {}
    of_telling = OF_TELLING if desk.settings.slack_bot_token.get_secret_value() else {}
    for name, limit in (LOOPS | of_a_shop | of_writing | of_slack | of_telling).items():
        last = beats.get(name)
        if last is None or now - last > limit:
            found.append(_stopped(name, last))
    return found


def _stopped(name: str, last: datetime | None) -> str:
    if name == SOCKET:
        since = f"since {to_text(last)}" if last else "yet"
        return f"no connection to Slack {since}: `wismo doctor` says why; `wismo up` or `wismo bot` must run"
    since = f"last ran at {to_text(last)}" if last else "has never run"
    return f"the {name} loop {since}: start `wismo up` or `wismo work`"


def _broken(tx: Tx) -> list[str]:
    return [row["title"] for row in ledger.incidents(tx, only_open=True) if row["kind"] in BREAKING]


def _unmigrated(tx: Tx) -> list[str]:
    pending = pending_migrations(tx)
    return [f"the database lacks {', '.join(pending)}: run `wismo migrate`"] if pending else []


def _detail(tx: Tx, desk: Desk, now: datetime) -> dict[str, object]:
    return {
        "now": to_text(now),
        "live": is_live(tx, desk.settings),
        "mail": mail_mode(tx, desk.settings),
        "channels": [dict(row) for row in outbox.channels(tx)],
        "parcels": orders.count_by_status(tx),
        "messages": outbox.count_by_state(tx),
        "unread_pushes": fact_store.count_unread(tx),
        "unread_answers": asks.count_unread_answers(tx),
        "given_up": [dict(row) for row in asks.given_up(tx, now, GIVEN_UP_SHOWN)],
        "held_for_a_person": [dict(row) for row in orders.held_since_before(tx, now - HELD_FOR_A_PERSON)],
        "incidents": [_incident(row) for row in ledger.incidents(tx, only_open=True)],
        "refused_last_week": [dict(row) for row in ledger.tallies(tx, now - WEEK) if not is_failure(row)],
        "failed_asks_last_week": failed_asks(tx, now - WEEK),
        "shop": shop_health(tx, now) if desk.settings.vtex_account else {},
        "unknown_codes": [dict(row) for row in fact_store.unknown_codes(tx)],
        "loops": {name: to_text(at) for name, at in ledger.beats(tx).items()},
    }


def _incident(row: dict[str, object]) -> dict[str, object]:
    keys = ("incident_id", "kind", "title", "remedy", "opened_at", "last_seen_at", "closed_at", "times", "parcels")
    return {key: row[key] for key in keys}


def incidents(desk: Desk, *, only_open: bool) -> list[dict[str, object]]:
    """Incidents, newest first, each with the orders behind it."""
    with desk.database.read() as tx:
        return [
            _incident(row) | {"orders": [dict(order) for order in ledger.incident_orders(tx, row["incident_id"])]}
            for row in ledger.incidents(tx, only_open=only_open)
        ]
