"""What is written of a parcel is the same whoever tells it, and is known again however VTEX shows it."""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.model import EventView, Status
from relay.sandbox.vtex.tracking import EventsMode, read_write, shown_after
from relay.shops import ShopEvent, Shown, Written
from relay.shops.vtex.tracking import (
    LONGEST_DESCRIPTION,
    Difference,
    body_of,
    city_and_state,
    delivery_fault,
    differences,
    events_of,
    not_yet_shown,
    written_of,
)
from tests.conftest import NOON
from tests.shops.samples import ZONE, order, package, read

EMPTY: dict[str, Any] = {"status": None, "finished": False, "deliveredDate": None, "data": []}


def view(hours: float = 0, description: str = "In transit", place: str = "Cajamar, SP", **more: Any) -> EventView:  # noqa: ANN401 - fields of the dataclass
    given: dict[str, Any] = {
        "occurred_at": NOON + timedelta(hours=hours),
        "local_time": None,
        "zone_assumed": False,
        "status": Status.IN_TRANSIT,
        "code": "IT",
        "description": description,
        "place": place,
        "source": "acme",
        "via": "push",
    }
    return EventView(**(given | more))


def words(event: EventView) -> str:
    return f"({event.status})"


TEXTS = st.one_of(
    st.text(max_size=12), st.sampled_from(["In transit", " In  transit ", "Objeto em trânsito", "a\ud800b"])
)
VIEWS = st.lists(
    st.builds(
        view,
        hours=st.floats(-400, 400),
        description=TEXTS,
        place=st.one_of(TEXTS, st.sampled_from(["Cajamar, SP", "Cajamar/SP", "Miami, FL, US"])),
        status=st.sampled_from(Status),
        zone_assumed=st.booleans(),
        local_time=st.sampled_from([None, "2026-03-01", "2026-03-02T09:00:00"]),
    ),
    max_size=12,
)
MOMENTS = st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - given as bounds


def told(views: list[EventView], delivered_at: datetime | None = None) -> Written:
    return written_of(events_of(views, ZONE, words), delivered_at, ZONE)


def put(status: dict[str, Any], written: Written, mode: EventsMode = EventsMode.REPLACE) -> dict[str, Any]:
    """What VTEX keeps of a package after a write that went over the wire."""
    return shown_after(status, read_write(json.loads(json.dumps(body_of(written)))), mode)


def seen(status: dict[str, Any]) -> Shown:
    return read(order(package(courierStatus=status))).packages[0].shown


# -- what is written ---------------------------------------------------------------------------------------------------


@given(VIEWS, st.randoms())
def test_the_same_events_in_any_order_and_number_are_written_alike(views: list[EventView], random: Random) -> None:
    shuffled = views * 2
    random.shuffle(shuffled)
    assert events_of(shuffled, ZONE, words) == events_of(views, ZONE, words)


@given(VIEWS)
def test_lines_are_in_the_order_of_their_days_and_each_stands_once(views: list[EventView]) -> None:
    lines = events_of(views, ZONE, words)
    assert [line.date for line in lines] == sorted(line.date for line in lines)
    assert len(set(lines)) == len(lines)
    assert all(line.description.isprintable() and line.description.strip() for line in lines)


@given(VIEWS, MOMENTS)
def test_what_was_written_is_shown_by_a_vtex_that_replaces(
    views: list[EventView], delivered_at: datetime | None
) -> None:
    written = told(views, delivered_at)
    status = put(put(EMPTY, written), written)
    assert differences(written, seen(status)) == ()
    assert not_yet_shown(written, seen(status)).events == ()


@given(VIEWS, MOMENTS)
def test_a_vtex_that_adds_is_known_by_its_doubled_events(views: list[EventView], delivered_at: datetime | None) -> None:
    written = told(views, delivered_at)
    status = put(put(EMPTY, written), written, EventsMode.APPEND)
    assert differences(written, seen(status)) == ((Difference.DOUBLED_EVENTS,) if written.events else ())


@given(VIEWS, st.data())
def test_told_only_what_is_new_a_vtex_that_adds_shows_the_same(views: list[EventView], data: st.DataObject) -> None:
    """The events of a source come in any order, so what is known grows by more than its end."""
    written, status = told(views), EMPTY
    for known in (data.draw(st.lists(st.sampled_from(views), max_size=6)) if views else [], views):
        status = put(status, not_yet_shown(told(known), seen(status)), EventsMode.APPEND)
    assert differences(written, seen(status)) == ()


@given(VIEWS, st.randoms())
def test_order_nulls_space_and_form_of_what_is_shown_are_no_difference(views: list[EventView], random: Random) -> None:
    written = told(views)
    status = put(EMPTY, written)
    random.shuffle(status["data"])
    for line in status["data"]:
        line["description"] = f"  {line['description']} \n"
        line["city"], line["state"] = line["city"] or None, line["state"] or None
        line["lastChange"] = random.choice([line["lastChange"], None])
    assert differences(written, seen(status)) == ()


