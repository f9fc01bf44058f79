"""Who knows parcels by its own reference alone: what it says of that is remembered, and nothing is told twice."""

import json

import pytest

from relay.carriers import carrier_named, read_push
from relay.database import Database
from relay.intake import Policy
from relay.intake.record import record_push
from relay.model import Push
from relay.store import asks
from tests.conftest import fact
from tests.intake.steps import about, add_order, codes_on, hear, later, shown

ME = carrier_named("melhor-envio")
UUID, NUMBER = "0a000000-0000-4000-8000-000000000001", "QB000000016BR"
TRACK = f"melhor-envio/{NUMBER}"


def push(database: Database, policy: Policy, event: str, number: str | None, *, at: float, **moments: str) -> None:
    data = {"id": UUID, "status": event, "tracking": number, **moments}
    body = json.dumps({"event": f"order.{event}", "data": data}).encode()
    record_push(database, policy, Push("melhor-envio", "POST", "/", {}, body, later(at)), read_push(ME, body))


def known_as(database: Database, track_id: str = TRACK) -> dict[str, str]:
    with database.read() as tx:
        return asks.references(tx, "melhor-envio", [track_id])


def add(database: Database, policy: Policy, *, at: float = 0) -> None:
    add_order(database, policy, carrier="melhor-envio", number=NUMBER, at=at)


POSTED = {"posted_at": "2026-03-02T13:00:00.000000Z"}
DELIVERED = {**POSTED, "delivered_at": "2026-03-04T13:00:00.000000Z"}


def test_a_push_with_number_and_reference_is_enough_to_ask_by_it(database: Database, policy: Policy) -> None:
    add(database, policy)
    push(database, policy, "posted", NUMBER, at=1, **POSTED)
    assert known_as(database) == {TRACK: UUID}


def test_what_was_told_before_the_number_is_the_parcels_once_it_is_known_and_once(
    database: Database, policy: Policy
) -> None:
    add(database, policy)
    push(database, policy, "posted", None, at=1, **POSTED)
    assert (shown(database), codes_on(database, TRACK)) == ("pending", [])
    push(database, policy, "posted", NUMBER, at=2, **POSTED)
    assert (shown(database), codes_on(database, TRACK)) == ("in_transit", ["posted"])
    push(database, policy, "delivered", None, at=49, **DELIVERED)
    assert "delivered" in codes_on(database, TRACK)


def test_a_reference_told_before_the_parcel_is_known_is_the_parcels(database: Database, policy: Policy) -> None:
    push(database, policy, "posted", NUMBER, at=1, **POSTED)
    assert known_as(database, f"/{NUMBER}") == {f"/{NUMBER}": UUID}
    add(database, policy, at=2)
    assert known_as(database) == {TRACK: UUID}
    push(database, policy, "delivered", None, at=49, **DELIVERED)
    assert "delivered" in codes_on(database, TRACK)


def test_a_parcel_that_comes_after_the_reference_and_is_spoken_of_by_that_alone(
    database: Database, policy: Policy
) -> None:
    push(database, policy, "posted", NUMBER, at=1, **POSTED)
    push(database, policy, "delivered", None, at=49, **DELIVERED)
    add(database, policy, at=50)
    assert codes_on(database, TRACK) == ["delivered", "posted"]


@pytest.mark.parametrize("source", ["ups", "17track", "easypost"])
def test_of_others_nothing_is_remembered(database: Database, policy: Policy, source: str) -> None:
    add_order(database, policy)
    hear(database, policy, about(fact("in_transit", source=source), reference="ref"), source=source)
    with database.read() as tx:
        assert tx.rows("SELECT * FROM registrations") == []
