"""``wismo report`` as somebody types it."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from relay.cli import main
from relay.database import open_database
from relay.intake.parcels import Parcel
from tests.conftest import fact, settle
from tests.intake.steps import POLICY, about, add_order, hear

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """On a database in which six parcels were delivered in February 2026."""
    url = f"sqlite:{tmp_path / 'wismo.db'}"
    monkeypatch.chdir(tmp_path)
    database = open_database(url, create=True)
    database.migrate()
    database.write(settle)
    for number in range(6):
        parcel = Parcel(carrier="ups", tracking_number=f"1Z{number}")
        add_order(database, POLICY, str(number), parcel, at=-200, promised_at="2026-02-25")
        scans = fact("in_transit", -190), fact("delivered", -120 + number)
        hear(database, POLICY, about(*scans, number=f"1Z{number}"), at=-100)
    database.close()

    def asked(*words: str, locale: str = "pt-BR") -> Result:
        given = {"WISMO_DATABASE_URL": url, "WISMO_LOCALE": locale}
        return CliRunner().invoke(main, ["report", *words], env=given)

    return asked


def test_it_says_what_the_month_was_like(run: Run) -> None:
    said = run("--month", "2026-02")
    assert said.exit_code == 0
    assert "6 of 6 with a promise came in time (100 %)" in said.output.splitlines()
    assert "UPS" in said.output


def test_a_month_in_which_nothing_was_is_one_line(run: Run) -> None:
    heading, line = run("--month", "2025-01").output.splitlines()
    assert (heading[:12], line) == ("January 2025", "nothing moved, nothing was told, nothing went wrong")


def test_programs_read_the_same(run: Run) -> None:
    found = json.loads(run("--month", "2026-02", "--json").output)
    assert (found["now"]["delivered"], found["now"]["in_time_ratio"], found["before"]) == (6, 1.0, [])


@pytest.mark.parametrize(("locale", "delimiter"), [("pt-BR", ";"), ("es", ";"), ("en", ",")])
def test_the_table_is_as_a_spreadsheet_of_the_shops_country_reads_it(
    run: Run, tmp_path: Path, locale: str, delimiter: str
) -> None:
    assert run("--month", "2026-02", "--csv", "month.csv", locale=locale).exit_code == 0
    assert (tmp_path / "month.csv").read_bytes().startswith(b"\xef\xbb\xbfday")
    with (tmp_path / "month.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=delimiter))
    assert sum(int(row["delivered"]) for row in rows) == 6


@pytest.mark.parametrize("month", ["2026-13", "26-1", "next", "2999-01"])
def test_what_is_no_month_is_refused(run: Run, month: str) -> None:
    said = run("--month", month)
    assert (said.exit_code, "month" in said.output) == (2, True)


def test_a_folder_that_is_not_there_is_named(run: Run) -> None:
    said = run("--month", "2026-02", "--csv", "nowhere/month.csv")
    assert (said.exit_code, "nowhere/month.csv cannot be written" in said.output) == (1, True)
