"""Three carriers, the shop and the mail server are lost at once: the team reads few words, and customers each one."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
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


@dataclass
class Storm:
    relay: Stepped
    gates: Sequence[Gate]

    def begin(self) -> None:
        for gate in self.gates:
            gate.close()
        self.relay.mail.stop()

    def end(self) -> None:
        for gate in self.gates:
            gate.open()
        self.relay.mail.start()

    def incidents(self) -> list[Row]:
        with self.relay.desk.database.read() as tx:
            return incidents.incidents(tx, only_open=False)

    def posts(self) -> int:
        """How often something was said of incidents, or said in another way."""
        calls = self.relay.slack.calls("chat.postMessage", "chat.update")
        return sum(call.given["channel"] == OPS and not call.error for call in calls)

    def mails(self) -> Counter[str]:
        found = [mail.to for box in self.relay.mail.boxes for mail in box.mails]
        return Counter(address for address in found if not address.startswith("operator"))


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


def pushes(relay: Stepped, numbers: Sequence[str], over: timedelta) -> None:
    """A scan of each parcel, one after the other; carriers reach us all the same."""
    far, began, waiting = far_of(relay), relay.now, list(numbers)

    def push() -> None:
        while waiting and relay.now - began >= over * (len(numbers) - len(waiting)) / len(numbers):
            far.now = relay.now
            far.push(waiting.pop(0), ago=MINUTE)

    relay.each_step.append(push)


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
