"""A correction: its preview is what happens, what was seen is what is corrected, and undo in time costs nothing."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier
from unittest.mock import ANY

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.database import Database, Row, Tx
from relay.desk import Desk, correct, undo
from relay.desk.correct import Preview
from relay.desk.effects import Leaves
from relay.desk.find import ById
from relay.desk.parcels import Change, Parcel, parcel
from relay.desk.undo import Outcome
from relay.desk.wanted import WantedOverride
from relay.errors import BadInput, Changed, NotFound
from relay.intake import Policy, parcels
from relay.model import Status, from_text
from relay.settings import load_settings
from relay.shops.vtex.dialect import VtexDialect
from relay.store import outbox, writes
from tests.conftest import NOON, fact
from tests.intake.conftest import emptied
from tests.intake.steps import a_return, add_order, later, mails, mark_sent, shipment, shown, told

REASON = "the customer confirmed by phone"
SETTABLE = [status for status in Status if status is not Status.UNKNOWN]
WITH_SHOP = {
    "WISMO_VTEX_ACCOUNT": "teststore",
    "WISMO_VTEX_APP_KEY": "key",
    "WISMO_VTEX_APP_TOKEN": "token",
    "WISMO_CUSTOMER_MAIL": "wismo",
}


def desk_on(database: Database, policy: Policy, **given: str) -> Desk:
    writing = replace(policy, dialect=VtexDialect(policy.zone), writes_shop=True)
    return Desk(database, load_settings(WITH_SHOP | given, None), writing)


@pytest.fixture
def desk(sqlite: Database, policy: Policy) -> Desk:
    return desk_on(sqlite, policy)


@pytest.fixture
def both(either: Database, policy: Policy) -> Desk:
    return desk_on(either, policy)


def wanted(status: str = "delivered", **more: object) -> WantedOverride:
    given: dict[str, object] = {"status": status, "reason": REASON, "by": "U0ANA"}
    return WantedOverride(**(given | more))  # type: ignore[arg-type]  # a dict of the dataclass's own fields


def seen(desk: Desk) -> Parcel:
    return parcel(desk, shipment(desk.database)["shipment_id"])


def set_(desk: Desk, want: WantedOverride, at: float = 1) -> Preview:
    return correct.override(desk, ById(seen(desk).shipment_id), want, None, later(at))


def known_to_the_shop(desk: Desk) -> None:
    row = shipment(desk.database)
    desk.database.write(lambda tx: writes.show(tx, row["shipment_id"], "{}", NOON))


def everything(database: Database) -> Mapping[str, list[Row]]:
    """All that a correction could touch."""
    tables = ("shipments", "tracks", "overrides", "outbox", "audit", "incidents")
    with database.read() as tx:
        return {table: tx.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables}  # noqa: S608 - our own names


def due(database: Database) -> list[tuple[str, str, str, str]]:
    shipment_id = shipment(database)["shipment_id"]
    with database.read() as tx:
        rows = outbox.messages_of(tx, shipment_id)
    return [
        (row["channel"], row["status"], row["due_at"], str(row["revision"])) for row in rows if row["state"] == "due"
    ]


def audit(desk: Desk) -> list[tuple[str, str, str]]:
    with desk.database.read() as tx:
        rows = tx.rows("SELECT action, outcome, detail FROM audit ORDER BY at, audit_id")
    return [(row["action"], row["outcome"], row["detail"]) for row in rows]


# -- the preview -------------------------------------------------------------------------------------------------------


def test_a_preview_leaves_nothing_behind(both: Desk) -> None:
    add_order(both.database, both.policy)
    known_to_the_shop(both)
    told(both.database, both.policy, fact("in_transit"))
    before = everything(both.database)
    want = wanted(tell=True, write_shop=True)
    assert correct.preview(both, "1001", want, None, later(1)).tells == "the customer, by e-mail"
    assert everything(both.database) == before


def test_a_preview_needs_no_reason_while_the_form_is_being_filled(desk: Desk) -> None:
    add_order(desk.database, desk.policy)
    assert correct.outlook(desk, "1001", wanted(reason=""), None, NOON).after is Status.DELIVERED
    with pytest.raises(BadInput, match="reason"):
        correct.preview(desk, "1001", wanted(reason=""), None, NOON)


PASTS = ("nothing", "moving", "delivered", "held", "told", "overridden", "overridden_and_written")


def live_through(desk: Desk, past: str) -> None:
    """One of the states in which a correction may find a parcel, an hour after noon."""
    database, policy = desk.database, desk.policy
    if past == "held":
        told(database, policy, fact("delivered"))
    elif past != "nothing":
        told(database, policy, fact("in_transit"))
    if past == "delivered":
        told(database, policy, fact("delivered", 0.5), at=0.5)
    if past == "told":
        mark_sent(database)
    if past.startswith("overridden"):
        is_written = past.endswith("written")
        set_(desk, wanted("exception", tell=True, write_shop=is_written, until="lifted"), at=0.5)
        told(database, policy, fact("out_for_delivery", 0.7), at=0.7)


@given(
    past=st.sampled_from(PASTS),
    status=st.sampled_from(SETTABLE),
    until=st.sampled_from(["carrier", "lifted", "2026-03-05"]),
    tell=st.booleans(),
    write_shop=st.booleans(),
    customer=st.sampled_from(["mail", "no_mail", "return"]),
    in_shop=st.booleans(),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_preview_says_is_what_happens(
    sqlite: Database,
    policy: Policy,
    past: str,
    status: Status,
    until: str,
    tell: bool,
    write_shop: bool,
    customer: str,
    in_shop: bool,
) -> None:
    desk = desk_on(emptied(sqlite), policy)
    if customer == "return":
        add_order(sqlite, desk.policy, parcel=a_return())
    else:
        add_order(sqlite, desk.policy, email="ana@example.com" if customer == "mail" else None)
    if in_shop:
        known_to_the_shop(desk)
    live_through(desk, past)
    want = wanted(status.value, until=until, tell=tell, write_shop=write_shop, key="view")
    said = correct.preview(desk, "1001", want, None, later(1))
    before = due(sqlite)
    correct.override(desk, "1001", want, None, later(1))
    made = [message for message in due(sqlite) if message not in before]
    assert shown(sqlite) == said.after == status
    for channel, effect in (("email", said.effects.mail), ("shop", said.effects.shop)):
        found = [(message[1], from_text(message[2])) for message in made if message[0] == channel]
        leaves = [(effect.status, effect.at)] if effect.leaves is Leaves.YES else []
        assert found == leaves
    waiting_mails = {message[1] for message in before if message[0] == "email"}
    still = {message[1] for message in due(sqlite) if message[0] == "email"}
    assert said.effects.withdraws == len(waiting_mails - still)


@pytest.mark.parametrize(
    ("why", "email", "parcel_", "tell", "write_shop"),
    [
        ("asked for nothing", "ana@example.com", None, Leaves.NOT_ASKED, Leaves.NOT_ASKED),
        ("no address", None, None, Leaves.NO_ADDRESS, Leaves.NOT_KNOWN_THERE),
        ("a return", "ana@example.com", a_return(), Leaves.IS_RETURN, Leaves.NOT_KNOWN_THERE),
    ],
)
def test_a_preview_says_why_nothing_leaves(
    desk: Desk, why: str, email: str | None, parcel_: parcels.Parcel | None, tell: Leaves, write_shop: Leaves
) -> None:
    add_order(desk.database, desk.policy, parcel=parcel_, email=email)
    is_asked = why != "asked for nothing"
    said = correct.preview(desk, "1001", wanted(tell=is_asked, write_shop=is_asked), None, NOON).effects
    assert (said.mail.leaves, said.shop.leaves) == (tell, write_shop)


def test_a_preview_tells_of_a_customer_who_was_told_and_of_news_that_an_earlier_correction_held_back(
    desk: Desk,
) -> None:
    add_order(desk.database, desk.policy)
    set_(desk, wanted("exception", until="lifted"), at=0.2)
    told(desk.database, desk.policy, fact("out_for_delivery", 0.5), at=0.5)
    said = correct.preview(desk, "1001", wanted("out_for_delivery"), None, later(1))
    assert (said.effects.mail.leaves, said.effects.mail.is_asked) == (Leaves.YES, False)
    assert said.tells == "the customer, by e-mail: out_for_delivery, which waited behind an earlier correction"
    assert said.replaces is not None
    assert said.replaces.status is Status.EXCEPTION
    set_(desk, wanted("out_for_delivery"))
    mark_sent(desk.database)
    again = correct.preview(desk, "1001", wanted("out_for_delivery", tell=True), None, later(2))
    assert (again.effects.mail.leaves, again.tells) == (Leaves.TOLD_ALREADY, "nobody: this was told already")


def test_a_preview_says_that_the_shop_is_told_again_when_a_correction_that_it_knows_ends(desk: Desk) -> None:
    add_order(desk.database, desk.policy)
    known_to_the_shop(desk)
    told(desk.database, desk.policy, fact("in_transit"))
    set_(desk, wanted("exception", write_shop=True), at=0.5)
    said = correct.preview(desk, "1001", wanted("attempted"), None, later(1))
    assert said.writes_shop == "yes: in_transit again, as an earlier correction ends (held back: not live)"


# -- what was seen -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "happens"),
    [
        (Change.STATUS, lambda desk: told(desk.database, desk.policy, fact("attempted", 0.5), at=0.5)),
        (Change.OVERRIDE, lambda desk: set_(desk, wanted("exception"), at=0.5)),
        (
            Change.TRACK,
            lambda desk: correct.edit(desk, "1001", carrier="fedex", number=None, which=None, by="bo", now=later(0.5)),
        ),
        (Change.HELD, lambda desk: told(desk.database, desk.policy, fact("delivered", -9), at=0.5)),
    ],
)
def test_what_changed_since_it_was_seen_is_not_corrected_blindly(
    desk: Desk, change: Change, happens: Callable[[Desk], object]
) -> None:
    add_order(desk.database, desk.policy)
    told(desk.database, desk.policy, fact("in_transit"))
    was = seen(desk)
    happens(desk)
    with pytest.raises(Changed) as caught:
        set_(desk, wanted("delivered", seen=was.seen))
    assert change in caught.value.changes
    assert audit(desk)[-1][:2] == ("override", "refused")
    set_(desk, wanted("delivered", seen=seen(desk).seen))
    assert shown(desk.database) == "delivered"


def test_what_changed_nothing_that_was_seen_is_no_change(desk: Desk) -> None:
    add_order(desk.database, desk.policy)
    was = seen(desk)
    add_order(desk.database, desk.policy, customer_name="Ana", at=0.5)
    assert seen(desk).seen.revision != was.seen.revision
    set_(desk, wanted("delivered", seen=was.seen))
    assert shown(desk.database) == "delivered"


@pytest.mark.parametrize("proof", ["Z999", "z-999", " 1Z999 "])
def test_delivered_takes_the_end_of_the_number_however_it_is_written(desk: Desk, proof: str) -> None:
    add_order(desk.database, desk.policy)
    set_(desk, wanted(proof=proof))
    assert shown(desk.database) == "delivered"


@pytest.mark.parametrize("proof", ["", "Z998", "999", "9"])
def test_delivered_is_refused_with_the_end_of_another_number(desk: Desk, proof: str) -> None:
    add_order(desk.database, desk.policy)
    with pytest.raises(BadInput) as caught:
        set_(desk, wanted(proof=proof))
    assert caught.value.field == "proof"
    assert (shown(desk.database), audit(desk)[-1][:2]) == ("pending", ("override", "refused"))
    set_(desk, wanted("exception", proof=proof))
    assert shown(desk.database) == "exception"


def test_a_parcel_without_a_number_is_known_by_its_invoice(desk: Desk) -> None:
    add_order(desk.database, desk.policy, parcel=parcels.Parcel(package="INV-24382"))
    set_(desk, wanted(proof="4382"))
    assert shown(desk.database) == "delivered"


# -- once --------------------------------------------------------------------------------------------------------------


def test_a_wish_that_comes_twice_is_done_once_and_answered_alike(both: Desk) -> None:
    add_order(both.database, both.policy)
    known_to_the_shop(both)
    told(both.database, both.policy, fact("in_transit", -1))
    want = wanted(key="V1", tell=True, write_shop=True, seen=seen(both).seen)
    first = set_(both, want)
    before = everything(both.database)
    again = set_(both, want, at=1.01)
    assert everything(both.database) == before
    assert (again.override_id, again.effects.mail, again.effects.shop, again.effects_at, again.until) == (
        first.override_id,
        first.effects.mail,
        first.effects.shop,
        first.effects_at,
        first.until,
    )


def test_a_wish_that_comes_many_times_in_one_moment_is_done_once(both: Desk) -> None:
    add_order(both.database, both.policy)
    told(both.database, both.policy, fact("in_transit", -1))
    want, at_once = wanted(key="V1", tell=True, seen=seen(both).seen), Barrier(6)

    def press(_time: int) -> str:
        at_once.wait(10)
        return set_(both, want).override_id

    with ThreadPoolExecutor(6) as pool:
        done = set(pool.map(press, range(6)))
    assert (len(done), audit(both)) == (1, [("override", "done", ANY)])


def test_somebody_who_may_not_leaves_a_trace(desk: Desk) -> None:
    add_order(desk.database, desk.policy)
    correct.refuse(desk, ById(seen(desk).shipment_id), "override", "U0EVE", "no right to correct", NOON)
    assert audit(desk) == [("override", "refused", "no right to correct")]


# -- held --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "after"), [("delivered", "delivered"), ("in_transit", "in_transit")])
def test_a_person_settles_a_delivery_that_is_held(both: Desk, status: str, after: str) -> None:
    add_order(both.database, both.policy)
    told(both.database, both.policy, fact("delivered", 0.5), at=0.5)
    assert seen(both).held == "delivered as the very first scan"
    done = set_(both, wanted(status))
    assert (seen(both).held, shown(both.database)) == (None, after)
    undo.undo(both, done.override_id, "U0ANA", later(1.1))
    assert (seen(both).held, shown(both.database)) == ("delivered as the very first scan", "pending")


def test_a_delivery_that_comes_after_a_persons_word_is_held_all_the_same(desk: Desk) -> None:
    add_order(desk.database, desk.policy)
    set_(desk, wanted("in_transit", until="lifted"), at=0.2)
    told(desk.database, desk.policy, fact("delivered", 0.5), at=0.5)
    assert seen(desk).held == "delivered as the very first scan"


# -- undo --------------------------------------------------------------------------------------------------------------


def test_undo_in_time_costs_nothing_and_says_what_it_withdrew(both: Desk) -> None:
    add_order(both.database, both.policy)
    known_to_the_shop(both)
    told(both.database, both.policy, fact("in_transit", -1))
    mark_sent(both.database)
    done = set_(both, wanted(tell=True, write_shop=True))
    came = undo.undo(both, done.override_id, "U0ANA", later(1.05))
    assert (came.outcome, came.mails_withdrawn, came.writing_withdrawn) == (Outcome.DONE, 1, True)
    assert (came.shown, shown(both.database)) == (Status.IN_TRANSIT, "in_transit")
    assert [mail for mail in mails(both.database) if mail[0] == "delivered"] == [("delivered", "0", "superseded")]


def test_what_has_left_is_not_undone_by_the_way_but_ended_knowingly(desk: Desk) -> None:
    add_order(desk.database, desk.policy)
    done = set_(desk, wanted(tell=True))
    mark_sent(desk.database)
    came = undo.undo(desk, done.override_id, "U0ANA", later(2))
    assert (came.outcome, came.mail_left, shown(desk.database)) == (Outcome.LEFT, True, "delivered")
    assert audit(desk)[-1] == ("undo", "refused", "delivered: something of it has left")
    ended = undo.end(desk, done.override_id, "U0ANA", later(2.1))
    assert (ended.outcome, ended.mail_left, shown(desk.database)) == (Outcome.DONE, True, "pending")


def test_what_is_leaving_at_this_moment_has_left(desk: Desk) -> None:
    add_order(desk.database, desk.policy)
    done = set_(desk, wanted(tell=True))
    desk.database.write(lambda tx: outbox.claim_lead(tx, "email", later(2), later(2.1)))
    assert undo.undo(desk, done.override_id, "U0ANA", later(2)).outcome is Outcome.LEFT


@pytest.mark.parametrize("was_before", [False, True])
def test_the_shop_that_was_told_has_been_told(desk: Desk, was_before: bool) -> None:
    add_order(desk.database, desk.policy)
    known_to_the_shop(desk)
    told(desk.database, desk.policy, fact("in_transit", -1))
    if was_before:
        write_to_the_shop(desk, later(0.5))
    done = set_(desk, wanted(write_shop=True))
    write_to_the_shop(desk, later(1.5))
    came = undo.undo(desk, done.override_id, "U0ANA", later(2))
    assert (came.outcome, came.shop_left) == (Outcome.LEFT, True)


def test_the_shop_that_was_told_of_something_else_before_was_not_told_of_this(desk: Desk) -> None:
    add_order(desk.database, desk.policy)
    known_to_the_shop(desk)
    told(desk.database, desk.policy, fact("in_transit", -1))
    write_to_the_shop(desk, later(0.5))
    done = set_(desk, wanted(write_shop=True))
    assert undo.undo(desk, done.override_id, "U0ANA", later(1.1)).outcome is Outcome.DONE


def write_to_the_shop(desk: Desk, at: datetime) -> None:
    def work(tx: Tx) -> None:
        message = outbox.claim_lead(tx, "shop", at, at + timedelta(minutes=1))
        assert message is not None
        assert outbox.settle(tx, message, "sent", sent_at=at, receipt="reads delivered")

    desk.database.write(work)


def test_undo_of_what_ended_ends_nothing_else(desk: Desk) -> None:
    add_order(desk.database, desk.policy)
    first = set_(desk, wanted("exception"), at=0.5)
    set_(desk, wanted("delivered", by="U0BEA"))
    came = undo.undo(desk, first.override_id, "U0ANA", later(1.1))
    assert (came.outcome, came.ended_because) == (Outcome.ENDED, "replaced by a newer override")
    assert shown(desk.database) == "delivered"


def test_undo_of_what_never_was_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        undo.undo(desk, "nothing", "U0ANA", NOON)


def test_undo_tells_what_leaves_because_of_it(desk: Desk) -> None:
    add_order(desk.database, desk.policy)
    done = set_(desk, wanted("exception", until="lifted"), at=0.2)
    told(desk.database, desk.policy, fact("out_for_delivery", 0.5), at=0.5)
    came = undo.undo(desk, done.override_id, "U0ANA", later(1))
    assert came.follows is not None
    assert (came.follows.mail.leaves, came.follows.mail.status) == (Leaves.YES, Status.OUT_FOR_DELIVERY)


def test_whoever_corrects_is_answered_where_they_did(desk: Desk) -> None:
    add_order(desk.database, desk.policy)
    done = set_(desk, wanted(thread="C1/17.2"))
    with desk.database.read() as tx:
        assert tx.rows("SELECT thread FROM overrides WHERE override_id = :id", id=done.override_id) == [
            {"thread": "C1/17.2"}
        ]
