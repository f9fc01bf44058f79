"""An order of VTEX in our words: what it says is kept, what it does not say breaks nothing."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.errors import ShopFault
from relay.model import Kind
from relay.shops import ShopEvent, Shown
from relay.shops.vtex.orders import locale, read_order
from tests.shops.samples import ANYTHING, ZONE, Json, item, order, package, read


def test_a_whole_order_is_read() -> None:
    seen = read(order(package()))
    assert (seen.order_id, seen.short_number, seen.group_id) == ("v502556abc-01", "502556", "v502556abc")
    assert (seen.customer_name, seen.email, seen.profile_id) == ("Ana Souza", "a@ct.vtex.com.br", "p")
    assert (seen.status, seen.origin, seen.affiliate, seen.copy_of) == ("invoiced", "Marketplace", None, None)
    assert seen.ordered_at == "2026-02-09T10:00:00.123+00:00"
    assert seen.changed_at == "2026-02-09T10:17:40.532+00:00"
    assert (seen.locale, seen.promised_at, seen.is_whole, seen.faults) == ("pt-BR", "2026-02-14", True, ())
    (parcel,) = seen.packages
    assert (parcel.invoice, parcel.kind, parcel.courier) == ("24382", Kind.OUTBOUND, "PAC Correios")
    assert (parcel.tracking_number, parcel.tracking_url) == (
        "OM265512653BR",
        "https://carrier.example/t/OM265512653BR",
    )
    assert (parcel.issued_at, parcel.promised_at) == ("2026-02-09T10:10:20.532+00:00", "2026-02-14")
    assert (parcel.courier_ids, parcel.courier_names, parcel.is_pickup) == (("67",), ("PAC",), False)
    assert parcel.shown == Shown()


def test_a_sellers_copy_names_the_order_it_may_be_of() -> None:
    assert read(order(orderId="00-v1-01", marketplaceOrderId="v1-01")).copy_of == "v1-01"
    assert read(order(orderId="v1-01", marketplaceOrderId="v1-01")).copy_of is None


@pytest.mark.parametrize("absent", ["null", "missing", "wrong"])
def test_any_field_may_be_absent_or_of_another_type(absent: str) -> None:
    whole = order(package())
    for path in leaves(whole):
        if path == ("orderId",):
            continue
        seen = read(without(whole, path, absent))
        assert seen.order_id == "v502556abc-01"
        assert len(seen.packages) <= 1


@pytest.mark.parametrize(
    "path",
    [
        "status",
        "clientProfileData",
        "clientProfileData.email",
        "creationDate",
        "packageAttachment.packages[0]",
        "packageAttachment.packages[0].courierStatus",
        "packageAttachment.packages[0].courierStatus.data",
        "packageAttachment.packages[0].courierStatus.finished",
        "packageAttachment.packages[0].trackingNumber",
        "packageAttachment.packages[0].items[0].itemIndex",
        "shippingData.logisticsInfo",
        "shippingData.logisticsInfo[0].deliveryIds[0].courierId",
    ],
)
def test_what_cannot_be_read_is_named_by_its_path(path: str) -> None:
    keys = tuple(int(key) if key.isdecimal() else key for key in re.findall(r"[A-Za-z]+|[0-9]+", path))
    (fault,) = read(without(order(package()), keys, "wrong")).faults
    assert fault.startswith(f"{path}: expected ")


def leaves(shape: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a message, inner ones too."""
    inner: list[tuple[str | int, object]] = []
    if isinstance(shape, dict):
        inner = list(shape.items())
    if isinstance(shape, list):
        inner = list(enumerate(shape))
    return [found for key, value in inner for found in [(*path, key), *leaves(value, (*path, key))]]


def without(shape: Json, path: tuple[str | int, ...], absent: str) -> Json:
    changed = json.loads(json.dumps(shape))
    place = changed
    for key in path[:-1]:
        place = place[key]
    if absent == "missing":
        del place[path[-1]]
    else:
        place[path[-1]] = None if absent == "null" else ({"x": [7]} if isinstance(place[path[-1]], str | list) else "?")
    return changed  # type: ignore[no-any-return]  # JSON


