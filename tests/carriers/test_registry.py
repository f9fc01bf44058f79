"""The folder is the registry."""

import pytest

from relay.carriers import all_carriers, carrier_named
from relay.errors import NotFound


def test_adapters_are_found_by_their_slug_and_tools_are_not() -> None:
    assert {"easypost", "ups", "17track", "standard"} <= all_carriers().keys()
    assert not [slug for slug in all_carriers() if slug.startswith("_")]
    assert carrier_named("17track").label == "17TRACK"


def test_an_unknown_slug_is_answered_with_the_known_ones() -> None:
    with pytest.raises(NotFound, match=r"Known: .*easypost"):
        carrier_named("owl-post")
