"""The mails that VTEX itself would send to a customer, as far as its Message Center is documented. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from relay.sandbox.vtex.shapes import Json


class Template(StrEnum):
    INVOICED = "vtexcommerce-order-invoiced"
    SHIPPED = "vtexcommerce-order-shipped"
    UPDATE = "vtexcommerce-order-shipping-update"
    FINISHED = "vtexcommerce-order-shipping-finished"


@dataclass(frozen=True, slots=True)
class Mail:
    template: Template
    order_id: str
    invoice: str | None
    at: datetime


def templates_due(before: Json, after: Json) -> list[Template]:
    """What a change of a package makes VTEX send; without both a tracking number and a URL that is nothing.

    A link that is replaced is tracking data as well, and is mailed again. The very first events stay without a mail: a
    fault of VTEX's that is open since years ("First shipping update e-mail is not sent").
    """
    if not all(_link(after)):
        return []
    was, now = before["courierStatus"], after["courierStatus"]
    due = []
    if _link(after) != _link(before):
        due.append(Template.SHIPPED)
    if was["data"] and now["data"] != was["data"]:
        due.append(Template.UPDATE)
    if now["finished"] and not was["finished"]:
        due.append(Template.FINISHED)
    return due


def _link(package: Json) -> tuple[str | None, str | None]:
    return package["trackingNumber"], package["trackingUrl"]
