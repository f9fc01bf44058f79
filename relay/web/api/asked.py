"""What callers of the API give: the path, the query and the body of each request, and how each is checked.

The document is made from the same types, so what it says is what is checked.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self, cast

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    model_validator,
)

from relay.model import FINAL, Status

STATUSES = tuple(status.value for status in Status if status is not Status.UNKNOWN)
#: A page of a list.
PAGE, LARGEST_PAGE = 50, 200


def given(example: object = None) -> ConfigDict:
    """What is not known is refused by name; ``example`` stands in the document."""
    extra = {"openapi_extra": {"example": example}} if example else {}
    return cast("ConfigDict", {"extra": "forbid", **extra})


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("it contains a NUL character, which cannot be kept")
    return text


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("it is beyond the calendar") from None


Text = Annotated[str, AfterValidator(_storable)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_storable)]
Words = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_storable)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Direction = Literal["outbound", "return"]
StatusWord = Annotated[str, StringConstraints(max_length=40), Field(json_schema_extra={"enum": list(STATUSES)})]

# -- paths -------------------------------------------------------------------------------------------------------------


class ShipmentPath(BaseModel):
    model_config = given()

    shipment_id: Name = Field(description="Our id of the shipment, as lists and orders name it.")


class OrderPath(BaseModel):
    model_config = given()

    order_id: Text = Field(description="The shop's id of the order, exactly.")


class ParcelPath(BaseModel):
    model_config = given()

    carrier: Name = Field(description="Who moves the parcel: `ups`, or a name such as `FedEx Ground`.")
    number: Name = Field(description="The tracking number; spaces, dashes and case do not matter.")


class AdapterPath(BaseModel):
    model_config = given()

    slug: Name = Field(description="The adapter that reads the body: `ups`, `standard`, …")


# -- queries -----------------------------------------------------------------------------------------------------------


class ListQuery(BaseModel):
    """Every condition that is given must hold."""

    model_config = given()

    status: Literal[STATUSES] | None = Field(None, description="The shown status.")  # type: ignore[valid-type]  # from the enumeration
    carrier: Name | None = Field(None, description="Who moves it.")
    order_id: Text | None = Field(None, description="The shop's id of the order, exactly.")
    kind: Direction | None = None
    open: bool | None = Field(None, description=f"`true`: not yet {', '.join(FINAL)}; `false`: one of these.")
    heard_before: Moment | None = Field(
        None, description="The carrier was last heard before this moment, or never. Write `Z` or `%2B03:00`."
    )
    asked_before: Moment | None = Field(None, description="The carrier last answered before this moment, or never.")
    changed_before: Moment | None = Field(None, description="The shown status last changed before this, or never.")
    changed_after: Moment | None = Field(None, description="The shown status changed at this moment or later.")
    given_up: bool | None = Field(None, description="On the give-up list, or not.")
    held: bool | None = Field(None, description="With a delivery that waits for a second word, or without.")
    overridden: bool | None = Field(None, description="With a status that a person set, or without.")
    limit: int = Field(PAGE, ge=1, le=LARGEST_PAGE, description="At most so many; the rest follows under `next`.")
    cursor: Name | None = Field(None, description="Where the list goes on: `next` of the page before.")


class OrdersQuery(BaseModel):
    model_config = given()

    query: Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_storable)] = Field(
        description="An order id, short number, invoice, tracking number, e-mail address or page link."
    )


class IncidentsQuery(BaseModel):
    model_config = given()

    open: bool = Field(default=False, description="`true`: only those that are not over.")


class ParseQuery(BaseModel):
    model_config = given()

    via: Literal["push", "poll"] = Field("push", description="Whether the body is a push, or an answer to a question.")
    http_status: int = Field(200, ge=100, le=599, description="The answer's status, with `via=poll`.")
    number: Name | None = Field(None, description="The number that was asked about, with `via=poll`.")


# -- bodies ------------------------------------------------------------------------------------------------------------


class NewShipment(BaseModel):
    """An order and one of its parcels. Without carrier, number and package: an order that is not with a carrier yet."""

    model_config = given(
        {
            "order_id": "1001",
            "carrier": "ups",
            "tracking_number": "1Z204W4R0308071865",
            "email": "ana@example.com",
            "name": "Ana",
            "locale": "pt-BR",
            "promised_at": "2026-12-24",
        }
    )

    order_id: Text = Field(description="The shop's id of the order.")
    carrier: Text | None = Field(None, description="Who moves it, such as `ups` or `correios`.")
    tracking_number: Text | None = None
    package: Text | None = Field(None, description="The invoice number, where an order has several parcels.")
    email: Text | None = Field(None, description="The customer's address.")
    name: Text | None = Field(None, description="The customer's name.")
    locale: Text | None = Field(None, description="The customer's language: `pt-BR`, `es` or `en`.")
    promised_at: Text | None = Field(None, description="A date, or a moment with its offset.")
    tracking_url: Text | None = Field(None, description="The carrier's own tracking page.")
    ordered_at: Text | None = Field(None, description="A date, or a moment with its offset.")
    kind: Direction | None = Field(None, description="Which way it travels; `outbound` unless it is said.")


class Correction(BaseModel):
    """What is right; what is not given stays."""

    model_config = given({"carrier": "correios", "tracking_number": "AA123456785BR"})

    carrier: Text | None = None
    tracking_number: Text | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.carrier is None and self.tracking_number is None:
            raise ValueError("nothing to correct was given: give carrier, tracking_number or both")
        return self


class WantedStatus(BaseModel):
    """A status over the carrier's word."""

    model_config = given(
        {"status": "delivered", "reason": "The customer confirmed it by phone", "until": "carrier", "dry_run": True}
    )

    status: StatusWord
    reason: Words = Field(description="What you know and from whom; 10 characters or more.")
    until: Annotated[str, StringConstraints(max_length=100), AfterValidator(_storable)] = Field(
        "carrier",
        description="A moment; `carrier`: until its next contrary news; `lifted`: until somebody lifts it.",
    )
    tell: StrictBool = Field(default=False, description="Tell the customer, after the time for undoing it.")
    write_shop: StrictBool = Field(default=False, description="Write it to the shop, after the same time.")
    dry_run: StrictBool = Field(default=False, description="Only show what would happen.")


