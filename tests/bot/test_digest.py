"""The weekly digest: once, on the first working morning; with Slack's chart, else a picture, else in words alone."""

import struct
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.blocks import digest
from bot.digest import drawn
from bot.values import Block, Message, Reader
from relay.database import Database, open_database
from relay.desk.figures import Parcels, Share, Transit
from relay.desk.periods import Period, weeks_before
from relay.desk.report import Caught, Figures, Mails, OfCarrier, Report, Shop
from relay.desk.weekly import tell_week
from relay.intake import Policy
from relay.model import Status
from relay.outbox.times import Times
from relay.sandbox.slack import SUPPORT, Posted
from relay.sandbox.slack.charts import drawn_chart
from tests.bot.limits import faults
from tests.bot.looked_at import AGENT, compare_all, in_every_language
from tests.bot.telling import Team, open_team
from tests.conftest import NOON, settle

ZONE = "America/Sao_Paulo"
#: In minutes: noon in UTC is nine in São Paulo, and the first day is a Monday.
DAY = 24 * 60.0
MONDAY = 7 * DAY
CHART, POST = "data_visualization", "chat.postMessage"

# -- what it says ------------------------------------------------------------------------------------------------------

WEEK = Period(date(2026, 11, 16), date(2026, 11, 22), ZONE)


def parcels(delivered: int = 0, promised: int = 0, in_time: int = 0, **more: object) -> Parcels:
    usual = Parcels(delivered, delivered, Share(in_time, promised), Transit(delivered), 0, 0, 0, 0, 0)
    return replace(usual, **more)  # type: ignore[arg-type]  # a dict of the dataclass's own fields


def figures(period: Period, of: Parcels, **more: object) -> Figures:
    quiet = Figures(period, of, [], 0, {}, 0, Mails(0, 0, 0, 0, 0), Shop(0, 0, 0, 0), [])
    return replace(quiet, **more)  # type: ignore[arg-type]  # the same


def a_full_week() -> Report:
    before = [(100, 90, 80), (120, 110, 100), (90, 85, 79), (131, 104, 96)]
    correios = parcels(90, 80, 74, transit=Transit(88, 98.4, 170.2), late=9)
    ups = parcels(28, 24, 24, transit=Transit(28, 50, 75.5))
    now = figures(
        WEEK,
        parcels(121, 104, 98, dispatched=130, open=74, late=12, still=5, held=1, returned=2),
        carriers=[
            OfCarrier("correios", "Correios", correios, timedelta(hours=15, minutes=20)),
            OfCarrier("ups", "UPS", ups),
            OfCarrier("", "", parcels(3, 1, 1)),
        ],
        not_received=2,
        corrections={Status.DELIVERED.value: 3, Status.RETURNED.value: 1},
        contradicted=1,
        mails=Mails(1310, 0, 0, 2, 1),
        shop=Shop(118, 3, 2, 4),
        caught=[
            Caught("mute_carrier", 2, 1, timedelta(minutes=35), [AGENT.user_id]),
            Caught("ask_failing", 1, 0, timedelta(hours=3, minutes=5), []),
        ],
    )
    weeks = zip(weeks_before(WEEK), before, strict=True)
    return Report(now, [figures(period, parcels(*counts, late=9, open=60)) for period, counts in weeks])


REPORTS = {
    "full": a_full_week(),
    "empty": Report(figures(WEEK, parcels()), []),
    "few": Report(figures(WEEK, parcels(3, 3, 2), carriers=[OfCarrier("ups", "UPS", parcels(3, 3, 2))]), []),
    "no_promise": Report(figures(WEEK, parcels(12)), []),
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_digest_reads_as_it_was_looked_at(name: str) -> None:
    messages = in_every_language(lambda reader: digest.message(REPORTS[name], reader))
    assert {locale: faults(message) for locale, message in messages.items() if faults(message)} == {}
    compare_all(f"digest/{name}", messages)


def test_outside_text_stays_text() -> None:
    evil = Report(figures(WEEK, parcels(9), carriers=[OfCarrier("x", "<!channel> *x*", parcels(9))]), [])
    assert "<!channel>" not in str(digest.message(evil, AGENT).blocks)


def test_the_demo_draws_the_chart_and_escapes_it() -> None:
    chart = chart_of(digest.message(a_full_week(), AGENT))
    assert "<script>" not in drawn_chart({**chart, "title": "<script>"})
    assert drawn_chart(chart).count("<rect") >= 15


def chart_of(message: Message) -> Block:
    return next(block for block in message.blocks if block["type"] == CHART)


# -- the picture -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", ["pt-BR", "es", "en"])
def test_the_picture_is_a_png_that_a_phone_can_show(locale: str) -> None:
    picture = drawn(chart_of(digest.message(a_full_week(), Reader("", locale=locale))))
    assert picture is not None
    width, height = struct.unpack(">II", picture[16:24])
    assert (picture[:8], width, height) == (b"\x89PNG\r\n\x1a\n", 1080, 720)
    assert len(picture) < 200_000


def test_without_the_extra_there_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)  # as where it is not installed
    assert drawn(chart_of(digest.message(a_full_week(), AGENT))) is None


# -- when it comes -----------------------------------------------------------------------------------------------------


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:{tmp_path / 'wismo.db'}", create=True)
    opened.migrate()
    opened.write(settle)
    yield opened
    opened.close()


