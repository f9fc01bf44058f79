"""What only DHL has: coarse codes with words beside them, three forms of moments, and pushes of no settled shape."""

from datetime import UTC, datetime

import pytest

from relay.carriers import read_answer, read_push
from relay.carriers._dhl_unified_codes import status_of
from relay.carriers.dhl_unified import carrier
from relay.model import Action, Answer, Fact, Status
from tests.carriers.samples import NOW, answers, folder_of


def scans(name: str) -> list[Fact]:
    [sample] = [sample for sample in answers(carrier) if sample.name == name]
    facts = read_answer(carrier, sample.answer()).reports[0].facts
    return [fact for fact in facts if not fact.is_summary]


def test_nine_decimals_are_cut_to_six_and_kept_as_written() -> None:
    delivered = scans("delivered")[0]
    assert delivered.occurred_at == datetime(2026, 3, 4, 19, 20, 0, 123456, UTC)
    assert delivered.moment_text == "2026-03-04T16:20:00.123456789-03:00"


def test_a_division_at_home_has_a_zone_which_is_marked_as_assumed() -> None:
    loaded = scans("out_for_delivery")[0]
    assert loaded.occurred_at == datetime(2026, 3, 4, 8, 10, tzinfo=UTC)
    assert loaded.zone_assumed


def test_the_status_lends_its_zone_to_the_event_that_it_repeats_and_to_no_other() -> None:
    newest, older = scans("zone-in-status")
    assert (newest.zone_assumed, older.zone_assumed) == (False, True)
    assert newest.moment_text == "2026-03-04T09:10:00"


@pytest.mark.parametrize("words", ["It will be loaded into the delivery vehicle", "DELIVERED", "Zugestellt"])
def test_words_of_what_is_to_come_or_of_a_delivery_change_nothing(words: str) -> None:
    assert status_of("transit", words) is Status.IN_TRANSIT
    assert status_of("pre-transit", words) is Status.INFO_RECEIVED


def test_of_two_parcels_under_one_number_it_is_the_one_with_the_newest_scan() -> None:
    assert {fact.status for fact in scans("two-services")} == {Status.IN_TRANSIT, Status.INFO_RECEIVED}


def test_a_push_that_says_nothing_leads_to_asking() -> None:
    reading = read_push(carrier, (folder_of(carrier) / "says-nothing.json").read_bytes())
    assert reading.action is Action.FETCH
    assert [report.tracking_number for report in reading.reports] == ["0000000018"]


def test_a_number_that_was_not_found_is_read_from_the_path_where_nobody_says_what_was_asked() -> None:
    body = b'{"status": 404, "instance": "/shipment/0000000018"}'
    assert read_answer(carrier, Answer(404, body, NOW)).reports[0].tracking_number == "0000000018"
    assert read_answer(carrier, Answer(404, b'{"status": 404}', NOW)).reports[0].tracking_number is None
