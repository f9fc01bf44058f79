"""Who must be told of a parcel first: it is made known once and asked about at once; what fails is tried again."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from relay.carriers import carrier_named
from relay.database import Database
from relay.intake import Policy
from tests.poll.conftest import World
from tests.poll.sites import Reply, Seen, site

SCAN = {"time_iso": "2026-03-02T08:00:00-03:00", "stage": "InTransit", "sub_status": "InTransit_Other"}


@dataclass
class Aggregator:
    """17TRACK as far as it is needed: what is registered, what is asked, which numbers it refuses and why."""

    registered: set[str] = field(default_factory=set)
    refuses: dict[str, int] = field(default_factory=dict)
    forgets: set[str] = field(default_factory=set)  #: numbers that its answer to a registration leaves out
    seen: list[tuple[str, list[str]]] = field(default_factory=list)

    def __call__(self, seen: Seen) -> Reply:
        what = seen.path.rpartition("/")[2]
        numbers = [one["number"] for one in json.loads(seen.body)]
        self.seen.append((what, numbers))
        told = [self._register(one) if what == "register" else self._info(one) for one in numbers]
        accepted = [one for one in told if one and "error" not in one]
        rejected = [one for one in told if one and "error" in one]
        return 200, {}, json.dumps({"code": 0, "data": {"accepted": accepted, "rejected": rejected}}).encode()

    def _register(self, number: str) -> dict[str, object] | None:
        if number in self.forgets:
            return None
        if number in self.refuses:
            return {"number": number, "error": {"code": self.refuses[number]}}
        if number in self.registered:
            return {"number": number, "error": {"code": -18019901}}
        self.registered.add(number)
        return {"number": number, "carrier": 0}

    def _info(self, number: str) -> dict[str, object]:
        if number not in self.registered:
            return {"number": number, "error": {"code": -18019902}}
        tracking = {"providers": [{"provider": {"key": 1}, "events": [SCAN]}]}
        info = {"latest_status": {"status": "InTransit", "sub_status": "InTransit_Other"}, "tracking": tracking}
        return {"number": number, "track_info": info}

    def asked(self, what: str) -> list[list[str]]:
        return [numbers for one, numbers in self.seen if one == what]


@contextmanager
def shop_with(database: Database, policy: Policy, slug: str, far: object) -> Iterator[World]:
    with site(far) as url:  # type: ignore[arg-type]  # it answers as a site does
        adapters = {slug: {"API_KEY": "a key", "API_URL": url, "API_PER_SECOND": "100"}}
        made = World(database, policy, dict(adapters), {slug: carrier_named(slug)})
        yield made
        made.close()


@pytest.fixture
def far() -> Aggregator:
    return Aggregator()


@pytest.fixture
def shop(database: Database, policy: Policy, far: Aggregator) -> Iterator[World]:
    with shop_with(database, policy, "17track", far) as made:
        yield made


def add(shop: World, *numbers: str) -> None:
    shop.add(*numbers, carrier="total-express")


def states(shop: World) -> dict[str, str]:
    rows = shop.rows("SELECT tracking_number, shown_status FROM shipments")
    return {row["tracking_number"]: row["shown_status"] for row in rows}


def test_a_parcel_is_made_known_and_asked_about_at_once_and_then_only_asked(shop: World, far: Aggregator) -> None:
    add(shop, "TE000001", "TE000002")
    shop.tick()
    assert far.seen == [("register", ["TE000001", "TE000002"]), ("gettrackinfo", ["TE000001", "TE000002"])]
    assert set(states(shop).values()) == {"in_transit"}
    shop.tick(at=6)
    assert [what for what, _ in far.seen] == ["register", "gettrackinfo", "gettrackinfo"]


def test_what_is_known_there_already_is_known(shop: World, far: Aggregator) -> None:
    far.registered = {"TE000001"}
    add(shop, "TE000001")
    shop.tick()
    assert [what for what, _ in far.seen] == ["register", "gettrackinfo"]
    assert states(shop) == {"TE000001": "in_transit"}


def test_one_of_forty_that_cannot_be_registered_is_tried_again_alone(shop: World, far: Aggregator) -> None:
    numbers = [f"TE{n:06}" for n in range(40)]
    far.refuses = {numbers[7]: -18019911}
    add(shop, *numbers)
    shop.tick()
    others = sorted(set(numbers) - {numbers[7]})
    assert [sorted(one) for one in far.asked("register")] == [numbers]
    assert [sorted(one) for one in far.asked("gettrackinfo")] == [others]
    assert [number for number, status in states(shop).items() if status != "in_transit"] == [numbers[7]]
    failing = shop.track(numbers[7], "total-express")
    assert (failing["failures"], failing["asked_at"]) == (1, None)
    far.refuses = {}
    shop.tick(at=0.1)
    assert (far.asked("register")[1:], far.asked("gettrackinfo")[1:]) == ([[numbers[7]]], [[numbers[7]]])
    assert set(states(shop).values()) == {"in_transit"}


def test_one_that_the_answer_leaves_out_is_not_taken_for_registered(shop: World, far: Aggregator) -> None:
    far.forgets = {"TE000002"}
    add(shop, "TE000001", "TE000002")
    shop.tick()
    assert far.asked("gettrackinfo") == [["TE000001"]]
    assert shop.track("TE000002", "total-express")["failure"] == "not_registered"
    far.forgets = set()
    shop.tick(at=0.1)
    assert far.asked("gettrackinfo")[1:] == [["TE000002"]]


def test_strangers_and_friends_are_two_requests_and_each_is_counted(shop: World, far: Aggregator) -> None:
    shop.adapters["17track"] = {**shop.adapters["17track"], "API_PER_DAY": "5"}
    add(shop, *(f"TE{n:06}" for n in range(10)))
    shop.tick()
    shop.hours = 6
    add(shop, *(f"TE{n:06}" for n in range(10, 20)))
    shop.tick()
    assert Counter(what for what, _ in far.seen) == {"register": 2, "gettrackinfo": 3}
    shop.hours = 6.5
    add(shop, "TE000020")
    shop.tick()
    assert len(far.seen) == 5


# -- EasyPost ----------------------------------------------------------------------------------------------------------


@dataclass
class Trackers:
    """EasyPost: a tracker for each number, which costs a fee once."""

    made: dict[str, str] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)

    def __call__(self, seen: Seen) -> Reply:
        self.seen.append(f"{seen.method} {seen.path}")
        if seen.method == "GET":
            key = seen.path.rpartition("/")[2]
            return 200, {}, json.dumps(tracker(key, self._number_of(key), "in_transit")).encode()
        number = json.loads(seen.body)["tracker"]["tracking_code"]
        if number in self.refuses:
            return 503, {}, b""
        key = self.made.setdefault(number, f"trk_{len(self.made)}")
        return 200, {}, json.dumps(tracker(key, number, "unknown")).encode()

    def _number_of(self, key: str) -> str:
        return next(number for number, made in self.made.items() if made == key)


def tracker(key: str, number: str, status: str) -> dict[str, object]:
    moment = {"datetime": "2026-03-02T08:00:00Z", "status": status, "message": "", "tracking_location": {}}
    details = [moment] if status != "unknown" else []
    return {"id": key, "object": "Tracker", "tracking_code": number, "status": status, "tracking_details": details}


def test_a_tracker_is_made_once_and_asked_by_its_id_also_after_a_restart(database: Database, policy: Policy) -> None:
    far = Trackers()
    with shop_with(database, policy, "easypost", far) as shop:
        add(shop, "TE000001")
        shop.tick()
        assert far.seen == ["POST /v2/trackers", "GET /v2/trackers/trk_0"]
        assert states(shop) == {"TE000001": "in_transit"}
        shop.another_process()
        shop.tick(at=6)
        assert far.seen[2:] == ["GET /v2/trackers/trk_0"]


def test_a_tracker_that_cannot_be_made_now_is_made_later(database: Database, policy: Policy) -> None:
    far = Trackers(refuses={"TE000001"})
    with shop_with(database, policy, "easypost", far) as shop:
        add(shop, "TE000001", "TE000002")
        shop.tick()
        assert states(shop) == {"TE000001": "pending", "TE000002": "in_transit"}
        far.refuses = set()
        shop.tick(at=0.1)
        assert states(shop) == {"TE000001": "in_transit", "TE000002": "in_transit"}
        assert far.seen.count("POST /v2/trackers") == 3
