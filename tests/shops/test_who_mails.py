"""Once, twice or never: by what is set, and by what the shop's last packages have."""

import pytest

from relay.model import Kind
from relay.settings import CustomerMail, VtexWrite
from relay.shops import Package, ShopOrder
from relay.shops.vtex.who_mails import FILL_IN, SWITCH_OFF, who_mails


def orders(*urls: str | None) -> list[ShopOrder]:
    """An order for each address of a package, and a return beside it, of which nobody is mailed."""
    back = Package("9", Kind.RETURN, tracking_url="https://carrier.example/9")
    sold = [Package(str(index), Kind.OUTBOUND, tracking_url=url) for index, url in enumerate(urls)]
    return [ShopOrder(f"v{package.invoice}-01", packages=(package, back)) for package in sold]


NONE, SOME, ALL = orders(None, None), orders(None, "https://carrier.example/1"), orders("https://carrier.example/1")


@pytest.mark.parametrize(
    ("mails", "writes", "latest", "times", "remedy"),
    [
        ("none", "always", ALL, "never", ""),
        ("wismo", "off", ALL, "once", ""),
        ("wismo", "status", [], "once", ""),
        ("wismo", "status", NONE, "once", ""),
        ("wismo", "status", SOME, "twice", SWITCH_OFF),
        ("wismo", "if-empty", NONE, "twice", SWITCH_OFF),
        ("wismo", "always", [], "twice", SWITCH_OFF),
        ("shop", "off", ALL, "never", FILL_IN),
        ("shop", "status", [], "never", FILL_IN),
        ("shop", "status", NONE, "never", FILL_IN),
        ("shop", "status", SOME, "never", FILL_IN),
        ("shop", "status", ALL, "once", ""),
        ("shop", "if-empty", NONE, "once", ""),
    ],
)
def test_who_mails_follows_from_what_is_set_and_what_packages_have(
    mails: CustomerMail, writes: VtexWrite, latest: list[ShopOrder], times: str, remedy: str
) -> None:
    verdict = who_mails(mails, writes, latest)
    assert (verdict.times, verdict.remedy) == (times, remedy)


def test_it_says_on_what_evidence() -> None:
    assert "1 of the last 2 packages have one" in who_mails("wismo", "status", SOME).why
    assert "none was seen yet" in who_mails("wismo", "status", []).why
