"""Who may send a canary, and of what; and that it is nobody's parcel."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import orjson
import pytest

from relay.carriers.standard import signed_headers
from relay.database import Database
from relay.desk import Desk, care, correct, couriers, find, listing, team
from relay.desk import health as desk_health
from relay.desk.correct import NewParcel
from relay.errors import BadInput, NotFound
from relay.intake import Policy, canary
from relay.intake.refused import Refused
from relay.model import CANARY, to_text
from relay.sandbox.serving import served
from relay.settings import Settings
from relay.store import facts as fact_store
from relay.store import ledger, orders, outbox, traffic
from relay.watch.traffic import Counting
from relay.web import create_app
from tests.conftest import NOON
from tests.intake import steps
from tests.watch.nest import Nest, arrive

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def send(nest: Nest, body: bytes, secret: str, *, message_id: str = "canary_1", at: datetime | None = None) -> int:
    return httpx.post(
        f"{nest.url}{canary.PATH}",
        content=body,
        headers=signed_headers(message_id, at or nest.clock.now(), body, secret),
    ).status_code


def about(carrier: str, number: str = "N1") -> bytes:
    event = {"status": "in_transit", "occurred_at": to_text(NOON)}
    return orjson.dumps({"type": "shipment.updated", "carrier": carrier, "tracking_number": number, "events": [event]})


@dataclass
class Customer(Nest):
    """An installation with a real sender of standard pushes."""

    @property
    def desk(self) -> Desk:
        settings = Settings(public_url=self.url, adapters={"standard": {"PUSH_SECRETS": SECRET}})
        return Desk(self.database, settings, self.policy)


@pytest.fixture
def customer(database: Database, policy: Policy) -> Iterator[Nest]:
    made = Customer(database, policy)
    canary.secret_of(database)
    with served(made.app) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made


def test_a_forged_one_is_refused_where_there_are_other_senders_and_where_there_are_none(
    customer: Nest, one: Nest
) -> None:
    forged = "whsec_Zm9yZ2VkIGZvcmdlZCBmb3JnZWQgZm9yZ2Vk"
    assert send(customer, about(CANARY), forged) == 401
    canary.secret_of(one.database)
    assert send(one, about(CANARY), forged) == 404
    assert customer.left() == one.left() == 0


def test_there_is_no_canary_before_there_is_a_secret(one: Nest) -> None:
    assert send(one, about(CANARY), SECRET) == 404


def test_an_old_one_is_refused(customer: Nest) -> None:
    ours = canary.secret_of(customer.database)
    for minutes in (-6, 6):
        at = customer.clock.now() + timedelta(minutes=minutes)
        assert send(customer, about(CANARY), ours, at=at) == 401
    assert customer.left() == 0


def test_a_real_senders_secret_cannot_name_the_canarys_carrier(customer: Nest) -> None:
    for message_id in ("canary_1", "msg_1"):
        assert send(customer, about(CANARY), SECRET, message_id=message_id) == 422
        assert send(customer, about("Wismo Canary!"), SECRET, message_id=message_id) == 422
    assert customer.left() == 0


def test_the_canarys_secret_tells_of_no_real_parcel(customer: Nest) -> None:
    steps.add_order(customer.database, customer.policy)
    ours = canary.secret_of(customer.database)
    mixed = orjson.dumps({**json.loads(about(CANARY)), "carrier": "ups", "tracking_number": steps.NUMBER})
    for message_id in ("canary_1", "msg_1"):
        assert send(customer, mixed, ours, message_id=message_id) == 401
    assert steps.shown(customer.database) == "pending"


def test_a_real_sender_may_name_its_messages_as_it_likes(customer: Nest) -> None:
    assert send(customer, about("loggi"), SECRET, message_id="canary_of_a_mine") == 200


def test_a_repeated_canary_is_known(one: Nest) -> None:
    sent = arrive(one)
    again = httpx.post(f"{one.url}{canary.PATH}", content=sent.body, headers=dict(sent.headers))
    assert again.status_code == 200
    assert one.left() == 3


def test_no_person_and_no_script_can_add_a_parcel_of_that_carrier(one: Nest) -> None:
    for carrier in (CANARY, "Wismo Canary", "WISMO-CANARY"):
        with pytest.raises(BadInput, match="reserved"):
            correct.add(one.desk, NewParcel("1001", carrier, "N1"), NOON)
    with pytest.raises(BadInput, match="reserved"):
        care.create_key(one.desk, f"carrier:{CANARY}", "a key", NOON)
    key = care.create_key(one.desk, "write", "a key", NOON).key
    api = create_app(one.desk, Refused(), one.clock.now).test_client()
    answer = api.post(
        f"/api/v1/shipments/{CANARY}/N1/events",
        json={"events": [{"status": "in_transit", "occurred_at": to_text(NOON)}]},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert (answer.status_code, "reserved" in answer.get_data(as_text=True)) == (422, True)
    assert one.left() == 0


def test_whatever_an_adapter_makes_of_a_message_no_other_door_tells_of_it(one: Nest) -> None:
    steps.hear(one.database, one.policy, steps.about(carrier=CANARY), steps.about(carrier="ups"))
    steps.answered(one.database, one.policy, steps.about(carrier=CANARY))
    with one.database.read() as tx:
        assert [row["carrier"] for row in tx.rows("SELECT carrier FROM tracks")] == ["ups"]


# -- it is nobody's parcel ---------------------------------------------------------------------------------------------


def all_lists(nest: Nest) -> list[object]:
    """Everything that a person or a program is shown."""
    desk, now = nest.desk, nest.clock.now()
    with nest.database.read() as tx:
        stored = [
            orders.count_by_status(tx),
            orders.carriers_in_use(tx),
            outbox.count_by_state(tx),
            fact_store.count_unread(tx),
            list(fact_store.unknown_codes(tx)),
            ledger.tallies(tx, now - timedelta(days=7)),
            team.team_list_of(tx, now),
        ]
    shown = desk_health.health(desk, now)
    return [
        *stored,
        shown.reasons,
        shown.detail,
        desk_health.incidents(desk, only_open=False),
        listing.page(desk, [], {}, None, 50, now),
        couriers.listed(desk),
    ]


def test_one_that_has_arrived_stands_on_no_list(nest: Nest) -> None:
    steps.add_order(nest.database, nest.policy)
    before = all_lists(nest)
    sent = arrive(nest)
    assert nest.left() == 3
    assert all_lists(nest) == before
    metrics = httpx.get(f"{nest.url}/metrics")
    assert (metrics.status_code, CANARY in metrics.text) == (200, False)
    Counting().count(nest.database, nest.clock.now())
    with nest.database.read() as tx:
        assert {row.source for row in traffic.hours(tx, NOON - timedelta(hours=1))} == {""}
    with nest.database.read() as tx, pytest.raises(NotFound):
        find.one_order(tx, sent.number)
