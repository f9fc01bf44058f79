"""Carriers, shop and mail server are lost at once, or come and go: the team reads few words, customers each once."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from urllib.parse import urlsplit

import pytest
from flask import Flask, Response, jsonify, request

from relay.database import Row, Tx
from relay.model import to_text
from relay.sandbox.serving import served
from relay.sandbox.slack import OPS
from relay.store import incidents
from tests.bench.stepping import COARSE, COARSER, HOUR, MINUTE, Stepped, far_of, open_stepped
from tests.watch.gates import Gate, open_gate

CARRIERS, PARCELS, PUSHED = ("ups", "dhl-unified", "vsn"), 40, 10
#: After so long a quiet parcel is asked about.
QUIET = timedelta(hours=6)
#: The longest pause after asks that failed: so late a carrier that is asked little may be found to be back.
LONGEST_PAUSE = timedelta(hours=6)
#: The messages that one incident may make in a day.
A_DAY = 3
#: How long a far side that flaps is gone, and how long it is back then: minutes, at least and at most.
GONE, BACK = (10, 50), (3, 10)
#: Parcels of each carrier then, and the time between two of them that become quiet: a carrier is asked that often,
#: whatever the pauses after failures are.
FEW = 12
BECOMES_QUIET = 10 * MINUTE
#: So long after the last far side is back all is over; parcels become quiet all the while.
AFTER = HOUR
#: Between two looks then; a flapping far side is back for one of them at least.
LOOKS = 3 * MINUTE
#: What is scanned of each parcel that is pushed, by UPS's kinds and codes: each is news for the customer.
SCANS = (("I", "DP"), ("I", "OT"), ("D", "FS"))


def stand_ins() -> Flask:
    """Two carriers that know no parcel yet."""
    app = Flask(__name__)

    @app.get("/dhl")
    def dhl() -> tuple[Response, int]:
        return jsonify(status=404, title="No result found", detail="No shipment with given tracking number"), 404

    @app.post("/vsn")
    def vsn() -> Response:
        return jsonify({one["trackingNumber"]: {"isDelivered": False, "events": []} for one in request.get_json()})

    return app


@dataclass(frozen=True, slots=True)
class Side:
    """A far side that can be lost, and found again."""

    lose: Callable[[], None]
    find: Callable[[], None]


@dataclass
class Storm:
    relay: Stepped
    gates: Sequence[Gate]

    def begin(self) -> None:
        for side in self.sides():
            side.lose()

    def end(self) -> None:
        for side in self.sides():
            side.find()

    def sides(self) -> list[Side]:
        gates = [Side(gate.close, gate.open) for gate in self.gates]
        return [*gates, Side(self.relay.mail.stop, self.relay.mail.start)]

    def incidents(self) -> list[Row]:
        with self.relay.desk.database.read() as tx:
            return incidents.incidents(tx, only_open=False, limit=10_000)

    def posts(self) -> int:
        """How often something was said of incidents, or said in another way."""
        calls = self.relay.slack.calls("chat.postMessage", "chat.update")
        return sum(call.given["channel"] == OPS and not call.error for call in calls)

    def mails(self) -> Counter[str]:
        found = [mail.to for box in self.relay.mail.boxes for mail in box.mails]
        return Counter(address for address in found if not address.startswith("operator"))

    def news(self) -> Counter[tuple[str, str]]:
        """How often each customer was mailed under each subject, which names the status."""
        found = [mail for box in self.relay.mail.boxes for mail in box.mails]
        return Counter((mail.to, mail.subject) for mail in found if not mail.to.startswith("operator"))


@contextmanager
def open_storm() -> Iterator[Storm]:
    """Each far side behind a gate, whose port is known before Wismo begins."""
    with ExitStack() as stack:
        far = stack.enter_context(served(stand_ins()))
        others = [stack.enter_context(open_gate(far)) for _ in range(2)]
        near = [stack.enter_context(open_gate(0)) for _ in range(2)]
        settings = {
            "ups_api_url": near[0].url,
            "vtex_url": near[1].url,
            "dhl_unified_api_key": "a key",
            "dhl_unified_api_url": f"{others[0].url}/dhl",
            "vsn_api_url": f"{others[1].url}/vsn",
        }
        relay = stack.enter_context(open_stepped("storm", **settings))
        for gate, url in zip(near, (relay.carrier.url, relay.vtex.url), strict=True):
            gate.to_port = urlsplit(url).port or 0
        yield Storm(relay, [*others, *near])


def ask_each_half_minute(tx: Tx, numbers: Sequence[str], since: datetime) -> None:
    """As if those parcels had become quiet one after the other."""
    for index, number in enumerate(numbers):
        at = since + index * MINUTE / 2
        moments = {"at": to_text(at), "before": to_text(at - QUIET)}
        tx.rows(
            "UPDATE tracks SET ask_at = :at, asked_at = :before WHERE tracking_number = :number",
            **moments,
            number=number,
        )


def pushes(relay: Stepped, numbers: Sequence[str], over: timedelta, kind: str = "I", code: str = "DP") -> None:
    """A scan of each parcel, one after the other; carriers reach us all the same."""
    far, began, waiting = far_of(relay), relay.now, list(numbers)

    def push() -> None:
        while waiting and relay.now - began >= over * (len(numbers) - len(waiting)) / len(numbers):
            far.now = relay.now
            far.push(waiting.pop(0), code, kind=kind, ago=MINUTE)

    relay.each_step.append(push)


def flap(storm: Storm, seed: int, until: datetime) -> None:
    """Each far side goes and comes back in its own rhythm until then, and stays from then on."""
    for place, side in enumerate(storm.sides()):
        storm.relay.each_step.append(rhythm(storm.relay, side, Random(f"{seed} {place}"), until))


def rhythm(relay: Stepped, side: Side, random: Random, until: datetime) -> Callable[[], None]:
    lost, turns_at = False, relay.now + random.uniform(*BACK) * MINUTE

    def turn() -> None:
        nonlocal lost, turns_at
        is_over = relay.now >= until
        if lost and (is_over or relay.now >= turns_at):
            side.find()
            lost, turns_at = False, relay.now + random.uniform(*BACK) * MINUTE
        elif not lost and not is_over and relay.now >= turns_at:
            side.lose()
            lost, turns_at = True, relay.now + random.uniform(*GONE) * MINUTE

    return turn


def become_quiet(relay: Stepped, numbers: Sequence[str]) -> None:
    """One parcel of these after the other, again and again, so that a carrier that is back is found to be."""
    began, asked = relay.now, 0

    def ask() -> None:
        nonlocal asked
        if relay.now - began >= asked * BECOMES_QUIET:
            those = [numbers[asked % len(numbers)]]
            relay.desk.database.write(partial(ask_each_half_minute, numbers=those, since=relay.now))
            asked += 1

    relay.each_step.append(ask)


def pass_by_flapping(storm: Storm, seed: int, lasts: timedelta) -> None:
    """Until all far sides have been back for long."""
    relay = storm.relay
    numbers = {slug: [relay.add(carrier=slug, ago=HOUR) for _ in range(FEW)] for slug in CARRIERS}
    relay.connect()
    relay.run("poll", "orders", "outbox")
    assert storm.incidents() == []
    for those in numbers.values():
        become_quiet(relay, those)
    flap(storm, seed, relay.now + lasts)
    for kind, code in SCANS:
        pushes(relay, numbers["ups"][:PUSHED], lasts / len(SCANS), kind, code)
        relay.pass_by(lasts / len(SCANS), LOOKS)
    relay.pass_by(AFTER, LOOKS)


def assert_few_words(storm: Storm) -> None:
    found = storm.incidents()
    kinds = Counter(str(row["kind"]) for row in found)
    print(f"{storm.posts()} messages about {len(found)} incidents: {dict(kinds)}")  # noqa: T201 - a measurement
    assert kinds["outside_down"] > 0
    assert [row["title"] for row in found if row["closed_at"] is None] == []
    assert 0 < storm.posts() <= A_DAY * len(found)
    news = storm.news()
    assert set(news.values()) == {1}, news.most_common(3)
    assert sum(subject.startswith("Delivered") for _, subject in news) == PUSHED


def test_far_sides_that_come_and_go_for_hours_are_few_messages() -> None:
    with open_storm() as storm:
        pass_by_flapping(storm, 1, 3 * HOUR)
        assert_few_words(storm)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_far_sides_that_come_and_go_for_a_day_are_few_messages(seed: int) -> None:
    with open_storm() as storm:
        pass_by_flapping(storm, seed, timedelta(days=1))
        assert_few_words(storm)


@pytest.mark.slow
@pytest.mark.parametrize("lasts", [timedelta(hours=2), timedelta(days=1)])
def test_a_storm_is_few_messages_and_ends_as_if_it_had_not_been(lasts: timedelta) -> None:
    with open_storm() as storm:
        relay = storm.relay
        numbers = {slug: [relay.add(carrier=slug, ago=HOUR) for _ in range(PARCELS)] for slug in CARRIERS}
        relay.connect()
        relay.run("poll", "orders", "outbox")
        assert storm.incidents() == []
        for those in numbers.values():
            relay.desk.database.write(partial(ask_each_half_minute, numbers=those, since=relay.now))
        storm.begin()
        pushes(relay, numbers["ups"][:PUSHED], lasts)
        relay.pass_by(lasts, COARSE)
        opened = storm.incidents()
        assert "outside_down" in {row["kind"] for row in opened}
        assert relay.told("outside_down", "Nothing outside answers")
        assert storm.mails() == {}
        storm.end()
        relay.pass_by(LONGEST_PAUSE + HOUR, COARSER)
        after = storm.incidents()
        assert [row["title"] for row in after if row["closed_at"] is None] == []
        assert storm.posts() <= A_DAY * len(after), (storm.posts(), len(after))
        assert set(storm.mails().values()) == {1}
        assert len(storm.mails()) == PUSHED
        print(f"{lasts}: {storm.posts()} messages about {len(after)} incidents")  # noqa: T201 - a measurement
