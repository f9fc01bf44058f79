"""What a correction makes leave: seen by what it did to the outbox, and not by a second reading of the rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.care import mail_mode, shop_mode
from relay.intake.state import EMAIL, has_reader
from relay.intake.writing import SHOP, is_odd
from relay.model import Kind, Override, Status, from_text
from relay.store import outbox


class Leaves(StrEnum):
    """Whether something leaves, or why not."""

    YES = "yes"
    NOT_ASKED = "not_asked"
    TOLD_ALREADY = "told_already"
    NO_ADDRESS = "no_address"  # of a mail: the order has none
    NOT_OURS = "not_ours"  # of a mail: somebody else mails this customer
    IS_RETURN = "is_return"
    NOT_KNOWN_THERE = "not_known_there"  # to the shop, and so on
    SWITCHED_OFF = "switched_off"
    REFUSED_THERE = "refused_there"  # the shop cannot take this invoice's number, whatever it is told


@dataclass(frozen=True, slots=True)
class Effect:
    """What the customer, or the shop, is told because of a correction."""

    leaves: Leaves
    is_asked: bool = False  #: somebody chose it; else it follows from what ends with this correction
    status: Status | None = None
    at: datetime | None = None  #: not before
    mode: str = "send"  #: ``send``, ``shadow`` or ``paused``, as things stand


@dataclass(frozen=True, slots=True)
class Effects:
    mail: Effect
    shop: Effect
    withdraws: int = 0  #: mails that waited, and do not leave now


Waiting = Mapping[str, Row]


def waiting(tx: Tx, shipment: Row) -> Waiting:
    """What is due to be told of a parcel, by the message's id."""
    return {row["message_id"]: row for row in outbox.messages_of(tx, shipment["shipment_id"]) if row["state"] == "due"}


def others_waiting(tx: Tx, shipment: Row, standing: Override) -> Waiting:
    """The same without what an override in force makes leave."""
    return {
        key: row
        for key, row in waiting(tx, shipment).items()
        if row["override_id"] != standing.override_id and not (row["channel"] == SHOP and standing.write_shop)
    }


def effects(tx: Tx, desk: Desk, shipment: Row, asked: Override | None, before: Waiting) -> Effects:
    """What a correction did, by what waited ``before`` it; ``asked`` is what somebody chose with it."""
    now = waiting(tx, shipment)
    made = [row for key, row in now.items() if not _is_same(before.get(key), row)]
    gone = [row for key, row in before.items() if key not in now and row["channel"] == EMAIL]
    return Effects(_mail(tx, desk, shipment, asked, made), _shop(tx, desk, shipment, asked, made), len(gone))


def _is_same(before: Row | None, now: Row) -> bool:
    keys = ("override_id", "revision", "created_at", "due_at")
    return before is not None and all(before[key] == now[key] for key in keys)


def _mail(tx: Tx, desk: Desk, shipment: Row, asked: Override | None, made: Sequence[Row]) -> Effect:
    is_asked = asked is not None and asked.tell
    for row in made:
        if row["channel"] == EMAIL:
            return _leaving(row, mail_mode(tx, desk.settings), is_asked=row["override_id"] is not None)
    return Effect(_why_no_mail(desk, shipment, is_asked=is_asked), is_asked)


def _why_no_mail(desk: Desk, shipment: Row, *, is_asked: bool) -> Leaves:
    if not is_asked:
        return Leaves.NOT_ASKED
    if shipment["kind"] != Kind.OUTBOUND:
        return Leaves.IS_RETURN
    if not shipment["email"]:
        return Leaves.NO_ADDRESS
    return Leaves.TOLD_ALREADY if has_reader(desk.policy, shipment) else Leaves.NOT_OURS


def _shop(tx: Tx, desk: Desk, shipment: Row, asked: Override | None, made: Sequence[Row]) -> Effect:
    is_asked = asked is not None and asked.write_shop
    for row in made:
        if row["channel"] == SHOP:
            return _leaving(row, shop_mode(tx, desk.settings), is_asked=is_asked)
    return Effect(_why_no_writing(tx, desk, shipment, is_asked=is_asked), is_asked)


def _why_no_writing(tx: Tx, desk: Desk, shipment: Row, *, is_asked: bool) -> Leaves:
    if not is_asked:
        return Leaves.NOT_ASKED
    if shipment["shop_read_at"] is None:
        return Leaves.NOT_KNOWN_THERE
    if not desk.policy.writes_shop:
        return Leaves.SWITCHED_OFF
    if shipment["kind"] != Kind.OUTBOUND:
        return Leaves.IS_RETURN
    return Leaves.REFUSED_THERE if is_odd(tx, shipment) else Leaves.TOLD_ALREADY


def _leaving(row: Row, mode: str, *, is_asked: bool) -> Effect:
    return Effect(Leaves.YES, is_asked, Status(row["status"]), from_text(row["due_at"]), mode)


# -- in words, for a terminal and for scripts --------------------------------------------------------------------------

HELD_BACK = {"shadow": " (held back: not live)", "paused": " (held back: paused)"}
NO_MAIL = {
    Leaves.NOT_ASKED: "nobody (not asked to)",
    Leaves.NO_ADDRESS: "nobody: the order has no e-mail address",
    Leaves.NOT_OURS: "nobody: Wismo does not mail this customer",
    Leaves.IS_RETURN: "nobody: it is a return",
    Leaves.TOLD_ALREADY: "nobody: this was told already",
}
NO_WRITING = {
    Leaves.NOT_ASKED: "no (not asked to)",
    Leaves.NOT_KNOWN_THERE: "no: the shop does not know this parcel",
    Leaves.SWITCHED_OFF: "no: WISMO_VTEX_WRITE=off",
    Leaves.IS_RETURN: "no: it is a return",
    Leaves.REFUSED_THERE: "no: the shop cannot take the number of this invoice",
    Leaves.TOLD_ALREADY: "no: it was told already",
}


def mail_in_words(effect: Effect) -> str:
    if effect.leaves is not Leaves.YES:
        return NO_MAIL[effect.leaves]
    why = "" if effect.is_asked else f": {effect.status}, which waited behind an earlier correction"
    return f"the customer, by e-mail{why}{HELD_BACK.get(effect.mode, '')}"


def shop_in_words(effect: Effect) -> str:
    if effect.leaves is not Leaves.YES:
        return NO_WRITING[effect.leaves]
    when = HELD_BACK.get(effect.mode, "")
    if not effect.is_asked:
        return f"yes: {effect.status} again, as an earlier correction ends{when}"
    if effect.status is Status.DELIVERED:
        return f"yes: delivered, which the shop cannot take back{when}"
    return f"yes: a line of its history says {effect.status}{when}"
