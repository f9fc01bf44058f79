"""What the shop was just read to show, against what is true."""

from collections.abc import Sequence
from datetime import datetime

from relay import tracking
from relay.database import Row, Tx
from relay.intake.policy import Policy
from relay.intake.state import circumstances
from relay.intake.writing import fingerprint, has_moved, is_written, shop_message_id, truth_of
from relay.model import Kind, MessageState, Status, to_text
from relay.shops import Dialect, Shown, Truth
from relay.shops.drift import ADDS
from relay.shops.shown import to_json
from relay.store import drifts, ledger, outbox, writes
from relay.store import facts as fact_store

#: A message in one of these states was held back or dropped: what it would have said comes with the next news.
HELD_BACK = frozenset({MessageState.SHADOW, MessageState.PAUSED, MessageState.SUPERSEDED})
#: It was never told, was told rightly, or was given up while the shop could not be reached, which it can now.
TOLD_ANEW = frozenset({None, MessageState.SENT, MessageState.DEAD})
#: What a writing met and a reading shows to be over: the order, the invoice, its number are there.
IS_OVER = frozenset({"order_not_found", "invoice_not_found", "no_number"})
#: Nothing that is written again would change these.
FOR_GOOD = frozenset({"finished_in_shop", ADDS})


def judge(tx: Tx, policy: Policy, shipment: Row, shown: Shown, now: datetime, *, page_fault: str | None = None) -> int:
    """Compare, and have the shop told or write down why not; how many messages that made.

    ``page_fault`` is why the shop's customer does not see a delivery that the shop itself has.

    What the shop was rightly told and shows otherwise now, because somebody changed it there, is told again once. What
    a writing found out outlasts a reading: that only sees that something differs, not why.
    """
    writes.show(tx, shipment["shipment_id"], to_json(shown), now)
    if policy.dialect is None or shipment["kind"] != Kind.OUTBOUND:
        return 0
    truth = _truth(tx, policy, shipment)
    found = _differences(tx, policy, policy.dialect, shipment, truth, shown)
    key, known = shop_message_id(shipment["shipment_id"]), drifts.open_drift_of(tx, shipment["shipment_id"])
    if not found:
        writes.want(tx, shipment["shipment_id"], fingerprint(truth))
        _settle(tx, key, shipment, page_fault if truth.status is Status.DELIVERED else None, now)
        return 0
    message = writes.message(tx, key)
    state = MessageState(message["state"]) if message else None
    if found[0] not in FOR_GOOD and is_written(policy, shipment | {"shop_read_at": to_text(now)}):
        if state in TOLD_ANEW or _was_gone(message) or (state is MessageState.DRIFT and _is_over(known, shipment)):
            writes.want(tx, shipment["shipment_id"], fingerprint(truth))
            writes.rearm(tx, key, shipment, truth.status.value, due_at=now, now=now)
            return 1
        if state in {MessageState.DUE, MessageState.DRIFT}:
            if known:
                drifts.see_again(tx, known, now)
            return 0
    drifts.open_drift(tx, shipment, _reason(tx, policy, found[0], state), _detail(truth, shown), now)
    return 0


def _differences(tx: Tx, policy: Policy, dialect: Dialect, shipment: Row, truth: Truth, shown: Shown) -> Sequence[str]:
    """What is there twice cannot be taken back from a shop that only adds, and is known."""
    if not has_moved(truth):
        return ()
    found = dialect.differences(dialect.written(truth), shown)
    if ADDS in found and (policy.shop_adds or writes.is_delta(tx, shipment["shop"])):
        return [reason for reason in found if reason != ADDS]
    return found


def _was_gone(message: Row | None) -> bool:
    """Whether it was withdrawn because the package was not in its order, where it is now."""
    return bool(message and message["state"] == MessageState.SUPERSEDED and message["superseded_by"] is None)


def _is_over(known: Row | None, shipment: Row) -> bool:
    """Whether what the last writing met is no more: the invoice has another number, or what lacked is there."""
    if known is None or known["package"] != shipment["package"]:
        return True
    return known["reason"] in IS_OVER and bool(shipment["shop_number"])


def _settle(tx: Tx, key: str, shipment: Row, page_fault: str | None, now: datetime) -> None:
    """The shop has what is true; whether its customer sees it is another matter."""
    if page_fault:
        drifts.open_drift(tx, shipment, "my_orders_differs", page_fault, now)
        return
    writes.mark_shown(tx, key, now)
    drifts.close_drift(tx, shipment["shipment_id"], now)


def _truth(tx: Tx, policy: Policy, shipment: Row) -> Truth:
    around = circumstances(shipment)
    facts = fact_store.facts_of(tx, shipment["track_id"])
    override = ledger.override(tx, shipment["override_id"])
    return truth_of(tracking.belonging(facts, around), tracking.state_of(facts, around), override, policy.locale)


def _reason(tx: Tx, policy: Policy, found: str, state: MessageState | None) -> str:
    if found in FOR_GOOD:
        return found
    if not policy.writes_shop:
        return "off"
    if state in HELD_BACK or outbox.channel(tx, "shop")["paused_at"]:
        return "not_written"
    return found


def _detail(truth: Truth, shown: Shown) -> str:
    end = "delivered" if shown.is_finished else "on its way"
    return f"the shop shows {end} with {len(shown.events)} lines; true is {truth.status} with {len(truth.events)}"
