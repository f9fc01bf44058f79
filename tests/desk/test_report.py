"""What a week and a month were like, against the same figures worked out parcel by parcel; and the edges of days."""

import csv
import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest

from relay.cli.report import COLUMNS, lines, table
from relay.database import Database, Tx
from relay.desk.figures import Parcels, Share, transit_of
from relay.desk.periods import (
    Days,
    iso_week,
    month_named,
    month_so_far,
    start_of,
    week_before,
    week_named,
    weeks_before,
)
from relay.desk.report import OfDay, Report, as_json, month_report, silent_in, week_report
from relay.errors import BadInput
from relay.intake.parcels import Parcel
from relay.model import from_text, to_text
from relay.store import incidents, ledger
from tests.conftest import NOON, fact
from tests.intake.steps import POLICY, a_return, about, add_order, hear, later, override, shipment

ZONE = "America/Sao_Paulo"
HERE = ZoneInfo(ZONE)
#: The week that ended on the Sunday before the Monday on which the tests are.
WEEK = "2026-W09"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Made:
    """A parcel of the small world; moments in hours after noon of the Monday."""

    order_id: str
    carrier: str
    known: float
    promised: date | None
    first: float | None
    ended: float | None
    status: str


def world(seed: int, parcels: int = 60) -> Sequence[Made]:
    dice = random.Random(seed)
    return [_made(dice, number) for number in range(parcels)]


def _made(dice: random.Random, number: int) -> Made:
    known = -dice.uniform(15, 44 * 24)
    promised = (later(known).astimezone(HERE) + DAY * dice.randint(2, 6)).date() if dice.random() < 0.8 else None
    first = known + dice.uniform(2, 30) if dice.random() < 0.95 else None
    ended = known + dice.uniform(40, 170) if first and dice.random() < 0.85 else None
    over = ended is not None and ended < -1
    status = "returned" if over and dice.random() < 0.1 else "delivered" if over else "in_transit"
    first = first if first is not None and first < -1 else None
    return Made(f"{number}", dice.choice(["ups", "correios"]), known, promised, first, ended if over else None, status)


def fill(database: Database, made: Sequence[Made]) -> None:
    for one in made:
        number = f"N{one.order_id}"
        parcel = Parcel(carrier=one.carrier, tracking_number=number)
        add_order(
            database,
            POLICY,
            one.order_id,
            parcel,
            at=one.known,
            promised_at=one.promised.isoformat() if one.promised else None,
        )
        for hours, status in ((one.first, "in_transit"), (one.ended, one.status)):
            if hours is not None:
                scan = fact(status, hours, source=one.carrier)
                hear(database, POLICY, about(scan, carrier=one.carrier, number=number), at=hours, source=one.carrier)


def day_of(hours: float) -> date:
    return later(hours).astimezone(HERE).date()


def expected(made: Sequence[Made], first: date, last: date) -> Parcels:
    """Parcel by parcel, from what was made and not from what is stored."""
    arrived = [one for one in made if one.status == "delivered" and one.ended and first <= day_of(one.ended) <= last]
    promised = [one for one in arrived if one.promised]
    hours = [one.ended - one.first for one in arrived if one.ended and one.first is not None]
    left = [one for one in made if day_of(one.known) <= last and (one.ended is None or day_of(one.ended) > last)]
    end = datetime(last.year, last.month, last.day, tzinfo=HERE) + DAY
    return Parcels(
        dispatched=sum(first <= day_of(one.known) <= last for one in made),
        delivered=len(arrived),
        in_time=Share(
            sum(day_of(one.ended) <= one.promised for one in promised if one.ended and one.promised), len(promised)
        ),
        transit=transit_of([round(one, 6) for one in hours]),
        returned=sum(one.status == "returned" and first <= day_of(one.ended or 0) <= last for one in made),
        open=len(left),
        late=sum(one.promised is not None and one.promised <= last for one in left),
        still=sum(one.first is not None and later(one.first) < end - 3 * DAY for one in left),
        held=0,
    )


