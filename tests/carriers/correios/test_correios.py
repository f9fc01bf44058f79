"""What only Correios have: three ways to a token, batches in the query, and events that take others back."""

from datetime import UTC, datetime, timedelta

import pytest

from relay import tracking
from relay.carriers import read_answer
from relay.carriers.correios import ask, carrier, login, parse_login
from relay.errors import BadPayload
from relay.model import Account, Answer, Report, Status, Wanted
from tests.carriers.samples import NOW, answers


def report(name: str) -> Report:
    [sample] = [sample for sample in answers(carrier) if sample.name == name]
    return read_answer(carrier, sample.answer()).reports[0]


@pytest.mark.parametrize(
    ("values", "path", "body"),
    [
        ({"POSTAGE_CARD": "70", "CONTRACT": "99"}, "/cartaopostagem", {"numero": "70"}),
        ({"CONTRACT": "99"}, "/contrato", {"numero": "99"}),
        ({"CONTRACT": "99", "CONTRACT_DR": "10"}, "/contrato", {"numero": "99", "dr": "10"}),
        ({}, "", None),
    ],
)
def test_a_token_is_had_by_card_by_contract_or_by_the_user_alone(
    values: dict[str, str], path: str, body: object
) -> None:
    request = login(Account({"USER": "loja", "ACCESS_CODE": "code", **values}))
    assert (request.path, request.json) == (f"/token/v1/autentica{path}", body)
    assert request.headers["Authorization"] == "Basic bG9qYTpjb2Rl"


def test_one_object_stands_in_the_path_and_several_in_the_query() -> None:
    one, two = (ask(Account({}, "t"), [Wanted("correios", name) for name in names]) for names in ("A", "AB"))
    assert (one.path, one.params) == ("/srorastro/v1/objetos/A", {"resultado": "T"})
    assert two.path == "/srorastro/v1/objetos?codigosObjetos=A&codigosObjetos=B&resultado=T"
    assert one.headers["Accept-Language"] == two.headers["Accept-Language"] == "pt-BR"


def test_a_token_that_never_lived_is_none() -> None:
    body = b'{"token": "t", "emissao": "2026-03-04T17:00:00", "expiraEm": "2026-03-04T17:00:00"}'
    with pytest.raises(BadPayload):
        parse_login(Answer(201, body, NOW))
    assert parse_login(Answer(201, body.replace(b'04T17:00:00"}', b'05T17:00:00"}'), NOW)).lasts == timedelta(days=1)


def test_moments_are_of_brasilia_and_those_from_abroad_of_nobody_knows_where() -> None:
    posted, arrived = sorted(report("from-abroad").facts, key=lambda fact: fact.at)
    assert posted.zone_assumed
    assert not arrived.zone_assumed
    assert arrived.occurred_at == datetime(2026, 3, 3, 13, tzinfo=UTC)


def test_a_cancelled_delivery_is_gone_and_reopens_one_that_was_told_before() -> None:
    earlier, later = report("delivered").facts, report("taken-back").facts
    assert not [fact for fact in later if fact.status is Status.DELIVERED]
    deciding = tracking.decisive([*earlier, *later])
    assert deciding
    assert deciding.status is Status.OUT_FOR_DELIVERY


def test_what_was_delivered_is_with_the_recipient() -> None:
    assert [fact.to_recipient for fact in report("delivered").facts if fact.status is Status.DELIVERED] == [True]
    assert not any(fact.to_recipient for fact in report("returned").facts)


def test_whoever_received_it_is_not_kept() -> None:
    assert "Ningu" not in repr(report("delivered"))
