"""The shop's door: VTEX is always answered in time, and only what is on disk, or refused by name, is answered 200."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from werkzeug.test import TestResponse

from relay.database import Database
from relay.desk import Desk
from relay.intake import Policy
from relay.intake.refused import Refused
from relay.settings import Settings
from relay.shops.vtex.hooks import PATH, SECRET_HEADER
from relay.store import ledger, reads
from relay.web import create_app
from tests.conftest import NOON

SECRET = "a-long-secret-of-the-tests"
OURS = {SECRET_HEADER: SECRET}


class Door:
    """The hook as VTEX sees it."""

    def __init__(self, database: Database, policy: Policy, **more: object) -> None:
        given = {"vtex_account": "mystore", "vtex_hook_secret": SecretStr(SECRET), **more}
        self.database = database
        self.refused = Refused()
        desk = Desk(database, Settings(**given), policy)  # type: ignore[arg-type]  # the settings' own names
        self.app = create_app(desk, self.refused, lambda: NOON)

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def call(self, body: object, query: str = "", **headers: str) -> TestResponse:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(PATH + query, data=data, headers=headers)

    def wanted(self) -> dict[str, int]:
        """How often each order was told of that is to be read."""
        with self.database.read() as tx:
            return {
                row["order_id"]: row["times"] for row in tx.rows("SELECT * FROM shop_reads WHERE due_at IS NOT NULL")
            }

    def counted(self) -> dict[str, int]:
        self.refused.write_down(self.database, NOON)
        with self.database.read() as tx:
            return {row["name"]: row["times"] for row in ledger.tallies(tx, NOON)}

    def heard(self) -> int:
        with self.database.read() as tx:
            return sum(reads.notices(tx, "default", "hook", NOON).values())


def notice(order_id: str = "v1abc-01", **more: object) -> dict[str, object]:
    return {
        "Domain": "Fulfillment",
        "OrderId": order_id,
        "State": "invoiced",
        "LastState": "invoice",
        "LastChange": "2026-03-02T10:17:39.2550122Z",
        "CurrentChange": "2026-03-02T10:17:40.0965893Z",
        "Origin": {"Account": "mystore", "Key": "vtexappkey-mystore-ABCDEF"},
    } | more


@pytest.fixture
def door(database: Database, policy: Policy) -> Door:
    return Door(database, policy)


def test_a_notice_is_on_disk_when_it_is_answered(door: Door) -> None:
    answer = door.call(notice(), **OURS)
    assert (answer.status_code, answer.json) == (200, {"action": "read"})
    assert door.wanted() == {"v1abc-01": 1}
    assert door.heard() == 1


@pytest.mark.parametrize(
    ("body", "query"),
    [({"hookConfig": "ping"}, ""), ({}, "?hookConfig=ping")],
)
def test_a_ping_is_answered_without_the_secret_and_nothing_else_is_done(door: Door, body: object, query: str) -> None:
    answer = door.call(body, query)
    assert answer.status_code == 200
    assert (door.wanted(), door.heard(), door.counted()) == ({}, 0, {})


def test_an_order_that_calls_itself_a_ping_needs_the_secret(door: Door) -> None:
    assert door.call(notice(hookConfig="ping")).status_code == 401
    assert door.wanted() == {}


@pytest.mark.parametrize(
    "headers", [{}, {SECRET_HEADER: "another"}, {SECRET_HEADER: "ü"}, {SECRET_HEADER: SECRET + "x"}]
)
def test_without_the_secret_nothing_is_kept_but_a_count(door: Door, headers: dict[str, str]) -> None:
    assert door.call(notice(), **headers).status_code == 401
    assert (door.wanted(), door.heard(), door.counted()) == ({}, 0, {"forged": 1})


def test_another_store_on_the_same_hook_is_refused_by_its_name(door: Door) -> None:
    answer = door.call(notice(Origin={"Account": "otherstore"}), **OURS)
    assert answer.status_code == 200
    assert "otherstore" in answer.get_data(as_text=True)
    assert (door.wanted(), door.counted()) == ({}, {"hook_other_store": 1})


@pytest.mark.parametrize("origin", [None, {}, {"Account": None}, "mystore", {"Account": "MyStore"}])
def test_a_notice_that_does_not_say_whose_it_is_counts(door: Door, origin: object) -> None:
    assert door.call(notice(Origin=origin), **OURS).status_code == 200
    assert door.wanted() == {"v1abc-01": 1}


@pytest.mark.parametrize("state", ["order-created", "payment-pending", "start-handling"])
def test_a_state_before_there_is_anything_to_follow_is_heard_and_not_read(door: Door, state: str) -> None:
    assert door.call(notice(State=state), **OURS).json == {"action": "ignore"}
    assert (door.wanted(), door.heard()) == ({}, 1)


@pytest.mark.parametrize("state", [None, "", "a-state-of-tomorrow", "canceled", "payment-approved"])
def test_any_other_state_is_read(door: Door, state: str | None) -> None:
    assert door.call(notice(State=state), **OURS).json == {"action": "read"}
    assert door.wanted() == {"v1abc-01": 1}


def test_what_cannot_be_read_is_answered_200_and_counted_by_name(door: Door) -> None:
    for body in (b" ", b"{", b"[]", b"null", b"\xff\xfe", b'{"OrderId": null}', b'{"OrderId": {"a": 1}}', b"<html>"):
        answer = door.call(body, **OURS)
        assert answer.status_code == 200, body
        assert answer.json
        assert answer.json["action"] == "refused"
    assert door.counted() == {"hook_unreadable": 8}


def test_without_a_shop_or_a_secret_there_is_no_door(database: Database, policy: Policy) -> None:
    for more in ({"vtex_account": ""}, {"vtex_hook_secret": SecretStr("")}):
        door = Door(database, policy, **more)
        assert door.call({"hookConfig": "ping"}).status_code == 404
        assert door.counted()["no_secret"]


def test_a_flood_is_kept_whole(sqlite_door: Door) -> None:
    orders = [f"v{index % 500}-01" for index in range(2000)]
    with ThreadPoolExecutor(8) as threads:
        codes = list(threads.map(lambda order_id: sqlite_door.call(notice(order_id), **OURS).status_code, orders))
    assert set(codes) == {200}
    assert len(sqlite_door.wanted()) == 500
    assert sqlite_door.heard() == 2000


@pytest.fixture(scope="module")
def sqlite_door(tmp_path_factory: pytest.TempPathFactory) -> Door:
    from relay.database import open_database  # noqa: PLC0415
    from tests.conftest import settle  # noqa: PLC0415
    from tests.intake.steps import POLICY  # noqa: PLC0415

    opened = open_database(f"sqlite:{tmp_path_factory.mktemp('hook') / 'wismo.db'}", create=True)
    opened.migrate()
    opened.write(settle)
    return Door(opened, POLICY)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["OrderId", "State", "CurrentChange", "LastChange", "Origin", "Domain", "hookConfig"]),
        json_values,
    )
    | json_values
)
def test_no_body_makes_it_fail(sqlite_door: Door, body: object) -> None:
    assert sqlite_door.call(body, **OURS).status_code == 200
