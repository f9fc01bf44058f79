"""Orders and packages in VTEX's own JSON. Pure."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Literal

from relay.sandbox.vtex.moments import order_text
from relay.sandbox.vtex.purchase import Invoice, Line, Names, Origin, Purchase, alias_of, profile_of

Json = dict[str, Any]
PackageKind = Literal["Output", "Input"]  # a sale, or its return

PROMISED_AFTER = timedelta(days=4)


def order_json(purchase: Purchase, names: Names, account: str, now: datetime) -> Json:
    return {
        "orderId": names.order_id,
        "sequence": names.sequence,
        "orderGroup": names.group,
        "status": "order-created",
        "statusDescription": "",
        "origin": purchase.origin.value,
        "affiliateId": purchase.affiliate,
        "marketplaceOrderId": f"{purchase.affiliate}-{names.sequence}" if purchase.affiliate else "",
        "sellerOrderId": f"00-{names.order_id}",
        "marketplace": {"baseURL": "", "isCertified": None, "name": account},
        "marketplaceServicesEndpoint": None,
        "sellers": [{"id": "1", "name": account, "logo": "", "fulfillmentEndpoint": None}],
        "hostname": account,
        "salesChannel": "1",
        "value": sum(line.price * line.quantity for line in purchase.lines),
        "creationDate": order_text(now),
        "lastChange": order_text(now),
        "authorizedDate": order_text(now),
        "invoicedDate": None,
        "followUpEmail": f"{names.sequence}@ct.vtex.com.br",
        "openTextField": None,
        "changesAttachment": None,
        "items": [_item(line) for line in purchase.lines],
        "clientProfileData": _customer(purchase, names),
        "clientPreferencesData": {"locale": purchase.locale, "optinNewsLetter": False},
        "storePreferencesData": {
            "countryCode": "BRA",
            "currencyCode": "BRL",
            "currencyLocale": 1046,
            "currencySymbol": "R$",
            "timeZone": "E. South America Standard Time",
        },
        "shippingData": _shipping(purchase, now),
        "packageAttachment": {"packages": []},
    }


def copy_of(order: Json) -> Json:
    """The seller's copy. Its packages are the same ones: what is written to one of the two, both show."""
    return order | {
        "orderId": f"00-{order['orderId']}",
        "origin": Origin.FULFILLMENT.value,
        "marketplaceOrderId": order["orderId"],
    }


def _item(line: Line) -> Json:
    return {"id": line.sku, "name": f"SKU {line.sku}", "quantity": line.quantity, "price": line.price, "seller": "1"}


def _customer(purchase: Purchase, names: Names) -> Json:
    return {
        "id": "clientProfileData",
        "email": alias_of(purchase, names),
        "firstName": purchase.first_name,
        "lastName": purchase.last_name,
        "documentType": "cpf",
        "document": "00000000000",
        "phone": "+5511000000000",
        "isCorporate": False,
        "userProfileId": profile_of(purchase.email),
    }


def _shipping(purchase: Purchase, now: datetime) -> Json:
    address = {
        "addressType": "residential",
        "receiverName": f"{purchase.first_name} {purchase.last_name}",
        "postalCode": "13010-000",
        "city": "Campinas",
        "state": "SP",
        "country": "BRA",
    }
    logistics = [_logistics(purchase, index, now) for index in range(len(purchase.lines))]
    return {"id": "shippingData", "address": address, "logisticsInfo": logistics, "trackingHints": None}


def _logistics(purchase: Purchase, index: int, now: datetime) -> Json:
    delivery_id = {
        "courierId": purchase.courier_id,
        "courierName": purchase.courier_name,
        "dockId": "1",
        "warehouseId": "1_1",
        "accountCarrierName": None,
    }
    return {
        "itemIndex": index,
        "selectedSla": "Normal",
        "deliveryCompany": purchase.courier_name,
        "shippingEstimate": "4bd",
        "shippingEstimateDate": order_text(purchase.lines[index].promised_at or now + PROMISED_AFTER),
        "deliveryWindow": None,
        "deliveryIds": [delivery_id],
        "deliveryChannel": purchase.channel.value,
        "pickupPointId": "1_pickup" if purchase.channel.value == "pickup-in-point" else None,
    }


# -- packages ----------------------------------------------------------------------------------------------------------


def package_json(order: Json, invoice: Invoice, kind: PackageKind, now: datetime) -> Json:
    """Raises ValueError when the order has no such item."""
    items = _package_items(order, _ordered(order) if kind == "Input" else _not_invoiced(order), invoice)
    value = sum(item["price"] * item["quantity"] for item in items) if invoice.value is None else invoice.value
    return {
        "invoiceNumber": invoice.number,
        "type": kind,
        "courier": invoice.courier,
        "trackingNumber": invoice.tracking_number,
        "trackingUrl": invoice.tracking_url,
        "dispatchedDate": None,
        "issuanceDate": order_text(now),
        "invoiceValue": value,
        "volumes": 1,
        "items": items,
        "courierStatus": {"status": None, "finished": False, "deliveredDate": None, "data": []},
    }


def is_wholly_invoiced(order: Json) -> bool:
    """By value, as VTEX counts: an invoice of the wrong items for the right sum is enough."""
    return bool(sum(package["invoiceValue"] for package in outputs(order)) >= order["value"])


def outputs(order: Json) -> list[Json]:
    return [package for package in order["packageAttachment"]["packages"] if package["type"] == "Output"]


def _package_items(order: Json, all_left: Counter[str], invoice: Invoice) -> list[Json]:
    """An SKU that the order has twice is always taken for its first line, as VTEX does."""
    first: dict[str, int] = {}
    for index, item in enumerate(order["items"]):
        first.setdefault(item["id"], index)
    wanted = all_left.items() if invoice.items is None else invoice.items
    unknown = [sku for sku, _ in wanted if sku not in first]
    if unknown:
        raise ValueError(f"{order['orderId']} has no item {unknown[0]!r}: name SKUs of {', '.join(first)}")
    return [
        {"itemIndex": first[sku], "quantity": quantity, "price": order["items"][first[sku]]["price"]}
        for sku, quantity in wanted
    ]


def _ordered(order: Json) -> Counter[str]:
    ordered = Counter[str]()
    for item in order["items"]:
        ordered[item["id"]] += item["quantity"]
    return ordered


def _not_invoiced(order: Json) -> Counter[str]:
    left = _ordered(order)
    for package in outputs(order):
        for item in package["items"]:
            left[order["items"][item["itemIndex"]]["id"]] -= item["quantity"]
    return +left
