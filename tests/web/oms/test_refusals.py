"""Whatever is sent, the door answers by name, and what is authentic is kept."""

from collections.abc import Callable
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.desk import care
from relay.store import facts as fact_store
from tests.conftest import NOON
from tests.web.oms.conftest import (
    AT_THE_DOOR,
    EVENTS,
    ON_THE_WAY,
    Door,
    address,
    as_sent,
    said,
)

# -- refusals ----------------------------------------------------------------------------------------------------------


def test_without_a_valid_key_nothing_is_taken(door: Door) -> None:
    door.add(carrier="jadlog")
    good = door.key("carrier:jadlog")
    revoked = door.key("carrier:jadlog")
    care.revoke_key(door.desk, care.listed_keys(door.desk)[-1]["key_id"], NOON)
    tries = [{}, {**good, "X-VTEX-API-AppToken": "wismo_x"}, {"X-VTEX-API-AppToken": good["X-VTEX-API-AppToken"]}]
    valid = [key for key in (good, revoked) if door.tell(key).status_code == 200]
    assert len(valid) == 1
    count = len(door.kept())
    for headers in tries:
        answer = door.tell(headers)
        assert answer.status_code == 401
        assert said(answer) == {"error": {"code": "1", "message": "Unauthorized access", "exception": None}}
    assert len(door.kept()) == count


@pytest.mark.parametrize("scope", ["read", "write"])
def test_a_key_of_another_scope_is_told_which_one_is_needed(sqlite_door: Door, scope: str) -> None:
    answer = sqlite_door.tell(sqlite_door.key(scope))
    assert answer.status_code == 403
    assert f"scope {scope}, this needs carrier:<slug>" in said(answer)["error"]["message"]
    assert sqlite_door.kept() == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"{", "body"),
        (b"[]", "body: expected object"),
        (b"{}", "events: missing"),
        (b'{"isDelivered": "yes", "events": []}', "isDelivered: expected true or false"),
        (b'{"events": {"a": 1}}', "events: expected list"),
        (b'{"events": [{"date": "2026-03-01"}]}', "events[0].description: missing"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name_and_kept(sqlite_door: Door, body: bytes, fault: str) -> None:
    headers = sqlite_door.key("carrier:jadlog")
    answer = sqlite_door.client.put(f"{address()}/tracking", data=body, headers=headers)
    assert (answer.status_code, said(answer)["error"]["code"]) == (400, "1")
    assert fault in said(answer)["error"]["message"]
    assert [row["action"] for row in sqlite_door.kept()] == ["unreadable"]


def test_one_bad_event_spoils_only_itself(sqlite_door: Door) -> None:
    sqlite_door.add(carrier="jadlog")
    events = [ON_THE_WAY, {"date": "2026-03-01"}, 7, {"description": "Coletado", "date": "ontem"}, AT_THE_DOOR]
    assert sqlite_door.tell(sqlite_door.key("carrier:jadlog"), {"events": events}).status_code == 200
    assert sqlite_door.state()[2] == "out_for_delivery"
    assert "events[1].description: missing" in sqlite_door.kept()[0]["reason"]


@pytest.mark.parametrize(
    ("order", "invoice"), [("a" * 201, "1"), ("1", "b" * 201), ("1", "\0"), ("\0", "1"), (" ", "1")]
)
def test_what_cannot_name_a_package_is_refused_by_name(door: Door, order: str, invoice: str) -> None:
    answer = door.tell(door.key("carrier:jadlog"), order=order, invoice=invoice)
    assert answer.status_code == 400
    assert "characters" in said(answer)["error"]["message"]


@pytest.mark.parametrize(("size", "status"), [(1000, 200), (3_000_000, 413)])
def test_a_body_in_chunks_needs_no_length(sqlite_door: Door, size: int, status: int) -> None:
    body = as_sent({"events": [{**ON_THE_WAY, "description": "Coletado" + "x" * size}]})
    environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = sqlite_door.client.put(
        f"{address()}/tracking",
        input_stream=BytesIO(body),
        environ_overrides=environ,
        headers=sqlite_door.key("carrier:a"),
    )
    assert answer.status_code == status


def test_a_body_that_is_too_large_is_refused_in_the_same_shape(sqlite_door: Door) -> None:
    body = {"events": [{**ON_THE_WAY, "description": "x" * 3_000_000}]}
    answer = sqlite_door.tell(sqlite_door.key("carrier:jadlog"), body)
    assert answer.status_code == 413
    assert "Too Large" in said(answer)["error"]["message"]


# -- laws --------------------------------------------------------------------------------------------------------------

_leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["2026-03-01", "2026-03-01 08:00", "0001-01-01", "9999-12-31T23:59:59-12:00", "Entregue", "\0"])
)
_names = st.sampled_from(
    [
        "isDelivered",
        "deliveredDate",
        "events",
        "date",
        "description",
        "city",
        "trackingNumber",
        "trackingUrl",
        "courier",
    ]
)
_bodies = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names | st.text(max_size=5), inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=_bodies, is_link=st.booleans(), is_known=st.booleans())
def test_no_body_breaks_the_door_and_none_is_lost(
    sqlite_door: Door, body: object, is_link: bool, is_known: bool
) -> None:
    key = sqlite_door.key("carrier:jadlog")
    if is_known:
        sqlite_door.add(carrier="jadlog")
    end = "" if is_link else "/tracking"
    answer = sqlite_door.client.put(address() + end, data=as_sent(body), headers=key)
    assert answer.status_code in {200, 400}
    with sqlite_door.desk.database.read() as tx:
        assert fact_store.push(tx, answer.headers["Wismo-Push-Id"]) is not None


