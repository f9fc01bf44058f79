"""From stored facts to the state of a shipment, and from a new state to the message that tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time

from relay import tracking
from relay.database import Row, Tx
from relay.intake.policy import Policy
from relay.intake.untold import list_late
from relay.intake.watchers import tell_contradicted, tell_watchers
from relay.intake.writing import is_written, tell_shop, truth_of
from relay.model import Fact, Kind, Override, ParcelState, Status, optional_moment, to_text
from relay.store import asks, ledger, orders, outbox
from relay.store.outbox import NewMessage
from relay.tracking import Circumstances, News

EMAIL = "email"


def circumstances(shipment: Row) -> Circumstances:
    return Circumstances(
        known_at=datetime.fromisoformat(shipment["known_at"]),
        ordered_at=_start_of(shipment["ordered_at"]),
        dispatched_at=optional_moment(shipment["dispatched_at"]),
        kind=Kind(shipment["kind"]),
    )


def _start_of(text: str | None) -> datetime | None:
    """An order's date or moment; a bare date counts from its first minute, UTC."""
    if not text:
        return None
    if len(text) == len("2026-03-02"):
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    return datetime.fromisoformat(text)


def recompute_tracks(tx: Tx, policy: Policy, facts: Mapping[str, Sequence[Fact]], now: datetime) -> dict[str, int]:
    """Recompute every shipment that points at a track with these facts; how many messages each track led to."""
    messages = dict.fromkeys(facts, 0)
    for shipment in orders.shipments_on(tx, facts):
        messages[shipment["track_id"]] += recompute(tx, policy, shipment, facts[shipment["track_id"]], now)
    return messages


def recompute(
    tx: Tx, policy: Policy, shipment: Row, facts: Sequence[Fact], now: datetime, *, not_before: datetime | None = None
) -> int:
    """Save what the facts amount to and queue what is news of it; how many messages that made.

    With ``not_before`` nothing is told earlier: a person's correction can be undone first.
    """
    around = circumstances(shipment)
    state = tracking.state_of(facts, around)
    override = _standing_override(tx, shipment, state, now)
    shown = override.status if override else state.status
    settled = _settled(state, override)
    if shipment["tracking_number"]:
        _plan_ask(tx, shipment, settled, now)
    considered, messages = _consider(tx, policy, shipment, state, shown, now, not_before)
    orders.save_state(
        tx,
        shipment,
        settled,
        shown=shown,
        changed_at=to_text(now) if shown != shipment["shown_status"] else shipment["changed_at"],
        override_id=override.override_id if override else None,
        recheck_at=override.until if override else None,
        considered=considered,
    )
    if shown != shipment["shown_status"]:
        tell_watchers(tx, shipment, shown, now)
    if is_written(policy, shipment):
        truth = truth_of(tracking.belonging(facts, around), state, override, policy.locale)
        messages += tell_shop(tx, policy, shipment, truth, now, override=override, not_before=not_before)
    return messages


def _settled(state: ParcelState, override: Override | None) -> ParcelState:
    """A delivery that is held waits no more once a person has said, after it came, how things are."""
    if state.held and override and override.at >= state.held.since:
        return replace(state, held=None)
    return state


def _plan_ask(tx: Tx, shipment: Row, state: ParcelState, now: datetime) -> None:
    """Have the carrier asked sooner: at once about a doubtful delivery, else as its new state wants it."""
    if state.held and not shipment["held_since"]:
        asks.ask_now(tx, shipment["track_id"], now)
    elif shipment["ask_at"] is None or state.status != shipment["status"]:
        asks.ask_by(tx, shipment["track_id"], now + tracking.quiet(state.status))


def _standing_override(tx: Tx, shipment: Row, state: ParcelState, now: datetime) -> Override | None:
    override = ledger.override(tx, shipment["override_id"])
    if override is None:
        return None
    if tracking.contradicts(state, override) and ledger.mark_contradicted(tx, override.override_id, now):
        _audit_override(tx, shipment, override, now, "contradicted", f"the carrier says {state.status}")
        tell_contradicted(tx, shipment, override, state, now)
    because = tracking.ended_because(override, state, now)
    if not because:
        return override
    ledger.end_override(tx, override.override_id, because, now)
    _audit_override(tx, shipment, override, now, "ended", because)
    return None


