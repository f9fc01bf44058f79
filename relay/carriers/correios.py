"""Correios of Brazil, the Rastro API (SRO): the whole history of up to fifty objects in each answer.

Moments have no offset and are those of Brasília; what a foreign post office wrote may be its own time, and is marked.
Names and documents of people who received something are not read.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

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
)
from relay.carriers._correios_codes import CANCELS, OUTCOMES, STATUSES
from relay.carriers._facts import joined, newest, parcel_number, read_estimate, scan_status, summary, summary_moment
from relay.carriers._moments import Moment, moment
from relay.carriers._tree import Node
from relay.model import Account, Answer, Ask, Fact, FactKind, Outcome, Reading, Report, Status, Token, Wanted

SLUG = "correios"
ZONE = ZoneInfo("America/Sao_Paulo")
ERROR = re.compile(r"SRO-\d{3}")
#: The ``unidade.tipo`` of a scan abroad, without its accent.
ABROAD = "pais"


# -- asking ------------------------------------------------------------------------------------------------------------


def login(account: Account) -> Ask:
    """By posting card, else by contract, else by the user alone, whichever the account names."""
    values = account.values
    headers = {"Authorization": basic(values["USER"], values["ACCESS_CODE"])}
    if card := values.get("POSTAGE_CARD"):
        return Ask("POST", "/token/v1/autentica/cartaopostagem", headers, json={"numero": card})
    if contract := values.get("CONTRACT"):
        branch = {"dr": values["CONTRACT_DR"]} if values.get("CONTRACT_DR") else {}
        return Ask("POST", "/token/v1/autentica/contrato", headers, json={"numero": contract, **branch})
    return Ask("POST", "/token/v1/autentica", headers)


def parse_login(answer: Answer) -> Token:
    """Both moments are of one zone, so the token's life needs none."""
    body = read_body(answer)
    issued, expires = (datetime.fromisoformat(body.required(key)) for key in ("emissao", "expiraEm"))
    return token(body.text("token"), expires.replace(tzinfo=None) - issued.replace(tzinfo=None))


def ask(account: Account, wanted: Sequence[Wanted]) -> Ask:
    # The default of HTTP clients, "*", is refused.
    headers = {"Authorization": f"Bearer {account.token}", "Accept-Language": "pt-BR"}
    if len(wanted) == 1:
        return Ask("GET", f"/srorastro/v1/objetos/{segment(wanted[0].number)}", headers, {"resultado": "T"})
    # Written out, because a mapping cannot repeat a name.
    numbers = [("codigosObjetos", one.number) for one in wanted]
    query = urlencode([*numbers, ("resultado", "T")], errors="replace")
    return Ask("GET", f"/srorastro/v1/objetos?{query}", headers)


# -- answers -----------------------------------------------------------------------------------------------------------


def parse_answer(answer: Answer) -> Reading:
    if is_refusal(answer):
        return refusal(answer, error_code, OUTCOMES, SLUG)
    message = read_body(answer)
    if message.has("token"):
        return token_reading()
    if message.has("codObjeto"):
        return answered(answer, message, [read_parcel(message)], SLUG)
    if message.has("objetos"):
        return answered(answer, message, message.each("objetos", read_parcel), SLUG)
    code = error_code(message)
    if not code:
        raise message.fault("objetos", "missing, and so is codObjeto")
    return whole(answer, OUTCOMES.get(code, Outcome.BAD_REQUEST), f"an error in an answer with success: {code}", SLUG)


def error_code(message: Node) -> str:
    return next((found[0] for text in message.texts("msgs") if (found := ERROR.match(text))), "")


def read_parcel(parcel: Node) -> Report:
    number = parcel_number(parcel, "codObjeto")
    if number is None:
        raise parcel.fault("codObjeto", "missing")
    told = parcel.each("eventos", read_event)
    if not told and (said := parcel.text("mensagem")):
        code = ERROR.match(said)
        return Report(SLUG, number, outcome=OUTCOMES.get(code[0], Outcome.BAD_REQUEST) if code else Outcome.NOT_FOUND)
    return Report(SLUG, number, (*standing(told), *read_expected(parcel, told)))


