"""What only Melhor Envio has: moments in place of scans, written in two zones, and a number that comes late."""

from datetime import UTC, datetime

import pytest

from relay.carriers import read_answer, read_push
from relay.carriers.melhor_envio import ask, carrier, login, parse_login
from relay.desk.accounts import askers_of
from relay.model import Account, Action, Fact, Wanted
from relay.settings import Settings
from tests.carriers.samples import answers, folder_of


def pushed(name: str) -> Fact:
    return read_push(carrier, (folder_of(carrier) / f"{name}.json").read_bytes()).reports[0].facts[0]


def answered(name: str) -> list[Fact]:
    [sample] = [sample for sample in answers(carrier) if sample.name == name]
    return list(read_answer(carrier, sample.answer()).reports[0].facts)


def test_one_moment_in_two_zones_is_the_same_and_only_the_answers_is_assumed() -> None:
    told = next(fact for fact in answered("delivered") if fact.code == "delivered" and not fact.is_summary)
    assert told.occurred_at == pushed("delivered").occurred_at == datetime(2026, 3, 4, 19, 20, tzinfo=UTC)
    assert told.local_time == pushed("delivered").local_time == "2026-03-04T16:20:00"
    assert (told.zone_assumed, pushed("delivered").zone_assumed) == (True, False)


def test_a_push_tells_the_moment_that_it_is_about_and_no_other() -> None:
    [report] = read_push(carrier, (folder_of(carrier) / "in_transit.json").read_bytes()).reports
    assert [fact.code for fact in report.facts] == ["posted"]
    assert (report.tracking_number, report.reference) == (None, "0a000000-0000-4000-8000-000000000001")


def test_an_event_without_a_moment_is_about_now() -> None:
    assert (pushed("exception").code, pushed("exception").occurred_at) == ("undelivered", None)


@pytest.mark.parametrize("body", [b"", b" ", b"{}", b'{"event": "ping"}'])
def test_trying_the_address_is_ignored(body: bytes) -> None:
    assert read_push(carrier, body).action is Action.IGNORE


ACCOUNT = {"API_KEY": "key", "CONTACT": "loja@example.com"}
APPLICATION = {"CLIENT_ID": "2100", "CLIENT_SECRET": "secret", "REFRESH_TOKEN": "first", "CONTACT": "loja@example.com"}


def test_it_is_asked_by_the_orders_id_and_told_who_asks() -> None:
    wanted = [Wanted("melhor-envio", "QB1", "order-1"), Wanted("melhor-envio", "QB2")]
    request = ask(Account(ACCOUNT), wanted)
    assert request.json == {"orders": ["order-1", "QB2"]}
    assert request.headers["User-Agent"] == "Wismo (loja@example.com)"
    assert request.headers["Authorization"] == "Bearer key"


def test_an_application_asks_with_the_token_of_its_login() -> None:
    request = ask(Account(APPLICATION, "token"), [Wanted("melhor-envio", "QB1")])
    assert request.headers["Authorization"] == "Bearer token"


@pytest.mark.parametrize(("kept", "sent"), [("", "first"), ("second", "second")])
def test_the_setting_is_the_first_refresh_token_and_each_login_brings_the_next(kept: str, sent: str) -> None:
    request = login(Account(APPLICATION, refresh=kept))
    assert (request.method, request.path) == ("POST", "/oauth/token")
    assert request.form == {
        "grant_type": "refresh_token",
        "client_id": "2100",
        "client_secret": "secret",
        "refresh_token": sent,
    }
    assert request.headers["User-Agent"] == "Wismo (loja@example.com)"


def test_a_token_of_any_length_is_taken_with_the_next_refresh_token() -> None:
    [sample] = [sample for sample in answers(carrier) if sample.name == "token"]
    token = parse_login(sample.answer())
    assert (len(token.text) > 900, token.lasts.days) == (True, 30)
    assert token.refresh.startswith("def50200")
    assert token.refresh not in repr(token)


@pytest.mark.parametrize(
    ("values", "can_ask", "logs_in"),
    [
        (ACCOUNT, True, False),
        (APPLICATION, True, True),
        (ACCOUNT | APPLICATION, True, True),
        ({"API_KEY": "key"}, False, False),
        (APPLICATION | {"REFRESH_TOKEN": ""}, False, False),
    ],
)
def test_it_is_asked_with_a_token_made_by_hand_or_as_an_application(
    values: dict[str, str], can_ask: bool, logs_in: bool
) -> None:
    askers = askers_of(Settings(adapters={"melhor-envio": values}), {"melhor-envio": carrier})
    assert [asker.logs_in for asker in askers] == ([logs_in] if can_ask else [])