class Event(BaseModel):
    """Something that happened to the parcel, as in the standard push."""

    model_config = given()

    occurred_at: Text = Field(description="ISO 8601 with the offset of the place, or `Z`.")
    status: Text = Field(description="One of our words. Another one is kept and shown, and changes nothing.")
    code: Text | None = Field(None, description="Your own code.")
    description: Text | None = Field(None, description="Your own words. No person, no street.")
    place: Text | None = Field(None, description="City and state.")
    door: Literal["recipient", "sender"] | None = Field(None, description="Whose door a `delivered` was at.")


class Events(BaseModel):
    """What is told of one parcel: its whole history or only what is new, in any order, as often as you like."""

    model_config = given(
        {
            "events": [
                {
                    "occurred_at": "2026-03-04T09:10:00-03:00",
                    "status": "out_for_delivery",
                    "code": "40",
                    "description": "With the driver",
                    "place": "Olinda, PE",
                }
            ],
            "estimated_at": "2026-03-05",
        }
    )

    events: list[Event] = Field(default_factory=list)
    status: Text | None = Field(None, description="Your word for the present, as of the newest event.")
    estimated_at: Text | None = Field(None, description="A date, or a moment with its offset.")
    updated_at: Text | None = Field(None, description="When you last changed what you say here.")
    reference: Text | None = Field(None, description="Your own id of the parcel.")
    parcel_id: Text | None = Field(None, description="An id that is never used again, if numbers are.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.events or self.status or self.estimated_at):
            raise ValueError("nothing is told: give events, a status or estimated_at")
        return self
