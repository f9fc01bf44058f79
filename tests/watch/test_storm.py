"""Many far sides that are lost at once are one incident, which speaks for theirs. On either engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import pytest

from relay.database import Database, Row, Tx
from relay.desk import Desk, incident_news
from relay.intake import Policy
from relay.settings import Settings
from relay.store import incidents
from relay.store.incidents import Figures
from relay.watch.alarms import Check, Rounds
from relay.watch.storm import SUBJECT, storms
from tests.conftest import NOON

KIND = "outside_down"
SILENT: Figures = {"unreachable": 1}
#: How each far side's own incident says that it said nothing at all.
LOST: Mapping[str, tuple[str, str, Figures]] = {
    "UPS": ("ask_failing", "ups", {"carrier": "UPS", "failure": "unreachable"}),
    "DHL": ("ask_failing", "dhl-unified", {"carrier": "DHL", "failure": "timeout"}),
    "mail": ("channel_down", "email", SILENT),
    "alerts": ("channel_down", "alert", SILENT),
    "Slack": ("channel_down", "slack", SILENT),
    "shop": ("shop_down", "orders", SILENT),
    "heartbeat": ("heartbeat_down", "heartbeat", {"fault": "ConnectError"}),
}


@dataclass
class Outside:
    database: Database
    policy: Policy
    minutes: float = 0
    rounds: Rounds = field(default_factory=lambda: Rounds([Check(KIND, timedelta(0), storms)]))

    def lose(self, *names: str, **other_figures: str | int) -> None:
        for name in names:
            kind, subject, figures = LOST[name]
            self._open(kind, subject, {**figures, **other_figures})

    def _open(self, kind: str, subject: str, figures: Figures) -> None:
        now, title = NOON + timedelta(minutes=self.minutes), f"{subject} is lost"
        self.database.write(
            lambda tx: incidents.open_incident(
                tx,
                kind=kind,
                subject=subject,
                title=title,
                remedy="",
                figures=dict(figures),
                now=now,
            )
        )

    def find(self, *names: str) -> None:
        for name in names:
            self.database.write(partial(self._close, name=name))

    def _close(self, tx: Tx, name: str) -> None:
        kind, subject, _ = LOST[name]
        incidents.close_incident(tx, kind, subject, NOON + timedelta(minutes=self.minutes))

    def pass_by(self, minutes: float) -> None:
        self.minutes += minutes

    def look(self) -> Row | None:
        """What is open after the next look."""
        now = NOON + timedelta(minutes=self.minutes)
        self.rounds.look(Desk(self.database, Settings(slack_channel="C1"), self.policy), now)
        with self.database.read() as tx:
            found = incidents.open_of(tx, KIND)
        return found[0] if found else None

    def told(self) -> list[str]:
        """What Slack is to be told of now, by subject; and it has been."""
        now = NOON + timedelta(minutes=self.minutes)
        with self.database.read() as tx:
            due = sorted(one.row["subject"] for one in incident_news.due(tx, now))
        self.database.write(lambda tx: incident_news.tell_due(tx, now))
        return due


@pytest.fixture
def outside(database: Database, policy: Policy) -> Outside:
    return Outside(database, policy)


def test_three_that_are_lost_at_once_are_one_which_names_them_and_alone_is_told(outside: Outside) -> None:
    for name in ("UPS", "mail", "shop"):
        outside.lose(name)
        outside.pass_by(1)
    row = outside.look()
    assert row is not None
    assert row["subject"] == SUBJECT
    assert row["title"] == "Nothing outside answers: 3 far sides since 12:00 UTC (UPS, mail server, shop)"
    assert row["parts"] == 3
    assert outside.told() == [SUBJECT]


@pytest.mark.parametrize("names", [("UPS", "mail"), ("mail", "alerts", "shop"), ("UPS", "DHL")])
def test_two_far_sides_or_one_in_two_ways_are_none(outside: Outside, names: tuple[str, ...]) -> None:
    outside.lose(*names)
    assert outside.look() is None
    assert len(outside.told()) == len(names)


def test_who_refuses_or_fails_was_there(outside: Outside) -> None:
    outside.lose("mail", "shop", unreachable=0)
    outside.lose("UPS", failure="server_error")
    outside.lose("heartbeat", fault="HTTP 500")
    assert outside.look() is None


def test_what_comes_later_joins_it_and_is_not_told(outside: Outside) -> None:
    outside.lose("UPS", "mail", "shop")
    outside.look()
    outside.told()
    outside.pass_by(30)
    outside.lose("DHL", "Slack")
    row = outside.look()
    assert row is not None
    assert row["parts"] == 5
    assert outside.told() == []


def test_what_was_lost_long_before_has_a_cause_of_its_own(outside: Outside) -> None:
    outside.lose("Slack")
    outside.pass_by(60)
    outside.lose("UPS", "mail", "shop")
    row = outside.look()
    assert row is not None
    assert row["parts"] == 3
    assert outside.told() == [SUBJECT, "slack"]


def test_it_ends_when_they_are_back_for_some_minutes_and_who_is_not_speaks_for_itself(outside: Outside) -> None:
    outside.lose("UPS", "mail", "shop")
    outside.look()
    outside.told()
    outside.pass_by(60)
    outside.find("mail", "shop")
    outside.pass_by(14)
    assert outside.look() is not None
    outside.pass_by(1)
    assert outside.look() is None
    assert outside.told() == [SUBJECT, "ups"]


def test_who_flaps_is_part_of_it_all_the_time(outside: Outside) -> None:
    outside.lose("UPS", "mail", "shop")
    outside.look()
    outside.told()
    for _ in range(10):
        outside.pass_by(3)
        outside.find("mail")
        outside.look()
        outside.pass_by(1)
        outside.lose("mail")
        assert outside.look() is not None
        assert outside.told() == []
