"""What only Melhor Envio has: moments in place of scans, written in two zones, and a number that comes late."""

from datetime import UTC, datetime

import pytest

from relay.carriers import read_answer, read_push
from relay.carriers.melhor_envio import ask, carrier
from relay.model import Account, Action, Fact, Wanted
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


def test_it_is_asked_by_the_orders_id_and_told_who_asks() -> None:
    wanted = [Wanted("melhor-envio", "QB1", "order-1"), Wanted("melhor-envio", "QB2")]
    request = ask(Account({"API_KEY": "key", "CONTACT": "loja@example.com"}), wanted)
    assert request.json == {"orders": ["order-1", "QB2"]}
    assert request.headers["User-Agent"] == "Wismo (loja@example.com)"
