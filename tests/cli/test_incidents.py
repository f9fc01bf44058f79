"""``wismo incidents``: what is wrong, and who looks after it."""

import json
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from relay import clock
from relay.cli import main
from relay.cli.wiring import ready_database
from relay.settings import load_settings
from relay.store import incidents

URL = {"WISMO_DATABASE_URL": "sqlite:wismo.db"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    with chdir(tmp_path):
        ready_database(load_settings(URL, env_file=None)).close()
        yield tmp_path


@pytest.fixture
def opened() -> str:
    database = ready_database(load_settings(URL, env_file=None))
    found = database.write(
        lambda tx: incidents.open_incident(
            tx, kind="backup", subject="backup", title="There is no backup", remedy="Look", now=clock.now()
        )
    )
    database.close()
    return found


def over() -> None:
    database = ready_database(load_settings(URL, env_file=None))
    database.write(lambda tx: incidents.close_incident(tx, "backup", "backup", clock.now()))
    database.close()


def wismo(*words: str) -> Result:
    return CliRunner().invoke(main, ["incidents", *words], env=URL)


def shown(*options: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(wismo("--json", *options).output)
    return found


def test_nothing_is_one_line() -> None:
    assert wismo().output == "no incidents\n"


def test_they_are_listed_with_their_ids_and_where_to_read_on(opened: str) -> None:
    done = wismo("--open")
    assert "There is no backup (open, seen 1 times)" in done.output
    assert f"{opened}, docs/operations.md#backup" in done.output
    over()
    assert (wismo("--open").output, "over since" in wismo().output) == ("no incidents\n", True)


def test_one_is_taken_and_given_back(opened: str) -> None:
    assert "is on it" in wismo("take", opened).output
    assert shown()[0]["owner"]
    assert "is on it" in wismo().output
    assert "nobody has taken it" in wismo("give-back", opened).output
    assert shown()[0]["owner"] is None


@pytest.mark.parametrize("until", ["1h", "tomorrow", "monday"])
def test_one_is_put_off_and_reminded_of_again(opened: str, until: str) -> None:
    assert "quiet until" in wismo("snooze", opened, "--until", until).output
    assert "quiet until" in wismo().output
    assert "quiet until" not in wismo("wake", opened).output
    assert shown()[0]["snoozed_until"] is None


@pytest.mark.parametrize(("until", "fault"), [("gestern", "is no moment"), ("2020-01-01 10:00", "is past")])
def test_a_moment_that_cannot_be_is_refused_with_what_to_write(opened: str, until: str, fault: str) -> None:
    done = wismo("snooze", opened, "--until", until)
    assert (done.exit_code, fault in done.output) == (2, True)


def test_one_is_known_until_it_closes(opened: str) -> None:
    assert "known, says" in wismo("known", opened).output
    assert "known, says" in wismo().output
    over()
    assert [(row["known_by"] is not None, row["closed_at"] is not None) for row in shown()] == [(True, True)]


@pytest.mark.parametrize("what", ["take", "give-back", "snooze", "known", "wake"])
def test_what_is_over_is_left_as_it_is(opened: str, what: str) -> None:
    over()
    done = wismo(what, opened)
    assert (done.exit_code, "over since" in done.output) == (1, True)


def test_one_that_is_not_known_is_named() -> None:
    done = wismo("take", "5f3a09c1d2e4")
    assert (done.exit_code, "5f3a09c1d2e4" in done.output) == (1, True)