@pytest.mark.parametrize(
    ("place", "city", "state"),
    [
        ("Cajamar, SP", "Cajamar", "SP"),
        ("CAJAMAR / SP", "CAJAMAR", "SP"),
        ("São José - SC", "São José", "SC"),
        ("Agência Central, Cajamar, SP", "Agência Central, Cajamar", "SP"),
        ("Miami, FL, US", "Miami", "FL"),
        ("Embu-Guaçu", "Embu-Guaçu", ""),
        ("Winterfell, ZZZ", "Winterfell, ZZZ", ""),
        ("", "", ""),
    ],
)
def test_a_place_is_a_city_and_a_state_where_it_says_so(place: str, city: str, state: str) -> None:
    assert city_and_state(place) == (city, state)


def test_a_day_is_that_of_the_shop_unless_nobody_knows_the_carriers_zone() -> None:
    late = view(occurred_at=datetime(2026, 3, 3, 1, tzinfo=UTC))
    dateless = view(occurred_at=datetime(2026, 3, 3, tzinfo=UTC), local_time="2026-03-03", zone_assumed=True)
    assert [told([one]).events[0].date for one in (late, dateless)] == ["2026-03-02", "2026-03-03"]


def test_an_event_without_words_gets_ours_and_a_long_one_is_cut() -> None:
    (line,) = events_of([view(description="")], ZONE, words)
    assert line.description == "(in_transit)"
    assert events_of([view(description="")], ZONE, lambda _event: "") == ()
    (line,) = events_of([view(description="x" * 6000)], ZONE, words)
    assert len(line.description) == LONGEST_DESCRIPTION


def test_the_moment_of_delivery_is_the_shops_wall_clock() -> None:
    assert told([], datetime(2026, 2, 14, 19, 15, 59, tzinfo=UTC)) == Written((), True, "2026-02-14 16:15")


def test_a_body_is_what_vtex_documents() -> None:
    written = told([view()], NOON)
    assert body_of(written) == {
        "isDelivered": True,
        "deliveredDate": "2026-03-02 09:00",
        "events": [{"city": "Cajamar", "state": "SP", "description": "In transit", "date": "2026-03-02"}],
    }


# -- how it differs ----------------------------------------------------------------------------------------------------

LINE = ShopEvent("2026-02-11", "In transit", "Cajamar", "SP")
OTHER = ShopEvent("2026-02-12", "Out for delivery", "Campinas", "SP")
GOING = Written((LINE, OTHER), is_delivered=False, delivered_at=None)
ARRIVED = Written((LINE, OTHER), is_delivered=True, delivered_at="2026-02-14 16:15")


@pytest.mark.parametrize(
    ("wanted", "shown", "difference"),
    [
        (GOING, Shown((LINE, OTHER)), []),
        (GOING, Shown((LINE,)), ["missing_events"]),
        (GOING, Shown(), ["missing_events"]),
        (GOING, Shown((LINE, OTHER, LINE)), ["doubled_events"]),
        (GOING, Shown((LINE, OTHER, ShopEvent("2026-02-01", "Packed"))), ["events_of_others"]),
        (
            GOING,
            Shown((LINE, ShopEvent("2026-02-13T00:00:00+00:00", "Out for delivery", "Campinas", "SP"))),
            ["other_date"],
        ),
        (GOING, Shown((LINE, OTHER), is_finished=True), ["finished_by_others"]),
        (ARRIVED, Shown((LINE, OTHER)), ["not_finished"]),
        (ARRIVED, Shown((LINE, OTHER), True, "2026-02-14T16:15:00+00:00"), []),
        (ARRIVED, Shown((LINE, OTHER), True, "2026-02-14T19:15:00.0000000Z"), []),
        (ARRIVED, Shown((LINE, OTHER), True, "2026-02-16T16:15:00+00:00"), ["other_date"]),
        (ARRIVED, Shown((LINE, OTHER), True, None), ["other_date"]),
        (ARRIVED, Shown((LINE, OTHER), True, "never"), ["other_date"]),
        (ARRIVED, Shown((LINE,)), ["not_finished", "missing_events"]),
        (Written((), True, None), Shown((), True, None), []),
    ],
)
def test_what_differs_has_one_word_the_weightiest_first(wanted: Written, shown: Shown, difference: list[str]) -> None:
    assert list(differences(wanted, shown)) == difference


@pytest.mark.parametrize(
    ("delivered", "left", "fault"),
    [
        (-1, -2, None),
        (0, 0, None),
        (-1, None, None),
        (1, -2, "delivered in the future"),
        (-3, -2, "delivered before it was invoiced or dispatched"),
    ],
)
def test_a_delivery_that_marketplaces_would_refuse_is_known_before(
    delivered: int, left: int | None, fault: str | None
) -> None:
    left_at = None if left is None else NOON + timedelta(hours=left)
    assert delivery_fault(NOON + timedelta(hours=delivered), left_at, NOON) == fault
