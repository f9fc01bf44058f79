"""Who may correct: in doubt nobody; and whoever may not is told who may."""

import pytest

from bot.people import AGAIN, GROUPS_LAST, About, People, Person
from bot.rights import FOREIGN, GUEST, NOBODY, NOT_NAMED, SILENT, judge, may_correct
from bot.values import Reader
from relay.database import Database
from relay.sandbox.slack import AGENT, CORRECTORS, LEAD, STRANGER, PretendSlack
from relay.sandbox.slack import GUEST as VISITOR
from relay.settings import Settings
from tests.bot.conftest import Office, OpenOffice
from tests.conftest import NOON

OURS = Person(frozenset({"T1"}), "en-US", "UTC", is_guest=False, is_stranger=False, is_deleted=False)
GUESTS = Person(frozenset({"T1"}), "en-US", "UTC", is_guest=True, is_stranger=False, is_deleted=False)
LEFT = Person(frozenset({"T1"}), "en-US", "UTC", is_guest=False, is_stranger=False, is_deleted=True)
MET = Person(frozenset({"T1"}), "en-US", "UTC", is_guest=False, is_stranger=True, is_deleted=False)
OTHERS = Person(frozenset({"T2"}), "en-US", "UTC", is_guest=False, is_stranger=False, is_deleted=False)
OF_ORGANISATION = Person(frozenset({"T2", "T1"}), "en-US", "UTC", is_guest=False, is_stranger=False, is_deleted=False)
NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("users", "group", "about", "why"),
    [
        (("U1",), "", About(OURS, "T1", NONE), ""),
        (("U1",), "", About(OF_ORGANISATION, "T1", NONE), ""),
        (("U2",), "S1", About(OURS, "T1", frozenset({"U1"})), ""),
        (("U1",), "S1", About(OURS, "T1", None), ""),
        ((), "", About(OURS, "T1", NONE), NOBODY),
        (("U2",), "", About(OURS, "T1", NONE), NOT_NAMED),
        ((), "S1", About(OURS, "T1", frozenset({"U2"})), NOT_NAMED),
        ((), "S1", About(OURS, "T1", None), SILENT),
        (("U1",), "", About(None, "T1", NONE), SILENT),
        (("U1",), "", About(OURS, None, NONE), SILENT),
        (("U1",), "S1", About(GUESTS, "T1", frozenset({"U1"})), GUEST),
        (("U1",), "S1", About(MET, "T1", frozenset({"U1"})), FOREIGN),
        (("U1",), "S1", About(OTHERS, "T1", frozenset({"U1"})), FOREIGN),
        (("U1",), "S1", About(LEFT, "T1", frozenset({"U1"})), FOREIGN),
    ],
)
def test_who_may_correct(users: tuple[str, ...], group: str, about: About, why: str) -> None:
    settings = Settings(slack_override_users=users, slack_override_group=group)
    right = judge(settings, "U1", about)
    assert (right.allowed, right.why) == (not why, why)


@pytest.fixture
def guarded(open_office: OpenOffice, sqlite: Database) -> Office:
    return open_office(sqlite, slack_override_users="", slack_override_group=CORRECTORS)


@pytest.mark.parametrize(("user", "why"), [(LEAD, ""), (AGENT, NOT_NAMED), (VISITOR, GUEST), (STRANGER, FOREIGN)])
def test_slack_is_asked_who_somebody_is_and_who_is_in_the_group(guarded: Office, user: str, why: str) -> None:
    guarded.slack.workspace.groups[CORRECTORS] = [LEAD, VISITOR, STRANGER]
    assert may_correct(guarded.bot, Reader(user)).why == why


def test_without_slack_nobody_may_and_the_next_day_is_not_waited_for(guarded: Office, slack: PretendSlack) -> None:
    slack.faults.is_down = True
    assert may_correct(guarded.bot, Reader(LEAD)).why == SILENT


def test_slack_is_asked_once_about_a_group_and_again_after_a_while(slack: PretendSlack, guarded: Office) -> None:
    people, client = People(), guarded.bot.client
    for past in (0, 0.5, 1.0):
        assert people.about(client, LEAD, CORRECTORS, NOON + past * GROUPS_LAST).members is not None
    assert len(slack.calls("usergroups.users.list")) == 2


def test_a_failure_is_not_repeated_at_once(slack: PretendSlack, guarded: Office) -> None:
    people, client = People(), guarded.bot.client
    slack.faults.refuse("fatal_error", "users.info", calls=1)
    assert people.about(client, LEAD, "", NOON).person is None
    assert people.about(client, LEAD, "", NOON + AGAIN / 2).person is None
    assert people.about(client, LEAD, "", NOON + AGAIN).person
    assert len(slack.calls("users.info")) == 2


def test_a_refusal_names_the_setting_or_who_has_the_right(open_office: OpenOffice, sqlite: Database) -> None:
    nobody = open_office(sqlite, slack_override_users="")
    answer = nobody.slack.command("/track pause mail")
    assert answer.message
    assert "WISMO_SLACK_OVERRIDE_USERS" in answer.message.words
