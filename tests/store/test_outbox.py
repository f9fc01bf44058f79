"""Messages: claimed once, told once, and what became of each is written down for the one that was sent."""

import threading
from datetime import datetime

from relay.database import Database, Row
from relay.intake import Policy
from relay.model import OutboxMessage
from relay.store import outbox
from tests.conftest import NOON, fact
from tests.intake.steps import add_order, later, told


def mails(database: Database, policy: Policy, many: int, *, group: bool = False) -> None:
    """So many mails that are due at noon, or half an hour later where they wait for each other."""
    for number in range(many):
        add_order(database, policy, f"o{number}", number=f"N{number}", group_id="g" if group else None)
    for number in range(many):
        told(database, policy, fact("in_transit"), number=f"N{number}")


def claim(database: Database, at: float, lease: float = 1) -> OutboxMessage | None:
    return database.write(lambda tx: outbox.claim_lead(tx, "email", later(at), later(at + lease)))


def row_of(database: Database, message: OutboxMessage) -> Row:
    with database.read() as tx:
        return next(row for row in outbox.listed(tx, None, 99) if row["message_id"] == message.message_id)


def test_of_several_senders_each_message_has_one(database: Database, policy: Policy) -> None:
    mails(database, policy, 24)
    claimed: list[str] = []

    def send() -> None:
        while message := claim(database, 1):
            claimed.append(message.message_id)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while message := claim(database, 1):  # on PostgreSQL two that meet on one message may both go away
        claimed.append(message.message_id)
    assert len(claimed) == len(set(claimed)) == 24


def test_a_claim_comes_back_when_its_lease_is_over_and_counts_as_a_try(database: Database, policy: Policy) -> None:
    mails(database, policy, 1)
    tries = [(message.attempts if message else None) for message in (claim(database, at) for at in (0, 0.5, 1, 1.5))]
    assert tries == [1, None, 2, None]


def test_nothing_is_claimed_before_it_is_due_and_the_oldest_first(database: Database, policy: Policy) -> None:
    for order_id, hours in (("late", 2), ("early", 1)):
        add_order(database, policy, order_id, number=order_id)
        told(database, policy, fact("in_transit"), number=order_id, at=hours)
    claimed = [claim(database, at, lease=99) for at in (0.9, 2, 2, 2)]
    assert [message and message.order_id for message in claimed] == [None, "early", "late", None]


def test_a_groups_messages_leave_together_and_no_others(database: Database, policy: Policy) -> None:
    mails(database, policy, 3, group=True)
    add_order(database, policy, "alone", number="alone")
    told(database, policy, fact("in_transit"), number="alone", at=0.5)
    lead = claim(database, 0.5)
    assert lead is not None
    others = database.write(lambda tx: outbox.claim_companions(tx, lead, "g", later(0.5), later(1)))
    assert {lead.order_id, *(one.order_id for one in others)} == {"o0", "o1", "o2"}
    assert [one.attempts for one in (lead, *others)] == [1, 1, 1]
    alone = claim(database, 0.5)
    assert (alone and alone.order_id, claim(database, 0.5)) == ("alone", None)


def test_what_became_of_a_message_is_written_only_for_the_one_that_was_claimed(
    database: Database, policy: Policy
) -> None:
    mails(database, policy, 1)
    message = claim(database, 0)
    assert message is not None
    database.write(lambda tx: outbox.retry(tx, message.message_id, NOON))  # by hand, while it is on its way
    database.write(lambda tx: outbox.settle(tx, message, "sent", sent_at=NOON))
    assert row_of(database, message)["state"] == "due"
    again = claim(database, 0)
    assert again is not None
    database.write(lambda tx: outbox.settle(tx, again, "sent", sent_at=NOON, receipt="250"))
    row = row_of(database, message)
    assert (row["state"], row["receipt"], row["sent_at"]) == ("sent", "250", "2026-03-02T12:00:00.000+00:00")
    assert not database.write(lambda tx: outbox.retry(tx, message.message_id, NOON))


