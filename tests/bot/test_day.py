"""A whole day of chat while much goes wrong: each change is told once, each question answered once, nothing is left."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from bot.values import Message
from bot.words.states import STATUSES
from relay.database import Database
from relay.desk.watching import mine
from relay.intake import Policy
from relay.sandbox.slack import LEAD, OPS, SUPPORT, Posted, payloads
from relay.store import incidents
from tests.bot.acts import KIND, PEOPLE, Script, orders, play
from tests.bot.badday import POST, BadDay, open_bad_day
from tests.bot.limits import faults, faults_of_view
from tests.bot.mustbe import Expected

ENDS = " Nothing more is to come: this watch ends here."
NEWS = re.compile(rf"Order (\d+): (.+\))\.({ENDS})?")
CHANGE = re.compile(r"(.+) \(before: (.+)\)")
STATUS_OF = {word: status.value for status, word in STATUSES.items()}
POSTS = {POST, "chat.update", "chat.postEphemeral", "response_url"}
FAILURES = {"", "ratelimited", "internal_error", "fatal_error", "invalid_blocks"}
VIEWS = {"views.open", "views.push", "views.update", "views.publish"}


@dataclass(frozen=True)
class Sort:
    """Of a day: how Slack reaches us, and by which dice."""

    through_socket: bool
    acts: int
    seed: int

    def __str__(self) -> str:
        return f"{'socket' if self.through_socket else 'http'}-{self.seed}"


@pytest.mark.parametrize("sort", [Sort(False, 150, 2), Sort(True, 90, 3)], ids=str)
def test_each_change_is_told_once_each_question_answered_once_and_nothing_is_left(
    sqlite: Database, policy: Policy, sort: Sort
) -> None:
    live_through(sqlite, policy, sort)


@pytest.mark.slow
@pytest.mark.parametrize("sort", [Sort(way, 300, seed) for way in (False, True) for seed in range(4)], ids=str)
def test_so_it_is_on_other_days_and_on_either_engine(database: Database, policy: Policy, sort: Sort) -> None:
    live_through(database, policy, sort)


def live_through(database: Database, policy: Policy, sort: Sort) -> None:
    expected = Expected(orders(12))
    with (
        open_bad_day(database, policy, expected, sort.seed, through_socket=sort.through_socket) as day,
        capture_logs() as logs,
    ):
        script = play(day, sort.acts)
        assert [line for line in logs if line["log_level"] == "error"] == []
        assert {call.error for call in day.slack.calls(POST)} >= FAILURES
        assert len(day.came_again) > sort.acts / 6
        assert bool(day.slack.socket_mode.repeated) == sort.through_socket
        assert sort.acts < 300 or any(not watch.is_on for watch in expected.watches)
        assert sort.acts < 300 or expected.contradictions
        check_watches(day)
        check_answers(day, script)
        check_corrections(day)
        check_incidents(day, script)
        check_homes(day)
        check_outbox(day)
        assert list(refused_by_slack(day)) == []


# -- what was told -----------------------------------------------------------------------------------------------------


def key_of(posted: Posted) -> str:
    """What tells a repeat of what Slack took without saying so; without one, the message itself."""
    metadata: Mapping[str, Any] = posted.given.get("metadata") or {}
    return str(metadata.get("event_payload", {}).get("key") or posted.ts)


def once(day: BadDay, posted: list[Posted]) -> list[Posted]:
    """Without repeats, of which there are no more than answers that were lost."""
    found = {key_of(one): one for one in reversed(posted)}
    lost = sum(call.error == "fatal_error" for call in day.slack.calls(POST))
    assert len(posted) - len(found) <= lost
    return sorted(found.values(), key=lambda one: one.ts)


def check_watches(day: BadDay) -> None:
    must: dict[tuple[str, str], list[Any]] = {(one.thread, one.order_id): [] for one in day.expected.watches}
    for one in day.expected.watches:
        must[one.thread, one.order_id] += one.replies
    told: dict[tuple[str, str], list[Any]] = {place: [] for place in must}
    news = [one for one in day.slack.posted(SUPPORT) if one.thread_ts and NEWS.fullmatch(one.text)]
    assert len({(key_of(one), one.text) for one in news}) == len(once(day, news)), "a repeat says the same"
    for posted in once(day, news):
        found = NEWS.fullmatch(posted.text)
        assert found
        told[posted.thread_ts, found[1]].append((changes_in(found[2]), bool(found[3])))
    for place, replies in must.items():
        assert told[place] == replies, place
    assert sum(map(len, must.values())) > 5


def changes_in(text: str) -> tuple[tuple[str, str], ...]:
    found = [CHANGE.fullmatch(part) for part in text.split("; ")]
    return tuple((STATUS_OF[one[2]], STATUS_OF[one[1]]) for one in found if one)


def check_answers(day: BadDay, script: Script) -> None:
    for answer, word in script.shown:
        answered = day.slack.workspace.response_urls[answer.sent.response_token].answered
        shown = answered[0]
        assert len(answered) <= 1 + day.times_again(answer)
        assert {one.words for one in answered} == {shown.words}
        assert word in shown.words
        assert shown.only_for == answer.sent.person
    found = Counter(
        one.thread_ts
        for one in once(day, [one for one in day.slack.posted(SUPPORT) if one.thread_ts])
        if not NEWS.fullmatch(one.text)
    )
    begun = {one.thread for one in day.expected.watches}
    assert {thread: count for thread, count in found.items() if thread in script.asked} == script.asked
    assert set(found) <= set(script.asked) | begun


def check_corrections(day: BadDay) -> None:
    with day.desk.database.read() as tx:
        assert len(tx.rows("SELECT override_id FROM overrides")) == day.expected.corrections > 1
    told = once(day, [one for one in day.slack.posted(f"D{LEAD[1:]}") if "says otherwise" in one.text])
    found = Counter(re.findall(r"about order (\d+)", one.text)[0] for one in told)
    assert found == day.expected.contradictions


def check_incidents(day: BadDay, script: Script) -> None:
    posted = day.slack.posted(OPS)
    with day.desk.database.read() as tx:
        found = {one: incidents.incident(tx, one) for one in script.incidents}
    for place, (incident_id, owner) in enumerate(script.incidents.items()):
        row = found[incident_id]
        assert row
        assert (row["owner"] or "") == owner
        told = [one for one in posted if not one.thread_ts and f"carrier-{place} " in one.text.casefold()]
        assert len(once(day, told)) == 1
        assert bool(row["closed_at"]) == (incident_id in script.closed)
        known = told[-1]  # of a repeat, the one that Slack told us of is edited
        assert not owner or day.slack.workspace.people[owner].name in known.words


def check_homes(day: BadDay) -> None:
    for user in PEOPLE:
        on = [one.order_id for one in day.expected.watches if one.is_on and one.by == user]
        assert sorted(one.order_id for one in mine(day.desk, user).watches) == sorted(on)
        day.did(day.slack.opens_home(user))
        home = day.slack.home(user)
        assert home
        assert f"My watches ({len(on)})" in home.words


def check_outbox(day: BadDay) -> None:
    assert {row["state"] for row in day.rows()} <= {"sent", "superseded"}
    with day.desk.database.read() as tx:
        assert {row["kind"] for row in incidents.incidents(tx, only_open=True)} <= {KIND}
    lists = [one for one in day.slack.posted(SUPPORT) if not one.thread_ts and "metadata" in one.given]
    assert len(once(day, lists)) == 1


def refused_by_slack(day: BadDay) -> Iterator[str]:
    """Of all that went out: what Slack, as we read its rules, would not take."""
    for call in day.slack.calls():
        if call.method in POSTS:
            yield from faults(Message(str(call.given.get("text") or ""), call.given.get("blocks") or ()))
        elif call.method in VIEWS:
            yield from faults_of_view(call.given["view"])
    for answer in day.answers:
        if answer.body:
            said = orjson.loads(answer.body)
            if answer.sent.kind is payloads.Kind.COMMAND:
                yield from faults(Message(said["text"], said.get("blocks") or ()))
            elif "view" in said:
                yield from faults_of_view(said["view"])