@given(st.dictionaries(st.sampled_from(list(order())), ANYTHING), st.lists(ANYTHING, max_size=3))
def test_whatever_stands_in_an_order_it_is_read_or_named(fields: Json, packages: list[object]) -> None:
    seen = read({**order(*packages), **fields, "orderId": "v1-01"})
    assert seen.order_id == "v1-01"
    keys = [(one.kind, one.invoice or one.tracking_number) for one in seen.packages]
    assert len(set(keys)) == len(keys)


@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("invoiceNumber", "type", "trackingNumber", "items", "courierStatus"), ANYTHING)
    ),
    st.lists(ANYTHING, max_size=3),
    st.lists(ANYTHING, max_size=2),
)
def test_whatever_stands_in_a_package_the_order_is_kept(fields: Json, items: list[object], hints: list[object]) -> None:
    seen = read(order(package(**fields), package("2"), shippingData={"logisticsInfo": items, "trackingHints": hints}))
    assert "2" in [one.invoice for one in seen.packages]


@given(st.binary(max_size=60))
def test_what_is_no_order_is_unreadable(body: bytes) -> None:
    with pytest.raises(ShopFault) as caught:
        read_order(body, ZONE)
    assert caught.value.kind == "unreadable"


def test_a_broken_character_spoils_only_its_leaf() -> None:
    body = json.dumps(order(package())).encode().replace(b"Souza", b"Sou\xffza")
    assert read_order(body, ZONE).customer_name == "Ana Sou\ufffdza"


# -- packages ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["24382", " 24 382 ", "24/382", "24#382", "0024382", "nº 7"])
def test_an_invoice_is_kept_byte_for_byte(number: str) -> None:
    assert read(order(package(number))).packages[0].invoice == number


def test_an_invoice_may_be_a_json_number() -> None:
    assert read(order(package(24382, trackingNumber=99))).packages[0].invoice == "24382"
    assert read(order(package(24382, trackingNumber=99))).packages[0].tracking_number == "99"


def test_an_invoice_too_long_to_be_a_key_is_named() -> None:
    seen = read(order(package("x" * 201), package("2")))
    assert [one.invoice for one in seen.packages] == ["", "2"]
    assert seen.faults[0] == "packageAttachment.packages[0].invoiceNumber: longer than 200 characters"


def test_two_hundred_packages_are_two_hundred() -> None:
    seen = read(order(*[package(str(number)) for number in range(200)]))
    assert len(seen.packages) == 200


def test_an_input_invoice_is_a_return_also_with_the_number_of_the_sale() -> None:
    seen = read(order(package(), package(type="Input")))
    assert [(one.invoice, one.kind) for one in seen.packages] == [("24382", Kind.OUTBOUND), ("24382", Kind.RETURN)]


def test_an_invoice_given_twice_is_one_package_and_the_later_one_counts() -> None:
    seen = read(order(package(courier="First"), package(courier="Second", trackingNumber=None, trackingUrl=None)))
    (parcel,) = seen.packages
    assert (parcel.courier, parcel.tracking_number) == ("Second", "OM265512653BR")
    assert seen.faults == ()


def test_two_numbers_under_one_invoice_are_not_dropped_in_silence() -> None:
    seen = read(order(package(), package(trackingNumber="OTHER")))
    assert [one.tracking_number for one in seen.packages] == ["OTHER"]
    assert seen.faults == (
        "packageAttachment.packages[1].invoiceNumber: given twice, with two tracking numbers: the later one counts",
    )


def test_a_package_without_invoice_lives_by_its_number_and_without_both_is_named_as_lost() -> None:
    seen = read(order(package(None), package(None, trackingNumber="B"), package("", trackingNumber="")))
    assert [(one.invoice, one.tracking_number) for one in seen.packages] == [("", "OM265512653BR"), ("", "B")]
    assert "packages[2]" in seen.faults[0]


def test_the_promise_is_the_latest_of_the_packages_own_items() -> None:
    logistics = [
        item(0, shippingEstimateDate="2026-02-12T12:00:00+00:00"),
        item(1, shippingEstimateDate="2026-02-20T12:00:00+00:00"),
        item(2, shippingEstimateDate="2026-02-28T12:00:00+00:00"),
    ]
    boxed = package(items=[{"itemIndex": 1, "quantity": 1}, {"itemIndex": 0, "quantity": 1}])
    seen = read(order(boxed, package("2", items=None), shippingData={"logisticsInfo": logistics}))
    assert [one.promised_at for one in seen.packages] == ["2026-02-20", "2026-02-28"]
    assert seen.promised_at == "2026-02-28"


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-02-15T01:00:00.0000000+00:00", "2026-02-14"),
        ("2026-02-15T00:00:00+00:00", "2026-02-15"),
        ("2026-02-15", "2026-02-15"),
        ("2026-02-15T10:00:00Z", "2026-02-15"),
        ("0001-01-01T00:00:00", None),
        (None, None),
    ],
)
def test_a_promise_is_a_day_of_the_shop(written: str | None, day: str | None) -> None:
    seen = read(order(package(), shippingData={"logisticsInfo": [item(0, shippingEstimateDate=written)]}))
    assert (seen.promised_at, seen.faults) == (day, ())


