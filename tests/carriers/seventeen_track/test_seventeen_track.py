"""What only 17TRACK has: sub-statuses, carriers as numbers, and moments that may lack a zone."""

import json
from datetime import UTC, datetime

import pytest

from relay.carriers._seventeen_track_codes import status_of
from relay.carriers.seventeen_track import ask, carrier, register
from relay.errors import BadPayload
from relay.model import Account, Report, Status, Wanted
from tests.carriers.samples import folder_of

#: Its documented sub-statuses, by main status.
SUB_STATUSES = {
    "NotFound": "Other InvalidCode",
    "InTransit": "PickedUp Other Departure Arrival CustomsProcessing CustomsReleased CustomsRequiringInformation",
    "Expired": "Other",
    "AvailableForPickup": "Other",
    "OutForDelivery": "Other",
    "DeliveryFailure": "Other NoBody Security Rejected InvalidAddress",
    "Delivered": "Other",
    "Exception": "Other NoBody Security Damage Rejected Delayed Lost Destroyed",
}


def report(name: str) -> Report:
    return carrier.parse_push((folder_of(carrier) / f"{name}.json").read_bytes()).reports[0]


@pytest.mark.parametrize(("main", "subs"), SUB_STATUSES.items())
def test_a_sub_status_says_what_its_main_status_says(main: str, subs: str) -> None:
    assert {status_of(f"{main}_{sub}") for sub in subs.split()} == {status_of(main)}
    assert status_of(main) is not Status.UNKNOWN


def test_three_sub_statuses_say_more() -> None:
    said = [status_of(f"Exception_{sub}") for sub in ("Returning", "Returned", "Cancel")]
    assert said == [Status.RETURNING, Status.RETURNED, Status.CANCELLED]


def test_a_scan_without_zone_is_read_in_that_of_the_others_and_its_identity_is_as_written() -> None:
    delivered = report("delivered-no-zone").facts[0]
    assert delivered.occurred_at == datetime(2026, 3, 4, 19, 20, tzinfo=UTC)
    assert delivered.zone_assumed
    assert delivered.local_time == "2026-03-04T16:20:00"
    assert delivered.moment_text == "2026-03-04 16:20:00"


def test_the_carrier_is_the_one_under_whose_key_the_number_is_registered() -> None:
    assert report("two-carriers").carrier == "longway-post"
    assert report("delivered").carrier == "correios"


def test_a_key_without_a_name_is_no_carrier() -> None:
    assert report("pending").carrier is None


def test_the_reference_is_our_tag() -> None:
    assert report("in_transit").reference == "pedido-77"
    assert report("delivered").reference is None
    assert report("stopped").reference == "pedido-77"


def test_without_number_and_tag_a_stop_is_unreadable() -> None:
    body = json.dumps({"event": "TRACKING_STOPPED", "data": {"number": " - ", "carrier": 2151, "tag": ""}}).encode()
    with pytest.raises(BadPayload, match=r"data\.number: missing"):
        carrier.parse_push(body)


def test_a_number_is_asked_about_and_registered_with_its_carrier_where_17track_has_a_key_for_it() -> None:
    wanted = [Wanted("correios", "QB000000016BR"), Wanted("longway-post", "LW1")]
    account = Account({"API_KEY": "key"})
    asked, registered = ask(account, wanted), register(account, wanted)
    assert asked.json == registered.json == [{"number": "QB000000016BR", "carrier": 2151}, {"number": "LW1"}]
    assert (asked.path, registered.path) == ("/track/v2.4/gettrackinfo", "/track/v2.4/register")
    assert asked.headers == {"17token": "key"}
