"""What the tests of the one way in do and look at: a push, an answer, an order, a correction, and what came of it."""

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from relay.database import Database, Row, Tx
from relay.intake import Policy, corrections, parcels
from relay.intake.apply import apply
from relay.intake.parcels import Parcel
from relay.intake.record import Arrival, Recorded, _recording, push_id, record_push
from relay.intake.told import understood
from relay.model import Action, Fact, FactKind, Kind, Override, Push, Reading, Report, Status, Via
from relay.store import facts as fact_store
from relay.store import incidents, ledger, orders, outbox
from relay.store.facts import KeptPush
from tests.conftest import NOON

NUMBER = "1Z999"
TRACK = f"ups/{NUMBER}"
SUMMARY = FactKind.SUMMARY
REASON = "seen by the neighbour"

#: The one of the fixture, for what outlives a test.
POLICY = Policy(
    mails_customers=True,
    mail_statuses=frozenset(
        (
            Status.IN_TRANSIT,
            Status.OUT_FOR_DELIVERY,
            Status.ATTEMPTED,
            Status.AVAILABLE_FOR_PICKUP,
            Status.DELIVERED,
        )
    ),
    mail_gap=timedelta(minutes=10),
    zone=ZoneInfo("America/Sao_Paulo"),
)

Mail = tuple[str, str, str]  #: status, round, state


