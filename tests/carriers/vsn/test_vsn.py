"""What only this format has: no codes, so words on the way and flags at the end."""

import pytest

from relay.carriers._vsn_codes import status_of
from relay.carriers.vsn import ask, carrier
from relay.model import Account, Wanted


@pytest.mark.parametrize("words", ["Entregue", "Delivered", "Devolvido", "Chegou"])
def test_words_never_end_a_parcel(words: str) -> None:
    assert not status_of(words).is_final


def test_many_numbers_are_one_post_with_the_key_in_both_usual_places() -> None:
    request = ask(Account({"API_URL": "https://x", "API_KEY": "key"}), [Wanted("vsn", "A"), Wanted("vsn", "B")])
    assert (request.method, request.path) == ("POST", "")
    assert request.json == [{"trackingNumber": "A"}, {"trackingNumber": "B"}]
    assert request.headers == {"Authorization": "Bearer key", "x-api-key": "key"}


def test_without_a_key_it_sends_none() -> None:
    assert ask(Account({"API_URL": "https://x"}), [Wanted("vsn", "A")]).headers == {}


def test_it_does_not_push() -> None:
    assert not carrier.pushes
