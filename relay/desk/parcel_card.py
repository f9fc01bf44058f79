"""One parcel of a card, read from what is stored of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from relay import tracking
from relay.carriers import all_carriers
from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.accounts import Asker, askers_of, nobody_to_ask, who_asks
from relay.desk.facets import Asked, Asking, Correction, GivenUp, ParcelCard, ShopSide, Told
from relay.desk.view import carrier_label, event_view, promised_day
from relay.intake.answers import plan_of
from relay.intake.state import circumstances
from relay.mail.words import estimated_day
from relay.model import Fact, Held, Kind, ParcelState, Status, from_text, optional_moment
from relay.shops.shown import from_json
from relay.store import accounts, drifts, ledger, outbox
from relay.store import facts as fact_store

#: So long past its promised day a parcel is given up, as :func:`relay.store.asks.given_up` lists it.
PAST_PROMISE = timedelta(days=5)
#: Incidents about asking; their subject is whoever is asked.
OF_ASKING = frozenset({"ask_refused", "ask_failing"})


@dataclass(frozen=True, slots=True)
class Around:
    """What all parcels of a card share."""

    tx: Tx
    desk: Desk
    order: Row
    incidents: Sequence[Row]  #: open
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.desk.settings.timezone)


def parcel_card(around: Around, shipment: Row) -> ParcelCard:
    track = fact_store.track(around.tx, shipment["track_id"]) if shipment["track_id"] else None
    circumstance = circumstances(shipment)
    facts = tracking.belonging(fact_store.facts_of(around.tx, shipment["track_id"]), circumstance)
    state = tracking.state_of(facts, circumstance)
    known = ParcelCard(
        shipment_id=shipment["shipment_id"],
        package=shipment["package"],
        kind=Kind(shipment["kind"]),
        revision=shipment["revision"],
        carrier=shipment["carrier"],
        carrier_label=carrier_label(shipment["carrier"]),
        tracking_number=shipment["tracking_number"],
        status=Status(shipment["shown_status"]),
        carrier_status=Status(shipment["status"]),
        asking=_asking(around, shipment, track),
        changed_at=optional_moment(shipment["changed_at"]),
        delivered_at=optional_moment(shipment["delivered_at"]),
        expected=estimated_day(shipment["estimated_at"], around.zone),
        override=_correction(around, shipment, state),
        held=_held(shipment),
        given_up=_given_up(around, shipment, track),
        told=_told(around, shipment),
        shop=_shop_side(around, shipment),
    )
    return _with_history(_with_clocks(around, known, track), facts, state)


def _with_clocks(around: Around, parcel: ParcelCard, track: Row | None) -> ParcelCard:
    if track is None:
        return parcel
    asker = who_asks(askers_of(around.desk.settings, all_carriers()), parcel.carrier)
    failing = _failing(around, asker) if asker and not track["failure"] else None
    tried_at = failing["failing_since"] if failing else track["tried_at"]
    return replace(
        parcel,
        asked_at=optional_moment(track["asked_at"]),
        tried_at=optional_moment(tried_at),
        heard_at=optional_moment(track["heard_at"]),
    )


def _with_history(parcel: ParcelCard, facts: Sequence[Fact], state: ParcelState) -> ParcelCard:
    events = tuple(event_view(fact) for fact in tracking.timeline(facts) if fact.occurred_at)
    told = [event.occurred_at for event in events[-1:]] + ([state.decisive.at] if state.decisive else [])
    return replace(parcel, events=events, moved_at=max(told, default=None))


def _asking(around: Around, shipment: Row, track: Row | None) -> Asking:
    asker = who_asks(askers_of(around.desk.settings, all_carriers()), shipment["carrier"])
    if track is None:
        return Asking(Asked.NO_NUMBER)
    if asker is None:
        return Asking(
            Asked.NOBODY, remedy=nobody_to_ask(shipment["carrier"]), is_stale=_is_stale(around, shipment, track)
        )
    failing = _failing(around, asker)
    failure = track["failure"] or (failing["failure"] if failing else None)
    return Asking(
        asked=_asked(around, asker, track, failure),
        label=asker.carrier.label,
        failure=failure,
        next_at=plan_of(track, shipment).ask_at,
        is_stale=_is_stale(around, shipment, track),
    )


def _failing(around: Around, asker: Asker) -> Row | None:
    """An account that logs in, while nothing usable comes of it: what cannot log in tries no parcel."""
    if not asker.logs_in:
        return None
    return next((row for row in accounts.failing_since(around.tx, around.now) if row["account"] == asker.slug), None)


def _asked(around: Around, asker: Asker, track: Row, failure: str | None) -> Asked:
    if any(row["kind"] in OF_ASKING and row["subject"] == asker.slug for row in around.incidents):
        return Asked.FAILING
    if failure:
        return Asked.TRIED
    return Asked.ANSWERED if track["asked_at"] else Asked.NOT_YET


def _is_stale(around: Around, shipment: Row, track: Row) -> bool:
    """Twice as long as a parcel of its status may be quiet, nobody told and nobody answered."""
    status = Status(shipment["status"])
    last = optional_moment(max(filter(None, (track["asked_at"], track["heard_at"])), default=None))
    return last is not None and not status.is_final and around.now - last > 2 * tracking.quiet(status)


def _correction(around: Around, shipment: Row, state: ParcelState) -> Correction | None:
    override = ledger.override(around.tx, shipment["override_id"])
    if override is None:
        return None
    return Correction(
        status=override.status,
        reason=override.reason,
        by=override.by,
        at=override.at,
        until=override.until,
        until_word=override.until_word,
        tells=override.tell,
        writes_shop=override.write_shop,
        effects_at=override.at + tracking.undo_window(override.status),
        is_contradicted=tracking.contradicts(state, override),
    )


def _held(shipment: Row) -> Held | None:
    if not shipment["held_since"]:
        return None
    return Held(Status(shipment["held_status"]), shipment["held_reason"], from_text(shipment["held_since"]))


def _given_up(around: Around, shipment: Row, track: Row | None) -> GivenUp | None:
    """As :func:`relay.store.asks.given_up` lists it."""
    if track is None or Status(shipment["status"]).is_final:
        return None
    if shipment["status"] == Status.EXPIRED:
        return GivenUp.CARRIER
    give_up_at = plan_of(track, shipment).give_up_at
    if give_up_at and give_up_at <= around.now:
        return GivenUp.QUIET
    promised = promised_day(around.order["promised_at"])
    is_past = promised is not None and promised <= (around.now - PAST_PROMISE).date()
    return GivenUp.PROMISE if is_past else None


def _told(around: Around, shipment: Row) -> tuple[Told, ...]:
    mails = [row for row in outbox.messages_of(around.tx, shipment["shipment_id"]) if row["channel"] == "email"]
    told = [
        Told(Status(row["status"]), _state(row), from_text(row["sent_at"] or row["due_at"]), row["last_error"])
        for row in mails
        if row["state"] != "superseded"
    ]
    return tuple(sorted(told, key=lambda mail: mail.at))


def _state(row: Row) -> str:
    return "braked" if row["state"] == "due" and row["held_at"] else str(row["state"])


def _shop_side(around: Around, shipment: Row) -> ShopSide | None:
    read_at = optional_moment(shipment["shop_read_at"])
    if read_at is None:
        return None
    shown = from_json(shipment["shop_shows"])
    drift = drifts.open_drift_of(around.tx, shipment["shipment_id"])
    return ShopSide(
        read_at=read_at,
        lines=len(shown.events),
        is_finished=shown.is_finished,
        drift=drift["reason"] if drift else None,
    )
