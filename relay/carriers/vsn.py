"""Any carrier that answers as VTEX's Shipping Network asks: one POST with many numbers, an object by number.

Such a carrier needs two settings and no code of ours. It has none of its own either: two flags say how a parcel ended,
and words where it is. Moments are whole, with an offset; one without is marked.
"""

from collections.abc import Iterator, Sequence

from relay.carriers import Asks, Budget, Carrier
from relay.carriers._answers import answered, is_refusal, read_body, refusal
from relay.carriers._facts import in_one_zone, joined, newest, scan_status, summary, summary_moment
from relay.carriers._moments import Moment, moment
from relay.carriers._tree import Node
from relay.carriers._vsn_codes import status_of
from relay.model import Account, Answer, Ask, Fact, FactKind, Reading, Report, Status, Wanted, normalise_number

SLUG = "vsn"
#: The flag of each ending, and the word that a summary has for it.
ENDINGS = {"hasReturnedToSender": Status.RETURNED, "isDelivered": Status.DELIVERED}


def ask(account: Account, wanted: Sequence[Wanted]) -> Ask:
    """The key, if there is one, in both of the usual places."""
    key = account.values.get("API_KEY", "")
    headers = {"Authorization": f"Bearer {key}", "x-api-key": key} if key else {}
    return Ask("POST", "", headers, json=[{"trackingNumber": one.number} for one in wanted])


def parse_answer(answer: Answer) -> Reading:
    if is_refusal(answer):
        return refusal(answer, lambda error: error.child("error").code("code"))
    message = read_body(answer)
    return answered(answer, message, message.members(read_parcel), SLUG)


def read_parcel(number: str, parcel: Node) -> Report:
    if not normalise_number(number):
        raise parcel.fault("number", "missing")
    if not any(map(parcel.knows, (*ENDINGS, "events"))):
        raise parcel.fault("isDelivered", "missing, and so are the events")
    scans = in_one_zone(parcel.each("events", read_event))
    return Report(SLUG, number, (*scans, *read_ending(parcel, scans)))


def read_event(event: Node) -> Fact:
    when, words = moment(event.text("date")), event.text("description").strip()
    if not words:
        raise event.fault("description", "missing")
    return Fact(
        source=SLUG,
        is_own=True,
        kind=FactKind.SCAN,
        status=scan_status(status_of(words), when, event, "date"),
        code="",
        moment_text=when.text,
        occurred_at=when.at,
        local_time=when.local,
        zone_assumed=when.zone_assumed,
        description=words,
        place=joined(event.text("city"), event.text("state")),
    )


def read_ending(parcel: Node, scans: Sequence[Fact]) -> Iterator[Fact]:
    """A parcel that came back was not delivered, whatever else is said of it."""
    flag = next((flag for flag in ENDINGS if parcel.flag(flag)), None)
    if flag is None:
        return
    told, last = moment(parcel.text("deliveredDate")), newest(scans)
    if told.text and told.at is None:
        parcel.note("deliveredDate", "not a moment")
    # It decides about everything that is told with it, so it is not older than that.
    is_last = told.at is not None and (last is None or (not told.zone_assumed and told.at >= last.at))
    when = told if is_last else summary_moment(scans, Moment())
    yield summary(SLUG, ENDINGS[flag], flag, when, is_own=True, estimated_at=None, told_at=None)


carrier = Carrier(
    slug=SLUG,
    label="Carrier",
    docs="https://developers.vtex.com/docs/guides/tracking-1",
    asks=Asks(
        api_url="",  # each carrier has its own
        needs=("API_URL",),
        may_have=("API_KEY",),
        ask=ask,
        parse_answer=parse_answer,
        budget=Budget(per_second=1),
        batch=50,
    ),
)
