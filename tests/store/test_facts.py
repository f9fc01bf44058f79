"""Tracks and facts: what is there stays, what moves arrives once, and many at once are as few."""

from datetime import datetime, timedelta

from relay.database import Database, Tx
from relay.model import Fact, Status
from relay.store import facts as store
from tests.conftest import NOON, fact

OLD, NEW = "/N1", "ups/N1"


def keep(database: Database, track_id: str, *facts: Fact, raw_id: str = "raw") -> None:
    def work(tx: Tx) -> None:
        carrier, _, number = track_id.partition("/")
        store.touch_tracks(tx, {(carrier, number): None}, NOON)
        store.add_facts(tx, [(track_id, one, raw_id) for one in facts])

    database.write(work)


def kept(database: Database, track_id: str) -> set[Fact]:
    with database.read() as tx:
        return set(store.facts_of(tx, track_id))


def test_a_fact_that_is_there_stays_as_it_was(database: Database) -> None:
    first = fact("in_transit", fact_id="f")
    keep(database, NEW, first)
    keep(database, NEW, fact("exception", 1, fact_id="f"), first, first)
    assert kept(database, NEW) == {first}


def test_facts_move_to_another_track_once_each_and_those_it_knows_stay(database: Database) -> None:
    known, same = fact("in_transit", fact_id="f"), fact("in_transit", fact_id="f", description="as told there")
    keep(database, OLD, same, fact("attempted", 1))
    keep(database, NEW, known, fact("exception", 2))
    database.write(lambda tx: store.move_facts(tx, OLD, NEW))
    assert kept(database, NEW) == {known, fact("attempted", 1), fact("exception", 2)}
    assert kept(database, OLD) == set()


def test_todays_reading_replaces_the_reading_and_not_the_saying(database: Database) -> None:
    first = fact("unknown", fact_id="f", code="X", zone_assumed=True)
    keep(database, NEW, first)
    again = fact("exception", 3, fact_id="f", code="Y", place="elsewhere", received_at=NOON, description="clearer")
    database.write(lambda tx: store.reread_facts(tx, [(NEW, again, "other")]))
    (found,) = kept(database, NEW)
    assert found == first._replace(
        status=Status.EXCEPTION, occurred_at=again.occurred_at, zone_assumed=False, description="clearer"
    )


def test_many_facts_on_many_tracks_are_stored_and_found_in_one_go(database: Database) -> None:
    tracks = {
        f"ups/N{number}": [fact("in_transit", hours, fact_id=f"{number}/{hours}") for hours in range(3)]
        for number in range(70)
    }

    def work(tx: Tx) -> None:
        store.touch_tracks(tx, {("ups", track_id.removeprefix("ups/")): None for track_id in tracks}, NOON)
        store.add_facts(tx, [(track_id, one, "raw") for track_id, facts in tracks.items() for one in facts])

    database.write(work)
    with database.read() as tx:
        found = store.facts_on(tx, [*tracks, "ups/nowhere"])
    assert {track_id: set(facts.values()) for track_id, facts in found.items()} == {
        **{track_id: set(facts) for track_id, facts in tracks.items()},
        "ups/nowhere": set(),
    }


def test_a_track_is_heard_forwards_only(database: Database) -> None:
    def heard(hours: float | None) -> datetime | None:
        at = None if hours is None else NOON + timedelta(hours=hours)
        database.write(lambda tx: store.touch_tracks(tx, {("ups", "N1"): store.Heard(at) if at else None}, NOON))
        with database.read() as tx:
            track = store.track(tx, NEW)
        assert track is not None
        return datetime.fromisoformat(track["heard_at"]) if track["heard_at"] else None

    assert [heard(hours) for hours in (None, 2, 1, None, 3)] == [
        None if hours is None else NOON + timedelta(hours=hours) for hours in (None, 2, 2, 2, 3)
    ]


def test_a_track_that_is_touched_says_whether_something_waits_under_its_number_alone(database: Database) -> None:
    def touched(*names: tuple[str, str]) -> list[tuple[str, str]]:
        return database.write(lambda tx: store.touch_tracks(tx, dict.fromkeys(names), NOON))

    assert touched(("ups", "N1"), ("", "N2")) == []
    assert touched(("ups", "N1"), ("ups", "N2"), ("fedex", "N2"), ("", "N2")) == [("fedex", "N2"), ("ups", "N2")]