@pytest.fixture
def team(database: Database, policy: Policy) -> Iterator[Team]:
    with open_team(database, policy) as opened:
        opened.add()
        yield opened


def digests(team: Team) -> list[Posted]:
    return [posted for posted in team.slack.posted(SUPPORT) if posted.text.startswith("Week of")]


def test_it_comes_on_monday_at_nine_and_once_whoever_looks_and_however_often(team: Team) -> None:
    team.look_at_the_clock(at=MONDAY - 1)
    assert digests(team) == []
    for minute in range(0, 9 * 60, 37):
        team.look_at_the_clock(at=MONDAY + minute)
        team.restart()
        Times(team.desk, f"process {minute}", team.clock.now).round()
        team.send()
    for day in range(1, 7):
        team.look_at_the_clock(at=MONDAY + day * DAY)
    (posted,) = digests(team)
    assert posted.text.startswith("Week of Mar 2 – 8: ")
    assert posted.earlier == []


def test_where_nothing_ran_on_monday_it_comes_later_but_not_in_the_evening(team: Team) -> None:
    team.look_at_the_clock(at=MONDAY + 9 * 60)  # six in the evening
    assert digests(team) == []
    team.look_at_the_clock(at=MONDAY + 3 * DAY + 60)
    (posted,) = digests(team)
    assert posted.text.startswith("Week of Mar 2 – 8: ")


def test_after_a_holiday_it_comes_on_the_next_working_day(team: Team) -> None:
    independence = (date(2026, 9, 7) - NOON.date()).days * DAY
    team.look_at_the_clock(at=independence)
    assert digests(team) == []
    team.look_at_the_clock(at=independence + DAY)
    (posted,) = digests(team)
    assert posted.text.startswith("Week of Aug 31 – Sep 6: ")


def test_of_weeks_before_it_was_there_it_says_nothing(team: Team) -> None:
    for minute in range(0, 5 * int(DAY), 240):
        team.look_at_the_clock(at=minute)
    assert digests(team) == []


def test_without_a_channel_there_is_none(database: Database, policy: Policy) -> None:
    with open_team(database, policy, slack_channel="", slack_ops_channel="") as team:
        team.look_at_the_clock(at=MONDAY)
        assert team.rows() == []


# -- how it is shown ---------------------------------------------------------------------------------------------------


@pytest.fixture
def busy(team: Team) -> Team:
    """Six parcels arrived in the first week, each in time."""
    for number in range(6):
        team.clock.past = 10.0 + number
        team.add(f"20{number}", f"1Z20{number}")
        team.hear("in_transit", number=f"1Z20{number}")
        team.clock.past += 2 * DAY
        team.hear("delivered", number=f"1Z20{number}")
    return team


def kinds(posted: Posted) -> list[str]:
    return [block["type"] for block in posted.blocks]


def test_it_has_slacks_own_chart_and_the_same_in_words(busy: Team) -> None:
    busy.look_at_the_clock(at=MONDAY)
    (posted,) = digests(busy)
    assert CHART in kinds(posted)
    assert "delivered: 6" in posted.words
    assert posted.text == "Week of Mar 2 – 8: parcels delivered: 6, none of them with a promised day."


def test_where_slack_does_not_know_the_chart_it_gets_a_picture_with_the_finding(busy: Team) -> None:
    refuse_blocks(busy, times=1)
    leaves(busy)
    (posted,) = digests(busy)
    (image,) = [block for block in posted.blocks if block["type"] == "image"]
    (file,) = busy.slack.workspace.files.values()
    assert (image["slack_file"], image["alt_text"], file.alt_text) == ({"id": file.file_id}, posted.text, posted.text)
    assert file.is_complete
    assert file.content.startswith(b"\x89PNG")
    assert CHART not in kinds(posted)


def test_a_picture_that_is_not_ready_is_tried_again_a_little_later(busy: Team) -> None:
    refuse_blocks(busy, times=3)
    leaves(busy)
    (posted,) = digests(busy)
    assert "image" in kinds(posted)
    assert len(busy.slack.workspace.files) == 1


@pytest.mark.parametrize("missing", ["files:write", "the extra"])
def test_without_a_picture_the_words_stand_in_their_blocks(
    busy: Team, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing == "the extra":
        monkeypatch.setitem(sys.modules, "matplotlib", None)
    else:
        busy.slack.workspace.scopes = set(busy.slack.workspace.scopes) - {missing}
    refuse_blocks(busy, times=1)
    leaves(busy)
    (posted,) = digests(busy)
    assert kinds(posted)[:2] == ["header", "section"]
    assert not {CHART, "image"} & set(kinds(posted))
    assert busy.open_incidents() == []


def test_where_no_block_is_taken_the_sentence_alone_is(busy: Team) -> None:
    refuse_blocks(busy, times=5)
    leaves(busy)
    (posted,) = digests(busy)
    assert (kinds(posted), posted.text.startswith("Week of")) == ([], True)


def leaves(team: Team) -> None:
    """The digest alone, without the day's list."""
    team.clock.past = MONDAY - 1
    team.database.write(lambda tx: tell_week(tx, "2026-W10", team.clock.now()))
    team.send()


def refuse_blocks(team: Team, times: int) -> None:
    team.slack.faults.refuse("invalid_blocks", POST, calls=times)