def rounded(found: Parcels) -> Mapping[str, object]:
    transit = found.transit
    speeds = [None if hours is None else round(hours, 2) for hours in (transit.median, transit.p90)]
    return {name: getattr(found, name) for name in Parcels.__dataclass_fields__ if name != "transit"} | {
        "transit": (transit.parcels, *speeds)
    }


def week(database: Database, name: str = WEEK, now: datetime = NOON) -> Report:
    with database.read() as tx:
        return week_report(tx, name, ZONE, now)


# -- parcels -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2])
def test_a_weeks_figures_are_those_of_its_parcels(either: Database, seed: int) -> None:
    made = world(seed)
    fill(either, made)
    found = week(either)
    assert rounded(found.now.parcels) == rounded(expected(made, date(2026, 2, 23), date(2026, 3, 1)))
    for carrier in found.now.carriers:
        own = [one for one in made if one.carrier == carrier.carrier]
        assert rounded(carrier.parcels) == rounded(expected(own, date(2026, 2, 23), date(2026, 3, 1)))
    assert sum(carrier.parcels.delivered for carrier in found.now.carriers) == found.now.parcels.delivered > 3


def test_what_was_usual_is_the_median_of_the_four_weeks_before(sqlite: Database) -> None:
    made = world(3, 90)
    fill(sqlite, made)
    found = week(sqlite)
    mondays = [date(2026, 2, 16) - 7 * DAY * back for back in range(4)]
    before = [expected(made, monday, monday + 6 * DAY) for monday in mondays]
    assert [one.period.first for one in found.before] == mondays
    assert found.usual(lambda of: of.parcels.delivered) == statistics.median(one.delivered for one in before)
    assert found.usual(lambda of: of.parcels.late) == statistics.median(one.late for one in before)


def test_weeks_before_anything_was_known_are_not_compared_with(sqlite: Database) -> None:
    add_order(sqlite, POLICY, at=-48, promised_at="2026-02-27")
    found = week(sqlite)
    assert (found.now.parcels.dispatched, found.now.parcels.late, found.before) == (1, 1, [])
    assert found.usual(lambda of: of.parcels.delivered) is None


def test_an_empty_week_says_so(sqlite: Database) -> None:
    assert week(sqlite).now.is_empty


def test_few_parcels_have_neither_percentage_nor_percentiles() -> None:
    assert (Share(3, 4).ratio, Share(4, 5).ratio) == (None, 0.8)
    assert (transit_of([1, 2, 3, 4]).median, transit_of([1, 2, 3, 4, 5]).median) == (None, 3)
    assert transit_of([1, 2, 3, 4, 5]).p90 == pytest.approx(4.6)


@pytest.mark.parametrize(
    ("utc", "is_in_time"),
    [("2026-02-26T02:59:59.000+00:00", True), ("2026-02-26T03:00:00.000+00:00", False)],
    ids=["a second before midnight", "midnight"],
)
def test_the_promised_day_ends_at_the_shops_midnight(sqlite: Database, utc: str, is_in_time: bool) -> None:
    hours = (from_text(utc) - NOON) / HOUR
    fill(sqlite, [Made("1", "ups", hours - 60, date(2026, 2, 25), hours - 50, hours, "delivered")])
    assert week(sqlite).now.parcels.in_time == Share(int(is_in_time), 1)


def test_a_status_set_by_hand_is_a_delivery_of_the_day_on_which_it_was_shown(sqlite: Database) -> None:
    add_order(sqlite, POLICY, at=-72)
    override(sqlite, POLICY, "delivered", at=-50)
    found = week(sqlite).now
    assert (found.parcels.delivered, found.parcels.transit.parcels) == (1, 0)
    assert dict(found.corrections) == {"delivered": 1}


