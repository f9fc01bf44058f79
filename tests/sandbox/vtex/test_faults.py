import httpx
import pytest

from relay.sandbox.vtex import FOREVER, Invoice, PretendVtex, Route
from tests.sandbox.vtex.conftest import ORDERS, Hours

MOVING: dict[str, object] = {"isDelivered": False, "deliveredDate": None, "events": []}


@pytest.fixture
def order_path(vtex: PretendVtex) -> str:
    order_id = vtex.store.place()
    vtex.store.invoice(order_id, Invoice("24382", tracking_number="OM1BR"))
    return f"{ORDERS}/{order_id}"


@pytest.mark.parametrize("name", ["X-VTEX-API-AppKey", "X-VTEX-API-AppToken"])
@pytest.mark.parametrize("text", ["wrong", "ñandú", ""])
def test_both_halves_of_the_key_are_wanted(vtex: PretendVtex, order_path: str, name: str, text: str) -> None:
    given = httpx.Headers(vtex.key.headers | {name: text}, encoding="utf-8")
    answer = httpx.get(vtex.url + order_path, headers=given, trust_env=False)
    assert answer.status_code == 401
    assert answer.json() == {"error": {"code": "1", "message": "Unauthorized access", "exception": None}}


def test_a_key_can_be_rejected_and_a_role_be_missing(vtex: PretendVtex, client: httpx.Client, order_path: str) -> None:
    vtex.faults.missing_roles.add(Route.ORDER)
    assert client.get(order_path).status_code == 403
    assert client.get(ORDERS).status_code == 200
    vtex.faults.rejects_key = True
    assert client.get(ORDERS).status_code == 401
    vtex.faults.clear()
    assert client.get(order_path).status_code == 200


def test_calls_are_throttled_with_and_without_a_time(vtex: PretendVtex, client: httpx.Client, order_path: str) -> None:
    vtex.faults.throttle(1, retry_after_s=30)
    vtex.faults.throttle(1)
    answers = [client.get(order_path) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert [answer.headers.get("Retry-After") for answer in answers] == ["30", None, None]


def test_a_fault_may_be_of_one_route_and_last(vtex: PretendVtex, client: httpx.Client, order_path: str) -> None:
    vtex.faults.fail(FOREVER, status=503, route=Route.LIST)
    assert [client.get(ORDERS).status_code for _ in range(3)] == [503, 503, 503]
    assert client.get(order_path).status_code == 200
    vtex.faults.clear()
    assert client.get(ORDERS).status_code == 200


def test_an_answer_can_be_html_or_cut(vtex: PretendVtex, client: httpx.Client, order_path: str) -> None:
    vtex.faults.answer_html()
    page = client.get(order_path)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    vtex.faults.cut_answers()
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        client.get(order_path).json()


def test_an_answer_can_be_slow(vtex: PretendVtex, client: httpx.Client, order_path: str) -> None:
    vtex.faults.be_slow(60)
    with pytest.raises(httpx.ReadTimeout):
        client.get(order_path, timeout=0.05)
    assert client.get(order_path).status_code == 200


def test_a_write_can_take_effect_while_its_answer_is_lost(
    vtex: PretendVtex, client: httpx.Client, order_path: str
) -> None:
    vtex.faults.lose_answers()
    body = MOVING | {"isDelivered": True}
    assert client.put(f"{order_path}/invoice/24382/tracking", json=body).status_code == 502
    package = client.get(order_path).json()["packageAttachment"]["packages"][0]
    assert package["courierStatus"]["finished"] is True


def test_every_call_is_recorded(vtex: PretendVtex, client: httpx.Client, order_path: str) -> None:
    client.get(ORDERS, params={"page": 31})
    client.put(f"{order_path}/invoice/24382/tracking", json=MOVING)
    client.post(f"{order_path}/invoice", json={})
    recorded = [(call.method, call.path, call.query, call.status, call.route) for call in vtex.calls.made]
    assert recorded == [
        ("GET", ORDERS, "page=31", 400, Route.LIST),
        ("PUT", f"{order_path}/invoice/24382/tracking", "", 200, Route.TRACKING),
        ("POST", f"{order_path}/invoice", "", 404, None),
    ]
    assert '"isDelivered"' in vtex.calls.of(Route.TRACKING)[0].body


def test_the_busiest_minute_is_known(vtex: PretendVtex, client: httpx.Client, order_path: str, hours: Hours) -> None:
    for seconds in (0, 0, 59, 60, 119):
        hours.past = seconds / 3600
        client.get(order_path)
    client.get(ORDERS)
    assert vtex.calls.busiest_minute(Route.ORDER) == 3
    assert vtex.calls.busiest_minute() == 3
    assert vtex.calls.busiest_minute(Route.FEED) == 0