def read_event(event: Node) -> Fact:
    family, kind = event.required("codigo").upper(), event.code("tipo")
    if not re.fullmatch("[0-9]{1,4}", kind):
        raise event.fault("tipo", "not a number")
    unit = event.child("unidade")
    when, status = moment_of(event, unit), STATUSES.get((family, int(kind)), Status.UNKNOWN)
    status = scan_status(status, when, event, "dtHrCriado")
    return Fact(
        source=SLUG,
        is_own=True,
        kind=FactKind.SCAN,
        status=status,
        code=f"{family} {int(kind):02}",  # written as "01", "1" and 1, by what is asked
        moment_text=when.text,
        occurred_at=when.at,
        local_time=when.local,
        zone_assumed=when.zone_assumed,
        description=joined_words(event.text("descricao"), event.text("detalhe")),
        place=place_of(unit),
        to_recipient=status is Status.DELIVERED,  # to the sender has a code of its own
    )


def joined_words(*words: str) -> str:
    return ". ".join(filter(None, words))


def moment_of(event: Node, unit: Node) -> Moment:
    """Some front ends wrap the moment in an object that names the zone."""
    if not event.is_object("dtHrCriado"):
        return moment(event.text("dtHrCriado"), documented=None if is_abroad(unit) else ZONE)
    wrapped = event.child("dtHrCriado")
    is_ours = wrapped.text("timezone") in {"", ZONE.key} and not is_abroad(unit)
    return moment(wrapped.text("date"), documented=ZONE if is_ours else None)


def is_abroad(unit: Node) -> bool:
    return unicodedata.normalize("NFKD", unit.text("tipo")).encode("ascii", "ignore").decode().lower() == ABROAD


def place_of(unit: Node) -> str:
    address = unit.child("endereco")
    return joined(address.text("cidade"), address.text("uf")) or unit.text("nome")


def standing(told: list[Fact]) -> Iterator[Fact]:
    """What stands when every cancellation has taken back the event before it, and itself is gone.

    The event that it took back may have been told by an earlier answer. So a summary says where the parcel was before.
    """
    stands: list[Fact] = []
    for scan in sorted(told, key=lambda one: (one.at, one.code.startswith(CANCELS), one.code, one.place)):
        if not scan.code.startswith(CANCELS) or scan.occurred_at is None:
            stands.append(scan)
            continue
        del stands[-1:]
        known = [one.status for one in stands if one.status is not Status.UNKNOWN]
        before = known[-1] if known else Status.INFO_RECEIVED
        when = Moment(scan.moment_text, scan.occurred_at, scan.local_time, scan.zone_assumed)
        yield summary(SLUG, before, scan.code, when, is_own=True, estimated_at=None, told_at=None)
    yield from stands


def read_expected(parcel: Node, told: Sequence[Fact]) -> Iterator[Fact]:
    expected = read_estimate(parcel, "dtPrevista", parcel.text("dtPrevista"))
    if expected and newest(told):
        when = summary_moment(told, Moment())
        yield summary(SLUG, Status.UNKNOWN, "", when, is_own=True, estimated_at=expected, told_at=None)


carrier = Carrier(
    slug=SLUG,
    label="Correios",
    docs="https://www.correios.com.br/atendimento/developers/manuais",
    asks=Asks(
        api_url="https://api.correios.com.br",
        needs=("USER", "ACCESS_CODE"),
        ask=ask,
        parse_answer=parse_answer,
        budget=Budget(per_second=2),  # Correios publish none
        batch=50,
        login=login,
        parse_login=parse_login,
        login_with=("USER", "ACCESS_CODE"),
        may_have=("POSTAGE_CARD", "CONTRACT", "CONTRACT_DR"),
    ),
)
