"""UPS: Track Alert pushes one scan in each message, the Track API answers with the whole history of a parcel.

Nothing signs a push: UPS repeats a secret that we gave it. Where it cannot, the secret stands in the URL.
"""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

from relay.carriers import Asks, Budget, Carrier
from relay.carriers._answers import (
    answered,
    basic,
    is_refusal,
    read_body,
    refusal,
    segment,
    token,
    token_reading,
    whole,
    without_news,
)
from relay.carriers._facts import (
    applied,
    joined,
    parcel_number,
    read_estimate,
    scan_status,
    summary,
    summary_moment,
)
from relay.carriers._moments import Moment
from relay.carriers._signatures import check_repeated_secret
from relay.carriers._tree import Node, read_object
from relay.carriers._ups_codes import OUTCOMES, estimate_of, moment_of, status_of
from relay.model import (
    Account,
    Answer,
    Ask,
    Fact,
    FactKind,
    Outcome,
    Reading,
    Report,
    Status,
    Token,
    Wanted,
    normalise_number,
)

SLUG = "ups"


# -- pushes ------------------------------------------------------------------------------------------------------------


def parse_push(body: bytes) -> Reading:
    message = read_object(body)
    number = parcel_number(message, "trackingNumber")
    if number is None:
        raise message.fault("trackingNumber", "missing")
    return applied(message, [Report(SLUG, number, (read_alert(message),))])


def read_alert(message: Node) -> Fact:
    activity, location = message.child("activityStatus"), message.child("activityLocation")
    kind, code, detail = activity.name("type"), activity.name("code"), activity.name("descriptionCode")
    if not (kind or code or detail):
        raise message.fault("activityStatus", "says nothing")
    when, words = moment_of(message, "localActivity", "gmtActivity"), activity.text("description")
    status = status_of(kind, code, detail, words, is_delivered=bool(message.text("actualDeliveryDate")))
    # A message without any date is about now; one with a date that nobody can read is about an unknown day.
    status = scan_status(status, when, message, "gmtActivityDate") if when.text else status
    scan = scan_of(status, code or joined(kind, detail), when, words, place_of(location, location.text("country")))
    text = message.text("scheduledDeliveryDate")
    return scan._replace(estimated_at=read_estimate(message, "scheduledDeliveryDate", text))


# -- what pushes and answers share -------------------------------------------------------------------------------------


def scan_of(status: Status, code: str, when: Moment, words: str, place: str) -> Fact:
    return Fact(
        source=SLUG,
        is_own=True,
        kind=FactKind.SCAN,
        status=status,
        code=code,
        moment_text=when.text,
        occurred_at=when.at,
        local_time=when.local,
        zone_assumed=when.zone_assumed,
        description=words,
        place=place,
    )


def place_of(location: Node, country: str) -> str:
    return joined(location.text("city"), location.text("stateProvince"), country)


# -- asking ------------------------------------------------------------------------------------------------------------


def login(account: Account) -> Ask:
    headers = {"Authorization": basic(account.values["CLIENT_ID"], account.values["CLIENT_SECRET"])}
    return Ask("POST", "/security/v1/oauth/token", headers, form={"grant_type": "client_credentials"})


def parse_login(answer: Answer) -> Token:
    body = read_body(answer)
    return token(body.text("access_token"), timedelta(seconds=int(body.code("expires_in"))))


def ask(account: Account, wanted: Sequence[Wanted]) -> Ask:
    (one,) = wanted
    headers = {
        "Authorization": f"Bearer {account.token}",
        # UPS wants one of its own for each call. Asking is pure: it is new for each parcel and with each token.
        "transId": sha256(f"{one.number}\x1f{account.token}".encode("utf-8", "surrogatepass")).hexdigest()[:32],
        "transactionSrc": "wismo",
    }
    return Ask("GET", f"/api/track/v1/details/{segment(one.number)}", headers, {"locale": "en_US"})


# -- answers -----------------------------------------------------------------------------------------------------------


