"""Answers go with the person they are about, also those whose text does not name the parcel that was asked about."""

import pytest

from relay.database import Database
from relay.desk import keeping
from relay.intake import Policy
from relay.intake.answers import record_answer
from relay.model import Action, Answer, Outcome, Reading, Wanted
from relay.store import asks
from tests.intake import steps
from tests.retention.steps import day, desk_of, everything

NUMBER = "1Z0000000000000001"
UNREAD = Reading(Action.UNREADABLE, reason="KeyError('Ana')")
NOTHING = Reading(Action.IGNORE, outcome=Outcome.SERVER_ERROR, reason="HTTP 503")


@pytest.mark.parametrize(("body", "reading"), [(b"Ana signed", UNREAD), (b"<html>", UNREAD), (b"", NOTHING)])
def test_forgetting_erases_what_was_answered_and_what_was_asked(
    database: Database, policy: Policy, body: bytes, reading: Reading
) -> None:
    desk = desk_of(database, policy)
    steps.add_order(database, policy, number=NUMBER)
    steps.add_order(database, policy, "1002", number="1Z0000000000000002")
    for number in (NUMBER, "1Z0000000000000002"):
        answer = Answer(200, body, day(1), {}, [Wanted("ups", number, f"reference of {number}")])
        record_answer(database, policy, "ups", answer, reading)
    keeping.forget(desk, "1001", "a test", day(2))
    with database.read() as tx:
        kept = [asks.answer(tx, key) for key in asks.answer_ids(tx, unread=False, slug=None, since=None)]
    assert [row["asked"].count("1Z0000000000000002") for row in kept if row] == [2]
    assert f"reference of {NUMBER}" not in everything(database)
