"""Orders in VTEX's JSON, as values: complete ones, and ones whose leaves are anything."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from relay.shops import ShopOrder
from relay.shops.vtex.orders import read_order

ZONE = ZoneInfo("America/Sao_Paulo")
Json = dict[str, Any]


def item(index: int, **more: object) -> Json:
    courier = {"courierId": "67", "courierName": "PAC", "dockId": "1"}
    return {
        "itemIndex": index,
        "deliveryChannel": "delivery",
        "shippingEstimateDate": "2026-02-14T18:00:00.5322681+00:00",
        "deliveryIds": [courier],
    } | more


def package(invoice: object = "24382", **more: object) -> Json:
    return {
        "invoiceNumber": invoice,
        "type": "Output",
        "courier": "PAC Correios",
        "trackingNumber": "OM265512653BR",
        "trackingUrl": "https://carrier.example/t/OM265512653BR",
        "issuanceDate": "2026-02-09T10:10:20.5322681+00:00",
        "items": [{"itemIndex": 0, "quantity": 1, "price": 10150}],
        "courierStatus": {"status": None, "finished": False, "deliveredDate": None, "data": []},
    } | more


def order(*packages: object, **more: object) -> Json:
    return {
        "orderId": "v502556abc-01",
        "sequence": "502556",
        "orderGroup": "v502556abc",
        "status": "invoiced",
        "origin": "Marketplace",
        "affiliateId": "",
        "marketplaceOrderId": "",
        "creationDate": "2026-02-09T10:00:00.1234567+00:00",
        "lastChange": "2026-02-09T10:17:40.5322681+00:00",
        "items": [{"quantity": 1}],
        "clientProfileData": {
            "email": "a@ct.vtex.com.br",
            "firstName": "Ana",
            "lastName": "Souza",
            "userProfileId": "p",
        },
        "clientPreferencesData": {"locale": "pt-BR"},
        "shippingData": {"logisticsInfo": [item(0)], "trackingHints": None},
        "packageAttachment": {"packages": list(packages)},
    } | more


def read(shape: object) -> ShopOrder:
    return read_order(json.dumps(shape).encode(), ZONE)


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["0001-01-01T00:00:00", "2026-02-30", "9999-12-31T23:59:59.9999999-14:00", {}, []]),
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