def test_a_scan_of_an_earlier_parcel_with_the_number_is_no_start(sqlite: Database) -> None:
    fill(sqlite, [Made("1", "ups", -72, None, -70, -24, "delivered")])
    old = fact("in_transit", -24 * 120, source="ups")
    hear(sqlite, POLICY, about(old, number="N1"), at=-23)
    assert week(sqlite).now.parcels.transit.parcels == 0  # rather than a wrong one


def test_a_return_is_no_delivery(sqlite: Database) -> None:
    add_order(sqlite, POLICY, "1", a_return("R1"), at=-72)
    hear(sqlite, POLICY, about(fact("in_transit", -60), fact("delivered", -30), number="R1"), at=-30)
    assert week(sqlite).now.parcels.delivered == 0


# -- periods -----------------------------------------------------------------------------------------------------------


def test_a_week_across_the_change_of_clocks_has_an_hour_less_or_more() -> None:
    spring, autumn = week_named("2026-W13", "Europe/Lisbon"), week_named("2026-W43", "Europe/Lisbon")
    assert spring.end - spring.start == 7 * DAY - HOUR
    assert autumn.end - autumn.start == 7 * DAY + HOUR


def test_a_day_that_has_no_midnight_begins_with_its_first_moment() -> None:
    """Where clocks go forward at midnight."""
    assert start_of(date(2018, 11, 4), ZONE) == datetime(2018, 11, 4, 3, tzinfo=UTC)


def test_weeks_are_named_by_the_calendar_across_the_new_year() -> None:
    found = week_before(date(2027, 1, 5), ZONE)
    assert (iso_week(found), week_named("2026-W53", ZONE)) == ("2026-W53", found)
    assert [iso_week(one) for one in weeks_before(found)] == ["2026-W52", "2026-W51", "2026-W50", "2026-W49"]


@pytest.mark.parametrize(("name", "last"), [("2026-02", 28), ("2028-02", 29), ("2026-12", 31), ("2026-04", 30)])
def test_a_month_ends_with_its_last_day(name: str, last: int) -> None:
    assert month_named(name, ZONE).last.day == last


def test_a_month_that_goes_on_ends_yesterday_and_one_that_did_not_begin_is_refused() -> None:
    assert month_so_far("2026-03", ZONE, NOON).last == date(2026, 3, 1)
    for name in ("2026-04", "2026-13", "26-01", "2026-3", ""):
        with pytest.raises(BadInput):
            month_so_far(name, ZONE, NOON)


@pytest.mark.parametrize("zone", [ZONE, "Europe/Lisbon", "Asia/Kolkata", "Pacific/Apia"])
def test_the_day_of_a_moment_is_the_one_that_the_calendar_says(zone: str) -> None:
    days, dice = Days(date(2026, 3, 1), date(2026, 4, 30), zone), random.Random(zone)
    for _ in range(500):
        at = datetime(2026, 2, 25, tzinfo=UTC) + timedelta(seconds=dice.uniform(0, 70 * 86400))
        number, on = days.number(to_text(at)), at.astimezone(ZoneInfo(zone)).date()
        assert (0 <= number < len(days.dates)) == (days.dates[0] <= on <= days.dates[-1])
        assert not 0 <= number < len(days.dates) or days.dates[number] == on
    assert [days.number(text) for text in ("2026-02-28", "2026-03-01", "2026-04-30", "2026-05-01")] == [-1, 0, 60, 61]


# -- what went wrong, and what people did ------------------------------------------------------------------------------


def opened(tx: Tx, kind: str, subject: str, at: float, until: float | None) -> None:
    found = incidents.open_incident(tx, kind=kind, subject=subject, title="x", remedy="y", now=later(at))
    if until is not None:
        incidents.take(tx, found, "U0AGENT01")
        incidents.close_incident(tx, kind, subject, later(until))


