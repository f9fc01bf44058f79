"""Melhor Envio, a hub of Brazilian carriers: pushes of an order's status, and answers with its moments; no scans.

A push has the moments with their offset. An answer has none: it is Brasília time by hearsay, and is marked. The number
of the carrier comes late; until then only the order's id names the parcel.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import timedelta
from hmac import digest
from zoneinfo import ZoneInfo

from relay.carriers import Asks, Budget, Carrier
from relay.carriers._answers import answered, is_refusal, read_body, refusal, token, token_reading
from relay.carriers._facts import applied, parcel_number, scan_status, summary, summary_moment
from relay.carriers._melhor_envio_codes import ABOUT, MOMENTS, STATUSES
from relay.carriers._moments import Moment, assumed
from relay.carriers._signatures import same, secret_bytes, wire_bytes
from relay.carriers._tree import Node, read_object
from relay.errors import BadSignature
from relay.model import Account, Action, Answer, Ask, Fact, FactKind, Push, Reading, Report, Status, Token, Wanted

SLUG = "melhor-envio"
ZONE = ZoneInfo("America/Sao_Paulo")
EVENTS = "order."


# -- pushes ------------------------------------------------------------------------------------------------------------


def verify(push: Push, secret: str) -> None:
    given = push.headers.get("x-me-signature", "")
    if not given:
        raise BadSignature("no X-ME-Signature")
    if not same(b64encode(digest(secret_bytes(secret), push.body, "sha256")), wire_bytes(given)):
        raise BadSignature("X-ME-Signature does not fit the body and the application's secret")


def parse_push(body: bytes) -> Reading:
    """Without data it tries the address, when that is registered; what such a body holds is not documented."""
    if not body.strip():
        return Reading(Action.IGNORE, reason="an empty body: the address is being registered")
    message = read_object(body)
    event, data = message.name("event"), message.child("data")
    if not message.has("data"):
        return Reading(Action.IGNORE, reason="no data: the address is being registered")
    if not event.startswith(EVENTS):
        return Reading(Action.IGNORE, reason=f"an event about another thing than an order: {event}")
    return applied(message, [order_of(data, read_news(event, data))])


def read_news(event: str, data: Node) -> list[Fact]:
    """What the event is about, and that a label expired. The other moments were told before, by events of their own."""
    about, told = ABOUT.get(event), []
    if about is None or not data.has(f"{about}_at"):
        word = event.removeprefix(EVENTS)
        # It tells no moment: it is about now.
        told.append(scan_of(STATUSES.get(word, Status.UNKNOWN), about or word, Moment()))
    names = dict.fromkeys([*([about] if about else []), "expired"])
    return [*told, *(fact for name in names for fact in read_moment(data, name))]


# -- what pushes and answers share -------------------------------------------------------------------------------------


def order_of(data: Node, facts: Sequence[Fact]) -> Report:
    number = parcel_number(data, "tracking") or parcel_number(data, "melhorenvio_tracking")
    reference = data.name("id") or None
    if not (number or reference):
        raise data.fault("id", "missing, and so is tracking")
    return Report(None, number, tuple(facts), reference)


def read_moment(data: Node, name: str) -> Iterator[Fact]:
    key = f"{name}_at"
    if not data.has(key):
        return
    when = as_pushed(assumed(data.text(key), ZONE))
    yield scan_of(scan_status(MOMENTS[name], when, data, key), name, when)


def as_pushed(when: Moment) -> Moment:
    """The text of a push is the identity of the moment, in answers too, which write the same one in another zone.

    Pushes write it in UTC, which is no local time.
    """
    if when.at is None:
        return when
    text = when.at.isoformat() if when.zone_assumed else when.text
    return when._replace(text=text, local=when.at.astimezone(ZONE).replace(tzinfo=None).isoformat())


def scan_of(status: Status, code: str, when: Moment) -> Fact:
    return Fact(
        source=SLUG,
        is_own=False,
        kind=FactKind.SCAN,
        status=status,
        code=code,
        moment_text=when.text,
        occurred_at=when.at,
        local_time=when.local,
        zone_assumed=when.zone_assumed,
    )


# -- asking ------------------------------------------------------------------------------------------------------------


def login(account: Account) -> Ask:
    """Each answer has a new refresh token, and spends the one that was sent. The setting is only the first."""
    form = {
        "grant_type": "refresh_token",
        "client_id": account.values["CLIENT_ID"],
        "client_secret": account.values["CLIENT_SECRET"],
        "refresh_token": account.refresh or account.values["REFRESH_TOKEN"],
    }
    return Ask("POST", "/oauth/token", headers_of(account), form=form)


def parse_login(answer: Answer) -> Token:
    body = read_body(answer)
    lasts = timedelta(seconds=int(body.code("expires_in")))
    return token(body.text("access_token"), lasts, body.text("refresh_token"))


def headers_of(account: Account) -> dict[str, str]:
    return {"Accept": "application/json", "User-Agent": f"Wismo ({account.values['CONTACT']})"}


def ask(account: Account, wanted: Sequence[Wanted]) -> Ask:
    """By the order's id, under which alone Melhor Envio knows a parcel."""
    key = account.token or account.values["API_KEY"]
    headers = {"Authorization": f"Bearer {key}", **headers_of(account)}
    orders = [one.reference or one.number for one in wanted]
    return Ask("POST", "/api/v2/me/shipment/tracking", headers, json={"orders": orders})


def parse_answer(answer: Answer) -> Reading:
    if is_refusal(answer):
        return refusal(answer, lambda error: error.name("code"))
    if answer.body.strip() == b"[]":  # PHP's empty object
        return answered(answer, Node({}), [])
    message = read_body(answer)
    if message.has("access_token"):
        return token_reading()
    return answered(answer, message, message.members(read_order))


def read_order(key: str, data: Node) -> Report:
    scans = [fact for name in MOMENTS for fact in read_moment(data, name)]
    report, code = order_of(data, scans), data.name("status")
    if not code:
        raise data.fault("status", "missing")
    when = summary_moment(scans, Moment())
    status = STATUSES.get(code, Status.UNKNOWN)
    present = summary(SLUG, status, code, when, is_own=False, estimated_at=None, told_at=None)
    return Report(None, report.tracking_number, (*scans, present), report.reference or key)


carrier = Carrier(
    slug=SLUG,
    label="Melhor Envio",
    docs="https://docs.melhorenvio.com.br/",
    verify=verify,
    parse_push=parse_push,
    asks=Asks(
        api_url="https://www.melhorenvio.com.br",
        needs=("API_KEY", "CONTACT"),
        ask=ask,
        parse_answer=parse_answer,
        budget=Budget(per_second=1),  # none is published; the server keeps answers for an hour
        batch=50,
        login=login,
        parse_login=parse_login,
        login_with=("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN"),
        or_needs=("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN", "CONTACT"),
        by_reference=True,
    ),
)
