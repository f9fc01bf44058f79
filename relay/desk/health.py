"""Is every promise kept? In words for people, in JSON for monitors."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.database import Tx, pending_migrations
from relay.desk import Desk, loops
from relay.desk.brake import mail_state
from relay.desk.care import is_live
from relay.desk.connecting import shop_health
from relay.desk.facets import Trouble
from relay.desk.view import trouble_of
from relay.errors import WismoError
from relay.intake.failures import failed_asks, is_failure
from relay.model import to_text
from relay.store import asks, ledger, orders, outbox
from relay.store import facts as fact_store
from relay.store import incidents as incident_store

#: Incidents that mean a broken promise; the others inform.
BREAKING = frozenset(
    {"ask_refused", "ask_failing", "storage", "dead_message", "channel_down", "held_rule", "copied", "backup"}
    | {"outside_down"}
    | {"shop_refused", "shop_down", "shop_job", "slack_lost", "database_damaged", "canary", loops.STOPPED}
    | {"watch_blind", "mute_carrier", "schema_changed", "mail_brake"}
)
#: So many parcels of the give-up list are listed.
GIVEN_UP_SHOWN = 100
#: A held delivery waits this long for a second word before a person is asked.
HELD_FOR_A_PERSON = timedelta(hours=24)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Health:
    is_well: bool
    broken: tuple[Trouble, ...]  #: what keeps a promise from being kept
    detail: dict[str, object]

    @property
    def reasons(self) -> tuple[str, ...]:
        """The same in English, for commands and monitors."""
        return tuple(trouble.title for trouble in self.broken)


def health(desk: Desk, now: datetime) -> Health:
    """Every broken promise with its reason; a store that does not answer is one of them."""
    try:
        with desk.database.read() as tx:
            return _health(tx, desk, now)
    except WismoError as fault:
        silent = Trouble("no_database", fault.what, figures={"what": fault.what})
        return Health(is_well=False, broken=(silent,), detail={})


def _health(tx: Tx, desk: Desk, now: datetime) -> Health:
    if unmigrated := _unmigrated(tx):
        return Health(is_well=False, broken=tuple(unmigrated), detail={})
    broken = (*_stopped(tx, desk, now), *_broken(tx))
    return Health(is_well=not broken, broken=broken, detail=_detail(tx, desk, now))


def _stopped(tx: Tx, desk: Desk, now: datetime) -> list[Trouble]:
    """As it is now: the incident comes and goes with the next look of the watch."""
    return loops.troubles(tx, desk, now)


def _broken(tx: Tx) -> list[Trouble]:
    kinds = BREAKING - {loops.STOPPED}
    found = incident_store.incidents(tx, only_open=True)
    return [trouble_of(row) for row in found if row["kind"] in kinds and not row["part_of"]]


def _unmigrated(tx: Tx) -> list[Trouble]:
    lacking = ", ".join(pending_migrations(tx))
    title = f"the database lacks {lacking}: run `wismo migrate`"
    return [Trouble("unmigrated", title, figures={"lacking": lacking})] if lacking else []


def _detail(tx: Tx, desk: Desk, now: datetime) -> dict[str, object]:
    return {
        "now": to_text(now),
        "live": is_live(tx, desk.settings),
        "mail": mail_state(tx, desk.settings),
        "channels": [dict(row) for row in outbox.channels(tx)],
        "parcels": orders.count_by_status(tx),
        "messages": outbox.count_by_state(tx),
        "unread_pushes": fact_store.count_unread(tx),
        "unread_answers": asks.count_unread_answers(tx),
        "given_up": [dict(row) for row in asks.given_up(tx, now, GIVEN_UP_SHOWN)],
        "held_for_a_person": [dict(row) for row in orders.held_since_before(tx, now - HELD_FOR_A_PERSON)],
        "incidents": [_incident(row) for row in incident_store.incidents(tx, only_open=True)],
        "refused_last_week": [dict(row) for row in ledger.tallies(tx, now - WEEK) if not is_failure(row)],
        "failed_asks_last_week": failed_asks(tx, now - WEEK),
        "shop": shop_health(tx, now) if desk.settings.vtex_account else {},
        "unknown_codes": [dict(row) for row in fact_store.unknown_codes(tx)],
        "loops": {name: to_text(at) for name, at in ledger.beats(tx).items() if name in loops.loops_of(desk)},
    }


def _incident(row: dict[str, object]) -> dict[str, object]:
    keys = ("incident_id", "kind", "title", "remedy", "opened_at", "last_seen_at", "closed_at", "times", "parcels")
    hands = ("owner", "snoozed_until", "snoozed_by", "known_by", "part_of")
    return {key: row[key] for key in (*keys, *hands)}


def incidents(desk: Desk, *, only_open: bool) -> list[dict[str, object]]:
    """Incidents, newest first, each with the orders behind it."""
    with desk.database.read() as tx:
        return [
            _incident(row)
            | {"orders": [dict(order) for order in incident_store.incident_orders(tx, row["incident_id"])]}
            for row in incident_store.incidents(tx, only_open=only_open)
        ]