def _audit_override(tx: Tx, shipment: Row, override: Override, now: datetime, outcome: str, detail: str) -> None:
    audit_id = f"{override.override_id}-{outcome}"
    ledger.write_audit(tx, now, "wismo", "override", detail, outcome=outcome, about=shipment, audit_id=audit_id)


# -- news --------------------------------------------------------------------------------------------------------------

Considered = tuple[str | None, str | None, str | None]


def _consider(
    tx: Tx,
    policy: Policy,
    shipment: Row,
    state: ParcelState,
    shown: Status,
    now: datetime,
    not_before: datetime | None,
) -> tuple[Considered, int]:
    """What was considered last, and how many messages came of it.

    While an override shows another status, the carrier's news waits: it is considered again when the override ends.
    """
    last: Considered = (shipment["considered_status"], shipment["considered_round"], shipment["considered_fact"])
    news = tracking.news_of(state, policy.zone)
    if news is None or shown != state.status or not tracking.is_new(news, *last):
        return last, 0
    told = _tell(tx, policy, shipment, news, now, not_before)
    return (news.status.value, news.round, news.fact_id), told


def _tell(tx: Tx, policy: Policy, shipment: Row, news: News, now: datetime, not_before: datetime | None) -> int:
    if not _is_mailed(policy, shipment, news.status):
        return 0
    baseline = max(filter(None, (shipment["baseline"], shipment["announce_from"])), default=None)
    untold = tracking.untold_because(news, optional_moment(baseline), now)
    if untold == "late":
        list_late(tx, shipment, news, now)
    return 0 if untold else tell(tx, policy, shipment, news, now, not_before=not_before)


def _is_mailed(policy: Policy, shipment: Row, status: Status) -> bool:
    return status in policy.mail_statuses and has_reader(policy, shipment)


def has_reader(policy: Policy, shipment: Row) -> bool:
    """Whether there is a customer whom we may tell about this parcel."""
    is_ours = policy.mails_customers and shipment["is_mailed"]
    return bool(is_ours and shipment["email"] and shipment["kind"] == Kind.OUTBOUND)


def tell(
    tx: Tx,
    policy: Policy,
    shipment: Row,
    news: News,
    now: datetime,
    *,
    override_id: str | None = None,
    not_before: datetime | None = None,
) -> int:
    """Queue the customer's mail about ``news``, once per status and round, in the place of what still waits."""
    message = _mail(shipment, news.slot, news.round)
    due_at = max(_due_at(tx, policy, shipment, now), not_before or now)
    if not outbox.enqueue(tx, message, due_at=due_at, now=now, override_id=override_id):
        return 0
    outbox.supersede_waiting(tx, shipment["shipment_id"], EMAIL, message.message_id, now)
    if tracking.passed_over(news):
        first_movement = _mail(shipment, Status.IN_TRANSIT, news.round.partition("/")[0])
        outbox.add_passed_over(tx, first_movement, now, superseded_by=message.message_id)
    return 1


def _mail(shipment: Row, status: Status, rounds: str) -> NewMessage:
    message_id = tracking.message_id(shipment["shipment_id"], EMAIL, status, rounds)
    return NewMessage(message_id, shipment, EMAIL, status, rounds)


def _due_at(tx: Tx, policy: Policy, shipment: Row, now: datetime) -> datetime:
    messages = [row for row in outbox.messages_of(tx, shipment["shipment_id"]) if row["channel"] == EMAIL]
    last_sent_at = max((row["sent_at"] for row in messages if row["sent_at"]), default=None)
    is_group = orders.has_siblings(tx, shipment["shop"], shipment["group_id"])
    waiting = outbox.waiting_of_group(tx, shipment["shop"], shipment["group_id"], EMAIL) if is_group else None
    return tracking.mail_due_at(
        now,
        optional_moment(last_sent_at),
        policy.mail_gap,
        group_due_at=optional_moment(waiting),
        is_group=is_group,
    )