def later(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


# -- what comes in -----------------------------------------------------------------------------------------------------


def about(
    *facts: Fact, carrier: str | None = "ups", number: str | None = NUMBER, reference: str | None = None
) -> Report:
    """What a message says of one parcel."""
    return Report(carrier, number, facts, reference)


def push_of(reading: Reading, *, at: float = 0, source: str = "ups", envelope: str = "") -> Push:
    """A push that reads like this; the same reading in the same envelope is the same bytes."""
    headers = {"credential": "s3cret", "x-id": "1"}
    return Push(source, "POST", f"/push/{source}", headers, repr((reading, envelope)).encode(), later(at))


def hear(
    database: Database, policy: Policy, *reports: Report, at: float = 0, source: str = "ups", envelope: str = ""
) -> Recorded:
    """A push from ``source``, received ``at`` hours after noon."""
    reading = Reading(Action.APPLY, reports)
    return record_push(database, policy, push_of(reading, at=at, source=source, envelope=envelope), reading)


def told(database: Database, policy: Policy, *facts: Fact, at: float = 0, **more: str | None) -> Recorded:
    """A push of the parcel's own carrier about one parcel, unless ``more`` says who else and which."""
    return hear(database, policy, about(*facts, **more), at=at)


def together(database: Database, policy: Policy, pushes: Sequence[tuple[Push, Reading]]) -> list[Recorded]:
    """Pushes that share one commit, as SQLite's writer gives them to their work."""
    arrivals = [_arrival(push, reading) for push, reading in pushes]
    return database.write(lambda tx: list(_recording(policy)(tx, arrivals))) if arrivals else []


def _arrival(push: Push, reading: Reading) -> Arrival:
    key = push_id(push.slug, push.body)
    kept = KeptPush(
        key, push.slug, push.received_at, "{}", zlib.compress(push.body), reading.action.value, reading.reason
    )
    told_of = understood(push.slug, key, reading, push.received_at, Via.PUSH)
    return Arrival(kept, reading.action, told_of, push.received_at)


def answered(database: Database, policy: Policy, *reports: Report, at: float = 0, source: str = "ups") -> int:
    """An answer to our question; how many messages it made."""
    answers = understood(source, f"answer-{at}", Reading(Action.APPLY, reports), later(at), Via.POLL)
    return sum(one.messages for one in database.write(lambda tx: apply(tx, policy, answers, later(at))))


def add_order(
    database: Database,
    policy: Policy,
    order_id: str = "1001",
    parcel: Parcel | None = None,
    *,
    at: float = 0,
    **more: str | None,
) -> None:
    """An order of a customer with an address, and its parcel: UPS's with the usual number unless said otherwise."""
    usual = Parcel(carrier=more.pop("carrier", "ups"), tracking_number=more.pop("number", NUMBER))
    given: dict[str, str | None] = {"email": "ana@example.com", **more}
    database.write(
        lambda tx: parcels.record_order(tx, policy, order_id, given, parcel or usual, later(at), shop="default")
    )


def a_return(number: str = NUMBER) -> Parcel:
    return Parcel(carrier="ups", tracking_number=number, kind=Kind.RETURN)


def override(
    database: Database,
    policy: Policy,
    status: str,
    *,
    tell: bool = False,
    until: str | datetime = "carrier",
    at: float = 0,
    order_id: str = "1001",
) -> None:
    """A person's word about the order's only parcel."""
    word, moment = (until, None) if isinstance(until, str) else ("moment", until)
    wanted = Override(f"o-{status}-{at}", Status(status), REASON, "ana", later(at), word, moment, tell)

    def work(tx: Tx) -> None:
        row = orders.shipments_of(tx, "default", order_id)[0]
        corrections.record_override(tx, policy, row, wanted, later(at))

    database.write(work)


def lift(database: Database, policy: Policy, *, at: float = 0, order_id: str = "1001") -> int:
    def work(tx: Tx) -> int:
        row = orders.shipments_of(tx, "default", order_id)[0]
        return corrections.end_override(tx, policy, row, "lifted", later(at))

    return database.write(work)


def recheck(database: Database, policy: Policy, *, at: float) -> int:
    return database.write(lambda tx: corrections.recheck_due(tx, policy, later(at)))


def mark_sent(database: Database, *, at: float = 0) -> None:
    """Everything that waits has left."""

    def work(tx: Tx) -> None:
        while message := outbox.claim_lead(tx, "email", later(999), later(1000)):
            outbox.settle(tx, message, "sent", sent_at=later(at), receipt="250 taken")

    database.write(work)


# -- what came of it ---------------------------------------------------------------------------------------------------


def shipment(database: Database, order_id: str = "1001") -> Row:
    with database.read() as tx:
        return orders.shipments_of(tx, "default", order_id)[0]


def shown(database: Database, order_id: str = "1001") -> str:
    return str(shipment(database, order_id)["shown_status"])


def mails(database: Database) -> list[Mail]:
    with database.read() as tx:
        return sorted((row["status"], row["rounds"], row["state"]) for row in outbox.listed(tx, None, 999))


def waiting(database: Database) -> list[tuple[str, str]]:
    """Statuses and rounds of the mails that wait to leave."""
    return [(status, rounds) for status, rounds, state in mails(database) if state == "due"]


def due_at(database: Database) -> list[datetime]:
    """When the mails leave that wait."""
    with database.read() as tx:
        return sorted(datetime.fromisoformat(row["due_at"]) for row in outbox.listed(tx, "due", 999))


def facts_on(database: Database, track_id: str = TRACK) -> list[Fact]:
    with database.read() as tx:
        return fact_store.facts_of(tx, track_id)


def codes_on(database: Database, track_id: str = TRACK) -> list[str]:
    return sorted(fact.code for fact in facts_on(database, track_id))


def clock_of(database: Database, name: str, track_id: str = TRACK) -> datetime | None:
    """One of a track's clocks: ``heard_at``, and its like."""
    with database.read() as tx:
        track = fact_store.track(tx, track_id)
    assert track is not None
    return datetime.fromisoformat(track[name]) if track[name] else None


def untold(database: Database) -> list[tuple[str, str]]:
    """Order and detail of whom an open incident lists as not told."""
    with database.read() as tx:
        return [
            (row["order_id"], row["detail"])
            for incident in incidents.incidents(tx, only_open=True)
            if incident["kind"] == "untold"
            for row in incidents.incident_orders(tx, incident["incident_id"])
        ]


def audited(database: Database, action: str, order_id: str = "1001") -> list[str]:
    """How the attempts of this kind ended."""
    with database.read() as tx:
        return sorted(row["outcome"] for row in ledger.audit_of(tx, "default", order_id) if row["action"] == action)
