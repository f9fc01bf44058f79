"""Who moves a parcel, by what its shop says."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.carriers import all_carriers
from relay.model import carrier_slug
from relay.tracking.known_carriers import HOSTS, NAMES, NUMBERS
from relay.tracking.matching import Hints, Match, MatchedBy, courier_key, keys_of, match

BY = MatchedBy
NOBODY: dict[str, str] = {}
texts = st.text(max_size=20) | st.sampled_from(["Correios", "JADLOG", "melhor envio jadlog", "Loggi", "", "---"])
hints_strategy = st.builds(
    Hints,
    st.none() | texts,
    st.lists(texts, max_size=3).map(tuple),
    st.lists(texts, max_size=3).map(tuple),
    st.none()
    | texts
    | st.sampled_from(["https://www.loggi.com/x", "https://[", "http://rastreamento.correios.com.br"]),
    st.none() | texts | st.sampled_from(["AA123456785BR", "ME123456789BR", "1Z204W4R0308071865"]),
)


@pytest.mark.parametrize(
    ("hints", "carrier", "by"),
    [
        (Hints("PAC Correios"), "correios", BY.COURIER),
        (Hints("  SEDEX 10 "), "correios", BY.COURIER),
        (Hints("JADLOG .Package"), "jadlog", BY.COURIER),
        (Hints("Mandaê"), "mandae", BY.COURIER),
        (Hints("J&T Express"), "j-t-express", BY.COURIER),
        (Hints("DHL Express"), "dhl-unified", BY.COURIER),
        (Hints(None, ("loggi_sp",)), "loggi", BY.COURIER_ID),
        (Hints("Normal", (), ("Total Express",)), "total-express", BY.COURIER_NAME),
        (Hints(tracking_url="https://rastreamento.correios.com.br/app/index.php"), "correios", BY.URL),
        (Hints(tracking_url="https://WWW.UPS.COM/track?x=1"), "ups", BY.URL),
        (Hints(tracking_number="aa 123456785 br"), "correios", BY.NUMBER),
        (Hints(tracking_number="1Z204W4R0308071865"), "ups", BY.NUMBER),
        (
            Hints("Normal", ("1",), ("econômica",), "https://track.example.com", "888000000000001"),
            "j-t-express",
            BY.NUMBER,
        ),
    ],
)
def test_what_is_certain_is_known(hints: Hints, carrier: str, by: MatchedBy) -> None:
    assert match(hints, NOBODY) == Match(carrier, by)


@pytest.mark.parametrize(
    "hints",
    [
        Hints(),
        Hints("Entrega Rápida"),
        Hints("Impactos"),  # "pac" is in it, and is no word of it
        Hints("Groups"),
        Hints(tracking_url="https://correios.com.br.example.com/x"),
        Hints(tracking_url="https://notups.com/"),
        Hints(tracking_url="https://[broken"),
        Hints(tracking_number="12345678901234"),
        Hints(tracking_number="AA123456785US"),
    ],
)
def test_what_is_not_certain_is_nobody(hints: Hints) -> None:
    assert match(hints, NOBODY) == Match(None)


def test_several_that_fit_are_an_outcome() -> None:
    assert match(Hints("Melhor Envio - Jadlog"), NOBODY).candidates == ("jadlog", "melhor-envio")
    assert match(Hints(tracking_number="ME123456789BR"), NOBODY).candidates == ("correios", "melhor-envio")
    assert match(Hints(None, ("Correios", "Loggi")), NOBODY).candidates == ("correios", "loggi")


def test_a_later_hint_chooses_among_what_an_earlier_one_left_open() -> None:
    open_ones = "Melhor Envio - Jadlog"
    assert match(Hints(open_ones, (), ("Jadlog",)), NOBODY) == Match("jadlog", BY.COURIER_NAME)
    assert match(Hints(open_ones, (), ("Loggi",)), NOBODY).candidates == ("jadlog", "melhor-envio")


def test_an_earlier_hint_comes_before_a_later_one() -> None:
    hints = Hints("Jadlog", ("correios",), ("Loggi",), "https://www.ups.com/", "AA123456785BR")
    assert match(hints, NOBODY) == Match("jadlog", BY.COURIER)


@pytest.mark.parametrize(
    ("hints", "key", "by"),
    [
        (Hints("Entrega RÁPIDA!"), "Entrega Rápida", BY.COURIER),
        (Hints("Correios"), "CORREIOS", BY.COURIER),
        (Hints(None, ("7f-3",)), "7F 3", BY.COURIER_ID),
        (Hints(None, (), ("Frota própria",)), "frota propria", BY.COURIER_NAME),
        (Hints(tracking_url="https://rastreio.example.com/1"), "rastreio.example.com", BY.URL),
        (Hints(tracking_url="https://www.ups.com/1"), "www.ups.com", BY.URL),
    ],
)
def test_a_shops_table_comes_before_what_is_built_in(hints: Hints, key: str, by: MatchedBy) -> None:
    assert match(hints, {courier_key(key): "own-fleet"}) == Match("own-fleet", by)
    assert courier_key(key) in keys_of(hints)


@given(hints_strategy, st.dictionaries(texts.map(courier_key).filter(bool), st.sampled_from(["a", "b"]), max_size=3))
def test_whatever_a_shop_says_has_one_outcome(hints: Hints, table: dict[str, str]) -> None:
    found = match(hints, table)
    assert (found.carrier is None) == (found.matched_by is None)
    assert len(found.candidates) != 1
    assert not (found.carrier and found.candidates)
    assert match(hints, table) == found


@given(hints_strategy, st.sampled_from(list(NAMES)))
def test_what_a_shop_says_of_its_courier_decides(hints: Hints, slug: str) -> None:
    key = courier_key(hints.courier or "")
    if key:
        assert match(hints, {key: slug}) == Match(slug, BY.COURIER)


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    assert courier_key(courier_key(text)) == courier_key(text)


# -- what is built in --------------------------------------------------------------------------------------------------


def test_every_carrier_with_an_adapter_of_its_own_is_known_by_name_and_page() -> None:
    formats = {"standard", "vsn"}
    own = {slug for slug, one in all_carriers().items() if one.asks and not one.asks.is_aggregator} - formats
    assert own <= NAMES.keys()
    assert own <= HOSTS.keys()


def test_names_stand_as_they_are_compared_and_mean_one_carrier() -> None:
    names = [name for one in NAMES.values() for name in one]
    assert [name for name in names if courier_key(name) != name] == []
    assert [match(Hints(name), NOBODY).carrier for name in names] == [slug for slug, one in NAMES.items() for _ in one]
    domains = [domain for one in HOSTS.values() for domain in one]
    assert len(set(domains)) == len(domains)
    assert [slug for slug in (*NAMES, *HOSTS, *NUMBERS) if carrier_slug(slug) != slug] == []
    assert all(re.compile(shape) for shape in NUMBERS.values())
