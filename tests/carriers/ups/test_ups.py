"""What only UPS has: a secret in one of four places, and two clocks."""

from datetime import UTC, datetime

import pytest

from relay.carriers.ups import carrier
from relay.errors import BadSignature
from relay.model import Fact
from tests.carriers.samples import folder_of, push

HERE = folder_of(carrier)


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({"credential": "key"}, ""),
        ({"x-api-key": "key"}, ""),
        ({"authorization": "Bearer key"}, ""),
        ({"authorization": "bearer key"}, ""),
        ({}, "key"),
        ({"credential": "another"}, "key"),
    ],
)
def test_the_secret_may_stand_in_any_of_four_places(headers: dict[str, str], token: str) -> None:
    carrier.verify(push(carrier, b"{}", headers, token), "key")


@pytest.mark.parametrize("headers", [{"authorization": "Basic key"}, {"authorization": "key"}, {"credential": "ke"}])
def test_nothing_else_is_taken_for_it(headers: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        carrier.verify(push(carrier, b"{}", headers), "key")


def scan(name: str) -> Fact:
    return carrier.parse_push((HERE / f"{name}.json").read_bytes()).reports[0].facts[0]


def test_with_gmt_or_with_an_offset_it_is_the_same_scan_at_the_same_instant() -> None:
    by_gmt, by_offset = scan("in_transit"), scan("offset-instead-of-gmt")
    assert by_gmt.occurred_at == by_offset.occurred_at == datetime(2026, 3, 4, 14, 40, tzinfo=UTC)
    assert by_gmt.local_time == by_offset.local_time == "2026-03-04T08:40:00"
    assert by_gmt.moment_text == by_offset.moment_text == "20260304 084000"


def test_with_neither_the_zone_is_assumed() -> None:
    assert scan("no-zone").zone_assumed
    assert not scan("in_transit").zone_assumed


def test_it_is_the_carriers_own_word() -> None:
    assert scan("in_transit").is_own
