"""What ``wismo health`` says of silence to come."""

import json
from collections.abc import Iterator
from contextlib import chdir
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from relay import clock
from relay.cli import main
from relay.cli.well import _noticed
from relay.cli.wiring import policy_of, ready_database
from relay.desk.loops import LOOPS
from relay.settings import load_settings
from relay.store import ledger
from tests.conftest import fact
from tests.intake import steps

URL = {"WISMO_DATABASE_URL": "sqlite:wismo.db"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    with chdir(tmp_path):
        yield tmp_path


def health(*options: str) -> Result:
    return CliRunner().invoke(main, ["health", *options], env=URL)


def beat(ago: timedelta, *names: str) -> None:
    database = ready_database(load_settings(URL, env_file=None))
    for name in names or LOOPS:
        database.write(lambda tx, name=name: ledger.beat(tx, name, clock.now() - ago))  # type: ignore[misc]  # bound now
    database.close()


def test_loops_are_one_line_while_all_run_and_named_with_what_to_do_when_they_stopped() -> None:
    beat(timedelta(0))
    done = health()
    assert (done.exit_code, "well: every promise is kept" in done.output) == (0, True)
    assert f"{len(LOOPS)} beat; longest ago" in done.output
    beat(timedelta(minutes=5), "poll", "outbox")
    done = health()
    assert done.exit_code == 1
    assert "The poll loop has stopped since" in done.output
    assert done.output.count("start `wismo up` or `wismo work` anew") == 1
    beat(timedelta(minutes=5), *LOOPS)
    assert health().output.count("Nothing works here since") == 1


def test_each_carriers_silence_is_told_to_programs_as_well() -> None:
    settings = load_settings(URL, env_file=None)
    database = ready_database(settings)
    steps.add_order(database, policy_of(settings))
    steps.hear(database, policy_of(settings), steps.about(fact("in_transit")))
    database.close()
    found = json.loads(health("--json").stdout)["silence"]
    assert all({"source", "via", "heard_at", "noticed_after_min"} == set(clock) for clock in found)


@pytest.mark.parametrize(
    ("minutes", "words"), [(35, "after 35 min"), (300, "after 5 h"), (None, "not by its silence: it speaks too seldom")]
)
def test_how_soon_a_silence_is_noticed_is_said_in_words(minutes: int | None, words: str) -> None:
    said = {"source": "ups", "via": "push", "heard_at": "2026-03-02T12:00:00.000+00:00", "noticed_after_min": minutes}
    assert words in _noticed(said, "UTC")
    assert "heard 2026-03-02 12:00" in _noticed(said, "UTC")