def parse_answer(answer: Answer) -> Reading:
    if is_refusal(answer):
        return refusal(answer, error_code, OUTCOMES, SLUG)
    message = read_body(answer)
    if message.has("access_token"):
        return token_reading()
    code = error_code(message)
    if code:
        outcome = OUTCOMES.get(code, Outcome.BAD_REQUEST)
        return whole(answer, outcome, f"an error in an answer with success: {code}", SLUG)
    if not message.has("trackResponse"):
        raise message.fault("trackResponse", "missing")
    shipments = message.child("trackResponse").each("shipment", lambda shipment: read_shipment(shipment, answer))
    return answered(answer, message, [report for shipment in shipments for report in shipment], SLUG)


def error_code(message: Node) -> str:
    return first_code(message.child("response"), "errors")


def first_code(node: Node, key: str) -> str:
    return next(filter(None, node.each(key, lambda error: error.code("code"))), "")


def read_shipment(shipment: Node, answer: Answer) -> list[Report]:
    inquired, warning = parcel_number(shipment, "inquiryNumber"), first_code(shipment, "warnings")
    reports = shipment.each("package", lambda package: read_package(package, inquired, answer))
    if reports or not warning:
        return reports
    outcome = OUTCOMES.get(warning, Outcome.BAD_REQUEST)
    if inquired is None:  # the warning is all there is
        return [without_news(one, outcome, SLUG) for one in answer.asked] or [Report(SLUG, None, outcome=outcome)]
    return [Report(SLUG, inquired, outcome=outcome)]


def read_package(package: Node, inquired: str | None, answer: Answer) -> Report:
    number = number_of(package, inquired, answer)
    facts = package.each("activity", read_activity)
    facts += read_present(package, facts, answer)
    return Report(SLUG, number, tuple(facts))


def number_of(package: Node, inquired: str | None, answer: Answer) -> str:
    """One of the package's numbers: the one that was asked about, else its own. All of them have digits."""
    names = [package.name("trackingNumber"), inquired or ""]
    names += package.each("alternateTrackingNumber", lambda other: other.name("number"))
    numbers = [name for name in names if any(sign.isdigit() for sign in name)]
    if not numbers:
        raise package.fault("trackingNumber", "missing")
    asked = {one.number for one in answer.asked}
    return next((number for number in numbers if normalise_number(number) in asked), numbers[0])


def read_activity(activity: Node) -> Fact:
    said, address = activity.child("status"), activity.child("location").child("address")
    kind, code, detail = said.name("type"), said.name("code"), said.name("statusCode")
    if not (kind or code or detail):
        raise activity.fault("status", "says nothing")
    when, words = moment_of(activity, "", "gmt"), said.text("description").strip()
    status = scan_status(status_of(kind, code, detail, words, is_delivered=True), when, activity, "date")
    place = place_of(address, address.text("countryCode") or address.text("country"))
    return scan_of(status, code or joined(kind, detail), when, words, place)


def read_present(package: Node, scans: list[Fact], answer: Answer) -> list[Fact]:
    """UPS's word for now; its code is the three digits that a scan has as ``statusCode``."""
    said = package.child("currentStatus")
    code, detail = said.name("code"), said.name("statusCode")
    status = status_of(said.name("type"), code, detail or code, said.text("description"), is_delivered=True)
    expected = estimate_of(package)
    if not (code or detail or expected):
        return []
    when = summary_moment(scans, Moment())
    told_at = answer.received_at
    return [summary(SLUG, status, code or detail, when, is_own=True, estimated_at=expected, told_at=told_at)]


carrier = Carrier(
    slug=SLUG,
    label="UPS",
    docs="https://developer.ups.com/tag/UPS-Track-Alert",
    verify=check_repeated_secret,
    parse_push=parse_push,
    asks=Asks(
        api_url="https://onlinetools.ups.com",
        needs=("CLIENT_ID", "CLIENT_SECRET"),
        ask=ask,
        parse_answer=parse_answer,
        budget=Budget(per_second=2),  # UPS publishes none
        login=login,
        parse_login=parse_login,
        login_with=("CLIENT_ID", "CLIENT_SECRET"),
    ),
    pushes_last=timedelta(days=14),  # a subscription of Track Alert
)