def test_a_fault_of_the_channel_costs_no_try_and_one_of_the_message_does(database: Database, policy: Policy) -> None:
    mails(database, policy, 1)
    attempts = []
    for hours, count_try in ((0, False), (1, True), (2, False)):
        message = claim(database, hours)
        assert message is not None
        database.write(
            lambda tx, of=message, at=hours + 1, costs=count_try: outbox.put_back(  # type: ignore[misc]  # defaults bind them
                tx, of, later(at), "refused", count_try=costs
            )
        )
        attempts.append(row_of(database, message)["attempts"])
    assert attempts == [0, 1, 1]


def test_what_is_put_back_or_dropped_leaves_the_others_alone(database: Database, policy: Policy) -> None:
    mails(database, policy, 3)
    first, second = claim(database, 0), claim(database, 0)
    assert first is not None
    assert second is not None
    database.write(lambda tx: outbox.put_back(tx, first, later(5), "refused", count_try=True))
    database.write(lambda tx: outbox.drop(tx, second.message_id))
    with database.read() as tx:
        assert outbox.count_by_state(tx) == {"due": 2, "superseded": 1}
    third = claim(database, 0)
    assert third is not None
    assert third.message_id not in {first.message_id, second.message_id}
    assert claim(database, 4) is not None  # the third one again, whose lease is over
    assert claim(database, 4) is None


def test_what_was_dropped_counts_as_told(database: Database, policy: Policy) -> None:
    mails(database, policy, 1)
    message = claim(database, 0)
    assert message is not None
    assert database.write(lambda tx: outbox.drop(tx, message.message_id))
    told(database, policy, fact("in_transit", 1), number="N0", at=1)
    told(database, policy, fact("exception", 2), fact("in_transit", 3), number="N0", at=3)
    assert (row_of(database, message)["state"], claim(database, 9)) == ("superseded", None)


def test_what_is_shelved_is_no_longer_due(database: Database, policy: Policy) -> None:
    mails(database, policy, 2)
    assert database.write(lambda tx: outbox.shelve(tx, ["shop"], "shadow")) == 0
    assert database.write(lambda tx: outbox.shelve(tx, ["email", "shop"], "shadow")) == 2
    with database.read() as tx:
        assert outbox.count_by_state(tx) == {"shadow": 2}
        assert outbox.next_due_at(tx, "email") is None
    assert claim(database, 9) is None


def test_the_next_look_is_when_something_is_due_and_free(database: Database, policy: Policy) -> None:
    mails(database, policy, 1)

    def next_look() -> datetime | None:
        with database.read() as tx:
            due_at = outbox.next_due_at(tx, "email")
        return datetime.fromisoformat(due_at) if due_at else None

    looks = [next_look()]
    claim(database, 0, lease=2)
    assert [*looks, next_look()] == [NOON, later(2)]


def test_a_channel_is_paused_by_the_first_and_probed_by_one_at_a_time(database: Database) -> None:
    for by in ("ana", "bo"):
        database.write(lambda tx, by=by: outbox.pause(tx, "email", by, NOON))  # type: ignore[misc]  # a default binds it
    with database.read() as tx:
        assert outbox.channel(tx, "email")["paused_by"] == "ana"
    assert [database.write(lambda tx: outbox.resume(tx, "email")) for _ in range(2)] == [True, False]
    database.write(lambda tx: outbox.pause(tx, "email", "eva", NOON))
    with database.read() as tx:
        assert outbox.channel(tx, "email")["paused_by"] == "eva"
    database.write(lambda tx: outbox.mark_down(tx, "email", "refused", NOON, later(1)))
    probes = [
        database.write(lambda tx, at=at: outbox.take_probe(tx, "email", later(at), later(at + 1)))  # type: ignore[misc]  # a default binds it
        for at in (0.5, 1, 1, 2)
    ]
    database.write(lambda tx: outbox.mark_up(tx, "email"))
    with database.read() as tx:
        row = outbox.channel(tx, "email")
    assert (probes, row["down_since"], row["probe_at"]) == ([False, True, False, True], None, None)
