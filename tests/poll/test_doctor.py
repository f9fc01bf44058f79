"""What an operator reads of the accounts that ask: what is on, what is missing, what nobody reads, what failed."""

from pathlib import Path

import pytest

from relay import clock
from relay.carriers import all_carriers
from relay.cli.doctor import examine
from relay.cli.finding import Finding
from relay.cli.wiring import ready_database
from relay.errors import BadSettings
from relay.intake import failures
from relay.intake.failures import Failure
from relay.settings import Settings, load_settings


def settings_of(tmp_path: Path, **adapter: str) -> Settings:
    given = {f"WISMO_{name}": text for name, text in adapter.items()}
    slugs = {slug: carrier.secret_fault for slug, carrier in all_carriers().items()}
    return load_settings({"WISMO_DATABASE_URL": f"sqlite:{tmp_path / 'wismo.db'}", **given}, None, slugs=slugs)


def findings(settings: Settings) -> list[Finding]:
    return [one for one in examine(settings) if one.subject.startswith(("ask ", "answers", "WISMO_"))]


def said(settings: Settings, subject: str) -> list[tuple[bool, str]]:
    """What is found of a subject; the lines that only list a setting are left out."""
    found = [one for one in findings(settings) if one.subject == subject]
    return [(one.is_well, one.finding) for one in found if "(environment)" not in one.finding]


@pytest.mark.parametrize(
    ("given", "slug", "is_well", "finding"),
    [
        ({}, "ups", True, "off (no key)"),
        ({"UPS_API_URL": "https://wwwcie.ups.com"}, "ups", True, "off (no key)"),
        ({"UPS_CLIENT_ID": "id"}, "ups", False, "off without WISMO_UPS_CLIENT_SECRET"),
        ({"UPS_CLIENT_ID": "id", "UPS_CLIENT_SECRET": "s"}, "ups", True, "2 a second"),
        ({"DHL_UNIFIED_API_KEY": "k"}, "dhl-unified", True, "0.2 a second, 250 a day"),
        (
            {"DHL_UNIFIED_API_KEY": "k", "DHL_UNIFIED_API_PER_SECOND": "5", "DHL_UNIFIED_API_PER_DAY": "900"},
            "dhl-unified",
            True,
            "5 a second, 900 a day",
        ),
        ({"MELHOR_ENVIO_API_KEY": "k"}, "melhor-envio", False, "off without WISMO_MELHOR_ENVIO_CONTACT"),
        (
            {"MELHOR_ENVIO_CLIENT_ID": "1", "MELHOR_ENVIO_CLIENT_SECRET": "s", "MELHOR_ENVIO_CONTACT": "a@example.com"},
            "melhor-envio",
            False,
            "off without WISMO_MELHOR_ENVIO_API_KEY, or WISMO_MELHOR_ENVIO_REFRESH_TOKEN",
        ),
    ],
)
def test_each_account_is_on_off_or_lacks_something(
    tmp_path: Path, given: dict[str, str], slug: str, is_well: bool, finding: str
) -> None:
    assert said(settings_of(tmp_path, **given), f"ask {slug}") == [(is_well, finding)]


@pytest.mark.parametrize("name", ["UPS_CLIENT_SECRETS", "EASYPOST_APIKEY", "STANDARD_API_KEY", "CORREIOS_CARD"])
def test_a_setting_that_no_adapter_reads_is_named(tmp_path: Path, name: str) -> None:
    settings = settings_of(tmp_path, **{name: "a text"})
    assert said(settings, f"WISMO_{name}") == [(False, "no adapter reads it")]


def test_what_an_adapter_may_have_is_known(tmp_path: Path) -> None:
    given = {"CORREIOS_USER": "u", "CORREIOS_ACCESS_CODE": "c", "CORREIOS_POSTAGE_CARD": "1"}
    settings = settings_of(tmp_path, **given)
    assert said(settings, "ask correios") == [(True, "2 a second")]
    assert said(settings, "WISMO_CORREIOS_POSTAGE_CARD") == []


@pytest.mark.parametrize(("name", "text"), [("API_PER_SECOND", "0"), ("API_PER_DAY", "many"), ("API_URL", "ups.com")])
def test_a_wrong_value_stops_the_start_with_its_name(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(BadSettings, match=f"WISMO_UPS_{name}"):
        settings_of(tmp_path, **{f"UPS_{name}": text})


def test_what_failed_in_a_week_is_listed_by_name_and_is_no_refusal(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, DHL_UNIFIED_API_KEY="k")
    database = ready_database(settings)
    for _ in range(3):
        database.write(lambda tx: failures.note(tx, "dhl-unified", [Failure.TIMEOUT], clock.now(), is_usable=False))
    database.close()
    assert (True, "it does not answer in time: 3 in a week") in said(settings, "ask dhl-unified")
    assert not [one for one in examine(settings) if one.subject.startswith("refused")]
    assert said(settings, "answers") == [(True, "0 could not be read")]
