"""The document: valid, complete, and true of every answer (which :mod:`tests.web.calls` holds against it)."""

import pytest
from openapi_spec_validator import validate

from tests.web.calls import API, Api, check, examples, filled
from tests.web.conftest import ON_SQLITE

SLUG_OF_PARSE = "ups"


@ON_SQLITE
def test_it_is_valid_openapi_3_1_and_public(api: Api) -> None:
    answer = api.client.get(f"{API}/openapi.json")
    assert answer.status_code == 200
    assert "public" in answer.headers["Cache-Control"]
    assert answer.get_json()["openapi"].startswith("3.1")
    validate(answer.get_json())
    again = api.client.get(f"{API}/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@ON_SQLITE
def test_it_describes_every_route_and_the_key_that_each_needs(api: Api) -> None:
    routes = {
        rule.endpoint.removeprefix("api.")
        for rule in api.app.url_map.iter_rules()
        if rule.rule.startswith(API) and rule.endpoint != "api.show_document"
    }
    assert set(api.operations) == routes
    for name, (_, _, operation) in api.operations.items():
        assert operation["security"][0]["key"], name
        assert operation["summary"], name
        assert {"401", "403", "422", "429", "503"} <= set(operation["responses"]), name


@ON_SQLITE
def test_no_page_of_the_library_is_served(api: Api) -> None:
    assert [rule.rule for rule in api.app.url_map.iter_rules() if "openapi" in rule.rule] == [f"{API}/openapi.json"]


def test_every_body_has_an_example_that_fits_and_is_taken(api: Api, parcel: str) -> None:
    found = examples(api.document)
    takes_body = {name for name, (_, _, operation) in api.operations.items() if "requestBody" in operation}
    assert {name for name, _, _ in found} == takes_body
    for name, schema, example in found:
        assert example, name
        check(schema, api.document, example)
        method, address, _ = api.operations[name]
        path = filled(address, shipment_id=parcel, carrier="acme", number="AC-1001", slug=SLUG_OF_PARSE)
        assert api.call(method, path, json=example).status_code in {200, 201, 202}, name


@ON_SQLITE
def test_every_answer_has_an_example_that_fits(api: Api) -> None:
    for name, (_, _, operation) in api.operations.items():
        for status, answer in operation["responses"].items():
            content = answer["content"].get("application/json")
            if content:
                assert "example" in content, (name, status)
                check(content["schema"], api.document, content["example"])


@ON_SQLITE
@pytest.mark.parametrize("field", ["limit", "cursor", "status", "heard_before", "open"])
def test_the_conditions_of_the_list_stand_in_it(api: Api, field: str) -> None:
    parameters = {one["name"]: one for one in api.operations["list_shipments"][2]["parameters"]}
    assert parameters[field]["in"] == "query"
