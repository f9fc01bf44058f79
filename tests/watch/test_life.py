"""The life of an incident: what is said of it, when it is quiet, what came of it. On either engine."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from relay.database import Database, Row, Tx
from relay.desk import Desk, incident_news
from relay.desk.consequences import Consequences, consequences_of
from relay.desk.health import health
from relay.desk.incidents import accept, give_back, hands_of, look_up, snooze, take, wake
from relay.errors import BadInput, NotFound
from relay.model import Status, optional_text
from relay.settings import Settings
from relay.store import incidents, outbox
from tests.bot.test_incident_words import opened
from tests.conftest import NOON
from tests.intake.steps import POLICY, add_order, shipment

DOCS = Path(__file__).parents[2] / "docs" / "operations.md"
#: What `wismo health` says without an incident, because it has no database to keep one in.
NO_INCIDENTS = {"no_database", "unmigrated"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, Settings(slack_channel="C1"), POLICY)


def begin(desk: Desk, kind: str = "backup", subject: str = "backup") -> str:
    return desk.database.write(
        lambda tx: incidents.open_incident(tx, kind=kind, subject=subject, title="Odd", remedy="Look", now=NOON)
    )


def end(desk: Desk, kind: str = "backup", subject: str = "backup", after: timedelta = HOUR) -> None:
    desk.database.write(lambda tx: incidents.close_incident(tx, kind, subject, NOON + after))


def tell(desk: Desk, after: timedelta = timedelta(0)) -> int:
    return desk.database.write(lambda tx: incident_news.tell_due(tx, NOON + after))


def told(desk: Desk) -> list[str]:
    """What Slack is to be told about."""
    with desk.database.read() as tx:
        return sorted(row["subject"].partition("/")[0] for row in outbox.listed(tx, None, 99))


def row_of(desk: Desk, incident_id: str) -> Row:
    with desk.database.read() as tx:
        found = incidents.incident(tx, incident_id)
    assert found
    return found


def audit(desk: Desk) -> list[tuple[str, str, str]]:
    with desk.database.read() as tx:
        rows = tx.rows("SELECT actor, action, outcome FROM audit")
    return sorted((row["actor"], row["action"], row["outcome"]) for row in rows)


# -- who looks after it ------------------------------------------------------------------------------------------------


def test_the_first_who_takes_it_has_it_until_they_give_it_back(desk: Desk) -> None:
    found = begin(desk)
    assert take(desk, found, "ana", NOON).owner == "ana"
    assert take(desk, found, "bia", NOON).owner == "ana"
    assert give_back(desk, found, "bia", "bia", NOON).owner == "ana"
    assert give_back(desk, found, "ana", "bia", NOON).owner == ""
    assert audit(desk) == [
        ("ana", "take", "done"),
        ("bia", "give back", "done"),
        ("bia", "give back", "refused"),
        ("bia", "take", "refused"),
    ]


def test_what_is_over_is_left_as_it_is_and_nothing_is_audited(desk: Desk) -> None:
    found = begin(desk)
    end(desk)
    for done in (take, accept, wake):
        assert done(desk, found, "ana", NOON + DAY).closed_at == NOON + HOUR
    assert snooze(desk, found, NOON + 2 * DAY, "ana", NOON + DAY).snoozed_until is None
    assert (row_of(desk, found)["owner"], audit(desk)) == (None, [])


def test_one_that_is_not_known_is_named(desk: Desk) -> None:
    with pytest.raises(NotFound, match="gone"):
        take(desk, "gone", "ana", NOON)
    with pytest.raises(NotFound):
        look_up(desk, "gone")


@pytest.mark.parametrize("until", [NOON, NOON - HOUR, NOON + 32 * DAY])
def test_it_is_put_off_to_a_moment_that_is_to_come_and_not_for_ever(desk: Desk, until: datetime) -> None:
    with pytest.raises(BadInput, match="until"):
        snooze(desk, begin(desk), until, "ana", NOON)


def test_it_stays_open_and_a_broken_promise_however_quiet_it_is(desk: Desk) -> None:
    found = begin(desk)
    accept(desk, found, "ana", NOON)
    snooze(desk, found, NOON + DAY, "bia", NOON)
    assert any(reason == "Odd" for reason in health(desk, NOON).reasons)
    (shown,) = [row for row in listed(desk) if row["incident_id"] == found]
    assert (shown["known_by"], shown["snoozed_by"]) == ("ana", "bia")
    assert hands_of(row_of(desk, found)).known_by == "ana"
    assert wake(desk, found, "ana", NOON).known_by == ""


def listed(desk: Desk) -> list[dict[str, object]]:
    found = health(desk, NOON).detail["incidents"]
    assert isinstance(found, list)
    return found


# -- what Slack is told ------------------------------------------------------------------------------------------------


def test_it_is_told_when_it_opens_when_somebody_does_something_and_when_it_is_over(desk: Desk) -> None:
    found = begin(desk)
    assert [tell(desk), tell(desk)] == [1, 0]
    take(desk, found, "ana", NOON)
    assert tell(desk) == 0  # it was told at once
    end(desk)
    assert [tell(desk, HOUR), tell(desk, HOUR)] == [1, 0]
    assert row_of(desk, found)["posts"] == 2


def test_its_end_is_told_in_its_thread_where_it_has_one(desk: Desk) -> None:
    found = begin(desk)
    tell(desk)
    desk.database.write(lambda tx: incidents.remember(tx, found, "C1/1.2"))
    end(desk)
    tell(desk, HOUR)
    assert (told(desk), row_of(desk, found)["posts"]) == (["incident", "over"], 3)


def test_a_snooze_that_is_over_is_shown_and_asks_again(desk: Desk) -> None:
    found = begin(desk)
    tell(desk)
    snooze(desk, found, NOON + HOUR, "ana", NOON)
    assert [tell(desk, HOUR / 2), tell(desk, HOUR), tell(desk, 2 * HOUR)] == [0, 1, 0]


def test_a_part_is_not_told_until_what_it_is_part_of_is_over(desk: Desk) -> None:
    storm, part = begin(desk, "outside_down", "network"), begin(desk)
    desk.database.write(lambda tx: incidents.make_part(tx, part, storm))
    assert tell(desk) == 1
    end(desk, "outside_down", "network")
    assert row_of(desk, part)["part_of"] is None
    assert tell(desk, HOUR) == 2
    assert row_of(desk, part)["told"]


def test_a_part_that_ends_with_the_whole_is_never_told(desk: Desk) -> None:
    storm, part = begin(desk, "outside_down", "network"), begin(desk)
    desk.database.write(lambda tx: incidents.make_part(tx, part, storm))
    tell(desk)
    end(desk)
    end(desk, "outside_down", "network")
    tell(desk, HOUR)
    assert row_of(desk, part)["told"] is None
    with desk.database.read() as tx:
        assert [row["incident_id"] for row in incidents.parts_of(tx, storm)] == [part]


def test_no_incident_is_part_of_itself_or_of_two(desk: Desk) -> None:
    one, other, third = begin(desk), begin(desk, "disk", "a"), begin(desk, "disk", "b")
    for of in (one, other, third):
        desk.database.write(lambda tx, of=of: incidents.make_part(tx, one, of))  # type: ignore[misc]  # a default binds it
    assert row_of(desk, one)["part_of"] == other


# -- what it means for customers ---------------------------------------------------------------------------------------


def means(desk: Desk, incident_id: str, after: timedelta = HOUR) -> Consequences:
    row = row_of(desk, incident_id)
    with desk.database.read() as tx:
        return consequences_of(tx, row, NOON + after)


def test_a_carrier_that_is_not_asked_is_told_with_its_open_parcels(desk: Desk) -> None:
    for order_id in ("1001", "1002"):
        add_order(desk.database, POLICY, order_id, number=f"1Z999AA1012345678{order_id[-1]}")
    found = begin(desk, "ask_failing", "ups")
    assert means(desk, found).with_carrier == 2
    end(desk, "ask_failing", "ups")
    assert means(desk, found) == Consequences()


def test_mails_that_wait_are_counted_and_when_it_is_over_those_that_left_late(desk: Desk) -> None:
    for order_id in ("1001", "1002", "1003"):
        add_order(desk.database, POLICY, order_id, number=f"1Z999AA1012345678{order_id[-1]}")
        mail(desk, order_id)
    found = begin(desk, "channel_down", "email")
    assert means(desk, found).waiting == 3
    settle(desk, "1001", "sent", NOON + HOUR / 2)  # it left before the end
    settle(desk, "1002", "dead")
    end(desk, "channel_down", "email")
    settle(desk, "1003", "sent", NOON + HOUR)
    assert means(desk, found, DAY) == Consequences(waiting=1, not_told=1)


def mail(desk: Desk, order_id: str) -> None:
    """A mail that is due some minutes after noon."""
    row = shipment(desk.database, order_id)
    message = outbox.NewMessage(order_id, row, "email", Status("in_transit"), "")
    due = NOON + timedelta(minutes=5)
    desk.database.write(lambda tx: outbox.enqueue(tx, message, due_at=due, now=NOON))


def settle(desk: Desk, message_id: str, state: str, at: datetime | None = None) -> None:
    def work(tx: Tx) -> None:
        sql = "UPDATE outbox SET state = :state, sent_at = :at WHERE message_id = :id RETURNING message_id"
        tx.rows(sql, state=state, at=optional_text(at), id=message_id)

    desk.database.write(work)


def test_parcels_behind_it_are_counted_once_each_and_messages_to_the_team_are_none(desk: Desk) -> None:
    add_order(desk.database, POLICY)
    found, row = begin(desk), shipment(desk.database)
    for detail in ("one", "two"):
        desk.database.write(lambda tx, detail=detail: incidents.add_to_incident(tx, found, row, detail))  # type: ignore[misc]  # a default binds it
    nobody = {"shop": "default", "order_id": "", "shipment_id": ""}
    desk.database.write(lambda tx: incidents.add_to_incident(tx, found, nobody, "three"))
    assert means(desk, found).parcels == 1


# -- where one reads on ------------------------------------------------------------------------------------------------


def sections() -> dict[str, str]:
    """Of the guide's part on incidents: the kinds, and what is said of each."""
    _, _, part = DOCS.read_text().partition("\n## Incidents\n")
    part = part.partition("\n## ")[0]
    return dict(re.findall(r"^### ([a-z_]+)\n(.*?)(?=^### |\Z)", part, re.MULTILINE | re.DOTALL))


def test_every_kind_has_its_section_and_every_section_its_kind() -> None:
    assert sorted(sections()) == sorted(opened().keys() - NO_INCIDENTS)


def test_sections_stand_in_the_order_of_their_names_and_say_what_happens_what_to_do_and_when_it_ends() -> None:
    assert list(sections()) == sorted(sections())
    lacking = {kind for kind, text in sections().items() if not re.search(r"Meanwhile.*To do.*Ends", text, re.DOTALL)}
    assert lacking == set()
