"""Parcels that stand still together are one incident: from pushes and answers to what a person reads."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from relay.database import Database, Row, Tx
from relay.desk import Desk
from relay.desk.card import card_of
from relay.desk.noticing import NewNotice, end_notice, set_notice
from relay.intake import Policy, parcels
from relay.intake.refused import Refused
from relay.model import to_text
from relay.settings import Settings
from relay.store import asks, cohorts, incidents, ledger, traffic
from relay.store import facts as fact_store
from relay.watch import Watch
from relay.watch.alarms import Check, Rounds
from relay.watch.standing import Usual
from relay.watch.stuck import stuck_cohorts
from tests.conftest import NOON, fact
from tests.intake import steps

#: Noon is a Monday's. On Friday the parcels have stood for four working days.
FRIDAY = 4 * 24
CHECK = Check("stuck_cohort", timedelta(minutes=30), stuck_cohorts)


def desk_of(database: Database, policy: Policy) -> Desk:
    return Desk(database, Settings(), policy)


def scanned(
    database: Database, policy: Policy, names: Iterable[int], place: str, *, hours: float, status: str = "in_transit"
) -> None:
    """Parcels, each of an order of its own, that Correios scanned."""
    numbers = {name: f"AA{name:09}BR" for name in names}
    database.write(lambda tx: _add_orders(tx, policy, numbers, steps.later(hours)))
    said = fact(status, hours, source="correios", place=place)
    reports = [steps.about(said, carrier="correios", number=number) for number in numbers.values()]
    steps.hear(database, policy, *reports, at=hours, source="correios")


def _add_orders(tx: Tx, policy: Policy, numbers: Mapping[int, str], now: datetime) -> None:
    """An order for each number that is not known yet."""
    for name, number in numbers.items():
        if fact_store.track(tx, f"correios/{number}") is None:
            parcel = parcels.Parcel(carrier="correios", tracking_number=number)
            parcels.record_order(tx, policy, f"order {name}", {}, parcel, now, shop="default")


def learnt(database: Database, since: datetime = NOON) -> None:
    """Three weeks before a moment, in which few stood."""

    def work(tx: Tx) -> None:
        for days in range(1, 22):
            cohorts.note(tx, (since - timedelta(days=days)).date(), {("correios", "all"): (3, 49)})

    database.write(work)


def was_up(database: Database, hours: Iterable[int]) -> None:
    """Wismo itself ran in these hours after noon, and in no others."""
    rows = [traffic.Hour(*traffic.UP, to_text(steps.later(hour)), slots=4095) for hour in hours]
    database.write(lambda tx: traffic.save(tx, rows))


def look(database: Database, policy: Policy, *, at: float) -> dict[str, Row]:
    """What is open after a look, by subject."""
    Rounds([CHECK]).look(desk_of(database, policy), steps.later(at))
    with database.read() as tx:
        return {row["subject"]: row for row in incidents.open_of(tx, "stuck_cohort")}


@pytest.fixture
def stuck(database: Database, policy: Policy) -> Database:
    """Twelve parcels in Cajamar that nobody scanned since Monday, and four that were scanned elsewhere."""
    learnt(database)
    scanned(database, policy, range(12), "Cajamar, SP", hours=0)
    scanned(database, policy, range(20, 24), "Recife, PE", hours=FRIDAY - 1)
    return database


def test_a_place_is_one_incident_that_says_how_many_since_when_and_what_is_usual(
    stuck: Database, policy: Policy
) -> None:
    scanned(stuck, policy, range(30, 33), "CAJAMAR - SP", hours=FRIDAY - 1)
    (row,) = look(stuck, policy, at=FRIDAY).values()
    assert row["subject"] == "correios/place/cajamar sp"
    assert row["title"] == (
        "12 parcels of Correios in Cajamar, SP stand still since Monday, 02 March (of 15 there; usually 1)"
    )
    assert "`/track notice correios" in row["remedy"]
    with stuck.read() as tx:
        orders = {one["order_id"] for one in incidents.incident_orders(tx, row["incident_id"])}
        card = card_of(tx, desk_of(stuck, policy), "default", "order 3", steps.later(FRIDAY))
    assert orders == {f"order {name}" for name in range(12)}
    assert [one.trouble.title for one in card.incidents] == [row["title"]]


def test_a_carriers_text_moves_no_cursor(database: Database, policy: Policy) -> None:
    learnt(database)
    scanned(database, policy, range(12), "Caja\x1b[2Jmar\u202e,\n" + "x" * 400, hours=0)
    scanned(database, policy, range(20, 24), "Recife, PE", hours=FRIDAY - 1)
    ((subject, row),) = look(database, policy, at=FRIDAY).items()
    assert row["title"].isprintable()
    assert len(row["title"]) < 200
    assert len(subject) < 120


def test_nothing_is_written_while_nothing_changes(stuck: Database, policy: Policy) -> None:
    (before,) = look(stuck, policy, at=FRIDAY).values()
    (after,) = look(stuck, policy, at=FRIDAY + 0.6).values()
    assert before == after


def test_it_ends_when_the_parcels_move(stuck: Database, policy: Policy) -> None:
    look(stuck, policy, at=FRIDAY)
    scanned(stuck, policy, range(6), "Campinas, SP", hours=FRIDAY + 1)
    assert look(stuck, policy, at=FRIDAY + 2)
    scanned(stuck, policy, range(6, 8), "Campinas, SP", hours=FRIDAY + 3)
    assert look(stuck, policy, at=FRIDAY + 4) == {}


def test_it_ends_when_they_arrived(stuck: Database, policy: Policy) -> None:
    look(stuck, policy, at=FRIDAY)
    scanned(stuck, policy, range(12), "São Paulo, SP", hours=FRIDAY + 1, status="delivered")
    assert look(stuck, policy, at=FRIDAY + 2) == {}


def test_it_grows_and_stays_one(stuck: Database, policy: Policy) -> None:
    (before,) = look(stuck, policy, at=FRIDAY).values()
    scanned(stuck, policy, range(40, 50), "CAJAMAR/SP", hours=25)
    (after,) = look(stuck, policy, at=FRIDAY + 1 + 24).values()
    assert (after["incident_id"], after["parcels"]) == (before["incident_id"], 22)
    assert after["title"].startswith("22 parcels")


def test_a_weekend_and_a_holiday_are_no_standstill(database: Database, policy: Policy) -> None:
    """Last scanned on Thursday the 16th of April: Tuesday is a holiday, so that Thursday is only the third day."""
    moment = datetime(2026, 4, 16, 15, tzinfo=UTC)
    learnt(database, moment)
    thursday = (moment - NOON) / timedelta(hours=1)
    scanned(database, policy, range(12), "Cajamar, SP", hours=thursday)
    assert look(database, policy, at=thursday + 6 * 24 - 1) == {}
    assert look(database, policy, at=thursday + 6 * 24 + 1)


def test_a_note_in_force_is_no_alarm_and_then_everything_has_time_to_move(stuck: Database, policy: Policy) -> None:
    desk = desk_of(stuck, policy)
    assert look(stuck, policy, at=FRIDAY)
    strike = NewNotice("Strike", "2026-03-10", "U1", carrier="correios")
    set_notice(desk, strike, steps.later(FRIDAY + 1))
    assert look(stuck, policy, at=FRIDAY + 2) == {}
    learnt(stuck, steps.later(9 * 24))
    assert look(stuck, policy, at=9 * 24) == {}
    assert look(stuck, policy, at=11 * 24) == {}
    assert look(stuck, policy, at=11 * 24 + 16)  # on Friday night; the strike was noted to the end of Tuesday


def test_a_note_that_was_a_mistake_hides_nothing(stuck: Database, policy: Policy) -> None:
    desk = desk_of(stuck, policy)
    note = set_notice(desk, NewNotice("Strike", "2026-03-20", "U1", carrier="correios"), steps.later(FRIDAY - 2))
    end_notice(desk, note.notice_id, "U1", steps.later(FRIDAY - 1))
    assert look(stuck, policy, at=FRIDAY)


def test_a_note_on_a_region_is_about_its_places_alone(stuck: Database, policy: Policy) -> None:
    scanned(stuck, policy, range(50, 62), "Manaus, AM", hours=1)
    set_notice(
        desk_of(stuck, policy), NewNotice("Flood", "2026-03-20", "U1", region="cajamar"), steps.later(FRIDAY - 1)
    )
    assert set(look(stuck, policy, at=FRIDAY + 2)) == {"correios/place/manaus am"}


def test_a_carrier_that_does_not_answer_is_another_incident(stuck: Database, policy: Policy) -> None:
    """Of who is asked it is known that it stands, or not, only by answers."""

    def asked(hours: float) -> None:
        def work(tx: Tx) -> None:
            for name in range(12):
                asks.mark_tried(tx, f"correios/AA{name:09}BR", steps.later(hours), None)

        stuck.write(work)

    asked(20)
    assert look(stuck, policy, at=FRIDAY) == {}
    asked(FRIDAY)
    assert look(stuck, policy, at=FRIDAY + 1)


def test_a_carrier_that_is_mute_is_not_told_twice(stuck: Database, policy: Policy) -> None:
    stuck.write(
        lambda tx: incidents.open_incident(
            tx, kind="mute_carrier", subject="correios/push", title="-", remedy="-", now=NOON
        )
    )
    assert look(stuck, policy, at=FRIDAY) == {}


def test_an_outage_of_our_own_is_no_standstill(stuck: Database, policy: Policy) -> None:
    """Up on Monday, and again since Friday."""
    was_up(stuck, (0, 1, FRIDAY - 1, FRIDAY))
    assert look(stuck, policy, at=FRIDAY) == {}


def test_a_day_of_which_most_arrived_is_no_cohort_of_those_that_were_lost(database: Database, policy: Policy) -> None:
    learnt(database)
    scanned(database, policy, range(10), "", hours=0)
    scanned(database, policy, range(100, 130), "", hours=1)
    assert set(look(database, policy, at=FRIDAY)) == {"correios/day/2026-03-02"}
    scanned(database, policy, range(100, 130), "", hours=FRIDAY + 1, status="delivered")
    scanned(database, policy, range(200, 230), "", hours=FRIDAY + 1)
    assert look(database, policy, at=FRIDAY + 2) == {}


def test_a_return_and_a_parcel_without_news_for_weeks_are_nobodys_cohort(database: Database, policy: Policy) -> None:
    learnt(database)
    for name in range(10):
        steps.add_order(database, policy, f"order {name}", steps.a_return(f"R{name}"))
        steps.told(database, policy, fact("in_transit", 0, place="Recife"), number=f"R{name}")
    assert look(database, policy, at=FRIDAY) == {}
    scanned(database, policy, range(20, 32), "Recife", hours=0)
    learnt(database, steps.later(12 * 24))
    assert look(database, policy, at=15 * 24) == {}


def test_what_is_usual_is_noted_once_a_day_after_noon(stuck: Database, policy: Policy) -> None:
    desk, usual = desk_of(stuck, policy), Usual()

    def noted() -> list[tuple[str, int, int]]:
        with stuck.read() as tx:
            return sorted(
                (row["cohort"], row["still"], row["moving"])
                for row in cohorts.noted(tx, date(2026, 3, 3), date(2026, 4, 1))
            )

    usual.note(desk, steps.later(FRIDAY))
    assert noted() == []  # it is nine o'clock in São Paulo
    usual.note(desk, steps.later(FRIDAY + 4))
    Usual().note(desk, steps.later(FRIDAY + 5))
    assert noted() == [("all", 12, 4), ("place/cajamar sp", 12, 0)]


def test_the_watch_looks_after_it(stuck: Database, policy: Policy) -> None:
    was_up(stuck, range(FRIDAY))
    Watch(desk_of(stuck, policy), Refused(), lambda: steps.later(FRIDAY), "one").round()
    with stuck.read() as tx:
        assert [row["subject"] for row in incidents.open_of(tx, "stuck_cohort")] == ["correios/place/cajamar sp"]
        assert "watch" in {row["name"] for row in tx.rows("SELECT name FROM leases")} | {*ledger.beats(tx)}


# -- where a parcel was last -------------------------------------------------------------------------------------------


def moved(database: Database, track_id: str = steps.TRACK) -> tuple[str | None, str]:
    with database.read() as tx:
        track = fact_store.track(tx, track_id)
    assert track is not None
    return track["moved_at"] and track["moved_at"][11:16], track["place"]


def test_a_track_knows_where_its_parcel_was_last_whatever_the_order_of_its_scans(
    database: Database, policy: Policy
) -> None:
    steps.told(database, policy, fact("in_transit", 2, place="Recife"), fact("in_transit", 1, place="Manaus"), at=2)
    assert moved(database) == ("14:00", "Recife")
    steps.told(database, policy, fact("in_transit", 1.5, place="Belém"), at=3)
    assert moved(database) == ("14:00", "Recife")
    steps.told(database, policy, fact("in_transit", 4), at=4)
    assert moved(database) == ("16:00", "Recife")
    steps.told(database, policy, fact("in_transit", 30, place="Natal"), at=5)
    assert moved(database) == ("17:00", "Natal")


def test_what_waited_for_its_carrier_brings_its_place(database: Database, policy: Policy) -> None:
    steps.add_order(database, policy)
    steps.told(database, policy, fact("in_transit", 1, place="Recife"), carrier=None, number="ZZ1", at=1)
    steps.add_order(database, policy, "1002", number="ZZ1", at=2)
    assert moved(database, "ups/ZZ1") == ("13:00", "Recife")