NASTY = [
    {"events": [{"description": "\0Coletado\0", "city": "\0", "date": "2026-03-01"}]},
    {"events": [{"description": "x" * 100_000, "date": "2026-03-01"}]},
    {"events": [{"description": "\ud800", "date": "2026-03-01"}]},
    {"events": [{"description": "Coletado", "date": "9999-12-31T23:59:59-14:00"}]},
    {"isDelivered": True, "deliveredDate": "0001-01-01 00:00", "events": None},
    {"trackingNumber": "\0", "trackingUrl": "javascript:alert(1)"},
    {"trackingNumber": "1\0" + "2" * 150, "courier": "\0" * 300, "dispatchedDate": "0001-01-01T00:00:00"},
]


@pytest.mark.parametrize("body", NASTY)
@pytest.mark.parametrize("end", ["", "/tracking"])
def test_nasty_bodies_are_taken_or_refused_by_both_engines(door: Door, body: dict[str, object], end: str) -> None:
    key = door.key("carrier:jadlog")
    for _ in range(2):
        assert door.client.put(address() + end, data=as_sent(body), headers=key).status_code in {200, 400}
        door.add(carrier="jadlog")


Step = Callable[[], object]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.permutations(["tell", "tell more", "link", "add", "add again"]))
def test_whatever_comes_first_it_ends_in_the_same_state(sqlite_door: Door, steps: list[str]) -> None:
    key = sqlite_door.key("carrier:jadlog")
    order = "-".join(steps)
    does: dict[str, Step] = {
        "tell": lambda: sqlite_door.tell(key, {**EVENTS, "events": [ON_THE_WAY]}, order=order),
        "tell more": lambda: sqlite_door.tell(key, order=order),
        "link": lambda: sqlite_door.link(key, f"JD{abs(hash(order))}", order=order),
        "add": lambda: sqlite_door.add(order, number=None),
        "add again": lambda: sqlite_door.add(order, number=None),
    }
    for step in steps:
        does[step]()
    assert sqlite_door.state(order) == ("jadlog", f"JD{abs(hash(order))}", "out_for_delivery")
    assert len(sqlite_door.events(order)) == 2
    with sqlite_door.desk.database.read() as tx:
        assert tx.rows("SELECT package FROM awaited WHERE order_id = :order", order=order) == []