@pytest.mark.parametrize("key", ["deliveryChannel", "selectedDeliveryChannel"])
def test_either_channel_says_that_it_is_fetched(key: str) -> None:
    fetched = item(0) | {"deliveryChannel": None} | {key: "pickup-in-point"}
    assert read(order(package(), shippingData={"logisticsInfo": [fetched]})).packages[0].is_pickup


def test_what_is_shown_of_its_way_is_read_and_the_word_beside_it_is_not() -> None:
    event = {"lastChange": "2026-02-11T00:00:00+00:00", "city": "Cajamar", "state": None, "description": "In transit"}
    status = {"status": "unknown", "finished": True, "deliveredDate": "2026-02-14T16:15:00+00:00", "data": [event]}
    shown = read(order(package(courierStatus=status))).packages[0].shown
    events = (ShopEvent("2026-02-11T00:00:00+00:00", "In transit", "Cajamar"),)
    assert shown == Shown(events, is_finished=True, delivered_at="2026-02-14T16:15:00+00:00")


# -- items in no package -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("packages", "is_whole"),
    [
        ([], False),
        ([package(items=[{"itemIndex": 0, "quantity": 2}])], False),
        ([package(items=[{"itemIndex": 0, "quantity": 1}, {"itemIndex": 1, "quantity": 1}])], False),
        ([package(items=[{"itemIndex": 0, "quantity": 2}, {"itemIndex": 1, "quantity": 1}])], True),
        ([package(items=[{"itemIndex": 0, "quantity": 2}]), package("2", items=[{"itemIndex": 1}])], True),
        (
            [package(items=[{"itemIndex": 0, "quantity": 2}]), package("2", type="Input", items=[{"itemIndex": 1}])],
            False,
        ),
        ([package(items=None)], True),
    ],
)
def test_an_order_is_whole_when_every_item_is_in_a_package_that_goes_out(packages: list[Json], is_whole: bool) -> None:
    assert read(order(*packages, items=[{"quantity": 2}, {"quantity": 1}])).is_whole is is_whole


# -- labels of marketplaces --------------------------------------------------------------------------------------------

HINT = {"trackingId": "LABEL1", "courierName": "Loggi", "trackingUrl": "https://l.example/1"}
BARE = {"trackingNumber": None, "trackingUrl": "", "courier": None}


def hinted(*packages: Json, hints: list[Json]) -> list[str | None]:
    shipping = {"logisticsInfo": [item(0)], "trackingHints": hints}
    return [one.tracking_number for one in read(order(*packages, shippingData=shipping)).packages]


def test_a_label_gives_its_number_where_it_is_sure_whose_it_is() -> None:
    assert hinted(package(**BARE), hints=[HINT]) == ["LABEL1"]
    assert hinted(package(**BARE), package("3", type="Input", **BARE), hints=[HINT]) == ["LABEL1", None]


def test_a_label_is_no_number_where_it_could_be_anothers() -> None:
    assert hinted(package(), hints=[HINT]) == ["OM265512653BR"]
    assert hinted(package(**BARE), package("2", **BARE), hints=[HINT]) == [None, None]
    assert hinted(package(**BARE), hints=[HINT, HINT | {"trackingId": "LABEL2"}]) == [None]
    assert hinted(package(**BARE), hints=[HINT | {"trackingId": None}]) == [None]


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ("pt-BR", "pt-BR"),
        ("pt", "pt-BR"),
        ("PT_br", "pt-BR"),
        ("es-419", "es"),
        ("en-US", "en"),
        ("fr-FR", None),
        ("", None),
        (None, None),
    ],
)
def test_a_locale_is_one_of_ours_or_the_shops_to_decide(written: str | None, ours: str | None) -> None:
    assert locale(written) == ours