def test_two_silences_at_once_are_one_and_only_what_lies_in_the_week_counts(either: Database) -> None:
    def work(tx: Tx) -> None:
        opened(tx, "mute_carrier", "ups/push", -60, -50)
        opened(tx, "ask_failing", "ups", -55, -45)
        opened(tx, "mute_carrier", "correios/poll", -24 * 8, -24 * 6 - 9)
        opened(tx, "mute_carrier", "correios/push", -20, None)
        opened(tx, "disk", "database", -30, -29)

    either.write(work)
    now = week(either).now
    silent = {one.carrier: one.silent for one in now.carriers}
    assert silent == {"ups": 15 * HOUR, "correios": 24 * HOUR + 11 * HOUR}  # the week began 177 and ended 9 hours ago
    assert {one.kind: (one.opened, one.open, one.lasted) for one in now.caught} == {
        "mute_carrier": (2, 1, timedelta(hours=10.5)),
        "ask_failing": (1, 0, 10 * HOUR),
        "disk": (1, 0, HOUR),
    }
    assert next(one for one in now.caught if one.kind == "disk").taken_by == ["U0AGENT01"]


def test_silence_outside_of_a_period_is_none_of_it() -> None:
    assert silent_in([(later(0), later(5)), (later(8), later(9))], later(4), later(8)) == HOUR


def test_what_customers_did_not_get_is_counted_once_for_a_parcel(sqlite: Database) -> None:
    add_order(sqlite, POLICY, at=-72)
    about_it = shipment(sqlite)
    for _ in range(2):
        sqlite.write(lambda tx: ledger.write_audit(tx, later(-30), "x", "not received", "said so", about=about_it))
    assert week(sqlite).now.not_received == 1


# -- for people, programs and spreadsheets -----------------------------------------------------------------------------


def test_a_table_can_be_opened_and_sums_up_to_the_month(sqlite: Database) -> None:
    made = world(4)
    fill(sqlite, made)
    with sqlite.read() as tx:
        found = month_report(tx, "2026-02", ZONE, NOON)
    rows = list(csv.DictReader(StringIO(table(found.days, ";")), delimiter=";"))
    assert tuple(rows[0]) == COLUMNS
    want = expected(made, date(2026, 2, 1), date(2026, 2, 28))
    sums = {
        name: sum(int(row[name]) for row in rows) for name in ("dispatched", "delivered", "with_promise", "in_time")
    }
    assert sums == {
        "dispatched": want.dispatched,
        "delivered": want.delivered,
        "with_promise": want.in_time.of,
        "in_time": want.in_time.hits,
    }
    assert {row["day"][:7] for row in rows} == {"2026-02"}


@pytest.mark.parametrize("name", ["=1+1", "+55", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1;2"])
def test_no_cell_of_a_table_is_a_formula(name: str) -> None:
    (head, row) = csv.reader(StringIO(table([OfDay(date(2026, 2, 1), name, name)], ";")), delimiter=";")
    assert len(row) == len(head)
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def test_the_text_says_how_many_came_in_time_and_before(sqlite: Database) -> None:
    fill(sqlite, world(4, 120))
    with sqlite.read() as tx:
        found = month_report(tx, "2026-02", ZONE, NOON)
    share, usual = found.now.parcels.in_time, found.before[0].parcels.in_time
    assert usual.ratio is not None
    ratios = f"{share.hits / share.of:.0%}; before: {usual.ratio:.0%}"
    said = f"{share.hits} of {share.of} with a promise came in time ({ratios})"
    assert said.replace("%", " %") in list(lines(found))
    assert as_json(found)["now"]["delivered"] == found.now.parcels.delivered  # type: ignore[index]  # JSON


def test_the_query_of_parcels_reads_an_index_and_not_the_whole_table(sqlite: Database) -> None:
    from relay.store import report as store  # noqa: PLC0415 - only this test looks into it

    with sqlite.read() as tx:
        plan = tx.rows(
            f"EXPLAIN QUERY PLAN {store._PARCELS}",  # noqa: SLF001 - its text is what is planned
            shop="default",
            known_at="",
            shipment_id="",
            start="",
            end="",
            limit=1,
        )
    assert not [row["detail"] for row in plan if row["detail"].startswith("SCAN")]
