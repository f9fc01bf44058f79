"""Whatever a caller sends, the answer is a problem that says what, why and what to do; never a failure of ours."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import NoReturn, cast
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.database import Database, Tx, open_database
from relay.desk import Desk
from relay.errors import StorageFull
from relay.intake.refused import Refused
from relay.settings import load_settings
from relay.store import incidents
from relay.web import create_app
from tests.conftest import NOON, settle
from tests.intake.steps import POLICY
from tests.web.calls import API, Api, Json, filled
from tests.web.conftest import ON_SQLITE, ORDER

FIELDS = ("type", "title", "status", "detail", "what", "why", "remedy")
BODIES = ("create_shipment", "edit_shipment", "set_override", "tell_events", "parse_body")


@ON_SQLITE
def test_every_error_of_http_is_a_problem(api: Api, parcel: str) -> None:
    key = {"Authorization": f"Bearer {api.keys['write']}"}
    of_json = {**key, "Content-Type": "application/json"}
    answers = {
        400: api.client.post(f"{API}/shipments", headers=of_json, data=b"{"),
        401: api.client.get(f"{API}/shipments"),
        403: api.client.get(f"{API}/shipments", headers={"Authorization": f"Bearer {api.keys['carrier:ups']}"}),
        404: api.client.get(f"{API}/nothing", headers=key),
        405: api.client.delete(f"{API}/shipments", headers=key),
        409: api.client.post(f"{API}/shipments/{parcel}/check", headers=key),
        411: api.client.put(f"{API}/shipments/{parcel}/override", headers=of_json),
        413: api.client.post(f"{API}/shipments", headers=of_json, data=b" " * 2_100_000),
        415: api.client.post(f"{API}/shipments", headers=key, data=b"{}"),
        422: api.client.post(f"{API}/shipments", headers=of_json, data=b"{}"),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.content_type == "application/problem+json"
        problem = answer.get_json()
        assert all(problem[name] for name in FIELDS), problem
        assert problem["status"] == status
        assert problem["type"].startswith("urn:wismo:problem:")
    assert "POST" in answers[405].headers["Allow"]
    assert len({answer.get_json()["type"] for answer in answers.values()}) == len(answers)


@ON_SQLITE
def test_of_a_body_that_breaks_off_nothing_is_taken(api: Api) -> None:
    cut = {"CONTENT_LENGTH": "500", "wsgi.input_terminated": True}
    told = {"order_id": "1001"}
    answer = api.call("POST", "/shipments", json=told, environ_overrides=cut)
    assert (answer.status_code, answer.get_json()["what"]) == (400, "the body broke off")
    assert api.call("GET", "/shipments", "read").get_json()["shipments"] == []


@ON_SQLITE
def test_elsewhere_errors_stay_as_they_were(api: Api) -> None:
    answer = api.client.post("/push/nobody", data=b"{}")
    assert (answer.status_code, answer.content_type) == (404, "application/json")
    assert set(answer.get_json()) == {"what", "why", "remedy"}


@dataclass
class Full:
    """A database whose disk is full: it can be read, and nothing more."""

    real: Database
    engine: str = "sqlite"

    def read(self) -> AbstractContextManager[Tx]:
        return self.real.read()

    def write(self, _work: object) -> NoReturn:
        raise StorageFull("the disk is full or failing", retry_after_s=60)

    def write_each(self, _work: object, _item: object) -> NoReturn:
        self.write(None)


@ON_SQLITE
def test_on_a_full_disk_questions_are_answered_and_the_rest_is_asked_to_come_back(api: Api, parcel: str) -> None:
    full = replace(api.desk, database=cast("Database", Full(api.desk.database)))
    refused = Refused()
    client = create_app(full, refused, lambda: NOON).test_client()
    headers = {"Authorization": f"Bearer {api.keys['write']}"}
    assert client.get(f"{API}/shipments/{parcel}", headers=headers).status_code == 200
    for path, body in (("/shipments", ORDER), ("/shipments/ups/1Z9/events", {"status": "in_transit"})):
        answer = client.post(f"{API}{path}", headers=headers, json=body)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        assert answer.content_type == "application/problem+json"
    refused.write_down(api.desk.database, NOON)
    with api.desk.database.read() as tx:
        assert [row["kind"] for row in incidents.incidents(tx, only_open=True)] == ["storage"]


NASTY = [
    b" ",
    b"null",
    b"[]",
    b'"text"',
    b'"{\\"order_id\\":\\"1\\"}"',
    b"{",
    b"\xff\xfe{}",
    b'{"order_id":"\\u0000"}',
    b'{"order_id":"a","package":"\\u0000"}',
    b'{"order_id":"\\ud800"}',
    b'{"order_id":"a","name":"\\udfff\\ud800"}',
    b'{"order_id":1}',
    b'{"order_id":true}',
    b'{"order_id":["a"]}',
    b'{"order_id":' + b"9" * 5000 + b"}",
    b'{"order_id":1e999}',
    b'{"order_id":NaN}',
    b'{"order_id":"a","unknown":1}',
    b'{"order_id":"' + b"x" * 100_000 + b'"}',
    b'{"order_id":"a","carrier":"' + b"x" * 100_000 + b'","tracking_number":"1"}',
    b'{"order_id":"a","tracking_number":"' + "\u200b".encode() + b'"}',
    b'{"order_id":"a","kind":"sideways"}',
    b"[" * 100_000,
    b'{"order_id":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}",
]


def test_nothing_nasty_is_a_failure_of_ours_and_each_is_named(api: Api) -> None:
    for body in NASTY:
        answer = api.call("POST", "/shipments", data=body, content_type="application/json")
        assert answer.status_code in {400, 422}, (body[:60], answer.get_json())
        assert answer.get_json()["remedy"]
    for text in ("\0", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "x" * 5000, "'; --", "%"):
        for path in (f"/orders?query={text!r}", "/orders/%00", "/shipments/%00", "/shipments?cursor=%ff%fe"):
            assert api.call("GET", path, "read").status_code in {200, 404, 422}
    events = b'{"events":[{"occurred_at":"2026-03-02T07:00:00Z","status":"in_transit","place":"\\u0000"}]}'
    answer = api.call("POST", "/shipments/ups/1Z9/events", data=events, content_type="application/json")
    assert answer.get_json()["errors"][0]["field"] == "events[0].place"
    assert api.call("GET", "/shipments", "read").get_json()["shipments"] == []


@ON_SQLITE
def test_no_problem_repeats_what_may_be_somebodys_address(api: Api) -> None:
    answer = api.call("POST", "/shipments", json=ORDER | {"kind": "ana@example.com", "ana@example.com": 1})
    assert "ana@example.com" not in answer.get_json()["errors"][0]["fault"]


# -- any body ----------------------------------------------------------------------------------------------------------

TEXTS = st.text(max_size=30) | st.sampled_from(
    [
        "\0",
        "ups",
        "delivered",
        "2026-03-02T12:00:00Z",
        "9999-12-31",
        "0001-01-01T00:00:00+14:00",
        "lifted",
        "a@b.example",
    ]
)
VALUES: Json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


MEMBERS = (
    *("order_id", "carrier", "tracking_number", "package", "email", "name", "locale", "promised_at", "kind"),
    *("ordered_at", "tracking_url", "status", "reason", "until", "tell", "dry_run", "estimated_at"),
    *("updated_at", "reference", "parcel_id"),
)
#: What a body may look like that somebody meant to be right.
ALMOST = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(MEMBERS, VALUES | TEXTS)
    | {
        "events": st.lists(
            st.dictionaries(st.sampled_from(["occurred_at", "status", "code", "place"]), TEXTS), max_size=3
        )
    },
)


@pytest.fixture(scope="module")
def one_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    database = open_database(f"sqlite:{tmp_path_factory.mktemp('api') / 'wismo.db'}", create=True)
    database.migrate()
    database.write(settle)
    yield Api(Desk(database, load_settings({}, env_file=None), POLICY))
    database.close()


@settings(max_examples=60)
@given(body=ALMOST | VALUES)
def test_no_json_whatever_is_a_failure_of_ours(one_api: Api, body: Json) -> None:
    one_api.new_keys()
    parcel = one_api.call("POST", "/shipments", json=ORDER).get_json()["shipment_id"]
    for name in BODIES:
        method, address, _ = one_api.operations[name]
        path = filled(address, shipment_id=parcel, carrier="ups", number="1Z9", slug="ups")
        raw = json.dumps(body).encode()
        answer = one_api.call(method, path, data=raw, content_type="application/json")
        assert answer.status_code < 500, (name, body)
        assert answer.status_code not in {401, 403, 404, 429}, (name, body)


@settings(max_examples=60)
@given(parts=st.lists(st.text(max_size=12), min_size=3, max_size=3))
def test_no_address_whatever_is_a_failure_of_ours(one_api: Api, parts: list[str]) -> None:
    one_api.new_keys()
    first, second, third = (quote(part, safe="") for part in parts)
    for path in (
        f"/shipments/{first}",
        f"/shipments?cursor={first}&status={second}&limit={third}",
        f"/shipments?carrier={first}&order_id={second}&changed_after={third}",
        f"/orders/{first}/{second}",
        f"/orders?query={first}",
    ):
        answer = one_api.client.get(f"{API}{path}", headers={"Authorization": f"Bearer {one_api.keys['read']}"})
        assert answer.status_code < 500, path
    told = one_api.client.post(
        f"{API}/shipments/{first}/{second}/events",
        json={"status": third},
        headers={"Authorization": f"Bearer {one_api.keys['write']}"},
    )
    assert told.status_code < 500
