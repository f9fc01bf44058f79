"""The second route: incidents by mail, to those who look after Wismo, over a real server."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from relay.channels.alert import AlertMail
from relay.cli.parts import telling_loops
from relay.database import Database, Row
from relay.desk import Desk, alerts, care
from relay.desk.incidents import accept, snooze, take
from relay.desk.loops import TIMES, loops_of
from relay.desk.telling import is_anybody_told
from relay.intake import Policy
from relay.outbox import Outbox
from relay.outbox.times import Times
from relay.settings import Settings
from relay.store import incidents
from relay.store import outbox as store
from tests.channels.conftest import Post, run
from tests.conftest import NOON
from tests.intake.steps import POLICY

OPS, BOSS = "ops@shop.example", "boss@shop.example"
HOUR = 60


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    yield from run()


@dataclass
class World:
    """An installation that tells by mail; its clock goes by minutes."""

    database: Database
    post: Post
    settings: Settings
    minutes: float = 0
    policy: Policy = POLICY

    def __post_init__(self) -> None:
        self.post.mailbox.forget()
        self.desk = Desk(self.database, self.settings, self.policy)
        self.channel = AlertMail(self.settings, self.now)
        self.outbox = Outbox(self.database, self.settings, {"alert": self.channel}, self.now)

    def now(self) -> datetime:
        return NOON + timedelta(minutes=self.minutes)

    def open(self, kind: str = "backup", subject: str = "backup", title: str = "There is no backup") -> str:
        return self.database.write(
            lambda tx: incidents.open_incident(
                tx, kind=kind, subject=subject, title=title, remedy="Look at it", now=self.now()
            )
        )

    def close(self, kind: str = "backup", subject: str = "backup") -> None:
        self.database.write(lambda tx: incidents.close_incident(tx, kind, subject, self.now()))

    def at(self, minutes: float) -> list[EmailMessage]:
        """What has come by then, a minute after it is due."""
        self.minutes = minutes
        for _ in range(2):
            Times(self.desk, "a process", self.now).round()
            self.outbox.send_due()
            self.minutes += 1
        return self.mails()

    def mails(self) -> list[EmailMessage]:
        contents = [one.content for one in self.post.mailbox.envelopes]
        return [message_from_bytes(one, policy=policy.default) for one in contents if isinstance(one, bytes)]

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails()]

    def rows(self) -> list[Row]:
        with self.database.read() as tx:
            return store.listed(tx, None, 99)


def settings_of(post: Post, **more: object) -> Settings:
    mail = {"mail_url": f"smtp://127.0.0.1:{post.port}?starttls=off", "mail_from": "wismo@shop.example"}
    return Settings.model_validate({**mail, "alert_mail_to": OPS, "shop_name": "Loja", **more})


SLACK = {"slack_bot_token": "xoxb-1", "slack_signing_secret": "s", "slack_channel": "C1"}


@pytest.fixture
def world(sqlite: Database, post: Post) -> Iterator[World]:
    """With Slack."""
    made = World(sqlite, post, settings_of(post, **SLACK))
    yield made
    made.channel.close()


@pytest.fixture
def alone(database: Database, post: Post) -> Iterator[World]:
    """Without Slack, on either engine."""
    made = World(database, post, settings_of(post))
    yield made
    made.channel.close()


# -- when --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("channel_down", "slack"),
        ("slack_lost", "token"),
        ("slack_lost", "C1"),
        ("loop_stopped", "slack writer"),
        ("loop_stopped", "slack socket"),
        ("loop_stopped", TIMES),
        ("loop_stopped", "watch"),
        ("dead_message", "slack"),
        ("watch_blind", "mute_carrier"),
    ],
)
def test_what_slack_cannot_tell_of_and_what_nobody_would_notice_is_mailed_at_once(
    world: World, kind: str, subject: str
) -> None:
    world.open(kind, subject, "Something is wrong")
    assert len(world.at(0)) == 1


@pytest.mark.parametrize(
    ("kind", "subject"), [("channel_down", "email"), ("loop_stopped", "poll"), ("disk", "backups")]
)
def test_what_slack_tells_of_is_not_mailed_at_once(world: World, kind: str, subject: str) -> None:
    world.open(kind, subject)
    assert world.at(50) == []


def test_a_broken_promise_that_nobody_takes_is_mailed_after_an_hour_once(world: World) -> None:
    world.open()
    assert world.at(HOUR - 3) == []
    assert len(world.at(HOUR)) == 1
    for hours in range(2, 30, 5):
        world.open()
        world.at(hours * HOUR)
    assert len(world.mails()) == 1


def test_what_breaks_no_promise_is_not_mailed(world: World) -> None:
    world.open("shop_quiet", "hook")
    assert world.at(9 * HOUR) == []


def test_what_somebody_took_or_knows_is_not_mailed_and_what_is_put_off_an_hour_after_that(world: World) -> None:
    taken, known, later = (world.open(subject=subject) for subject in ("taken", "known", "later"))
    take(world.desk, taken, "U1", world.now())
    accept(world.desk, known, "U1", world.now())
    snooze(world.desk, later, world.now() + timedelta(hours=3), "U1", world.now())
    assert world.at(4 * HOUR - 3) == []
    assert len(world.at(4 * HOUR)) == 1
    assert f"take {later}" in body(world.mails()[0])


def test_without_slack_every_broken_promise_is_mailed_at_once_and_nothing_else(alone: World) -> None:
    alone.open()
    alone.open("shop_quiet", "hook")
    assert len(alone.at(0)) == 1
    assert alone.subjects() == ["[Wismo Loja] There is no backup"]


def test_what_is_part_of_another_is_told_by_that(alone: World) -> None:
    storm, part = alone.open("outside_down", "network", "Nothing outside answers"), alone.open()
    alone.database.write(lambda tx: incidents.make_part(tx, part, storm))
    alone.at(0)
    assert alone.subjects() == ["[Wismo Loja] Nothing outside answers"]


# -- what --------------------------------------------------------------------------------------------------------------


def body(mail: EmailMessage, kind: str = "plain") -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def test_a_mail_says_what_since_when_what_to_do_where_to_read_on_and_who_takes_it(alone: World) -> None:
    opened = alone.open(title="Odd <b>title</b>")
    alone.at(0)
    (mail,) = alone.mails()
    for words in (
        "Odd <b>title</b>",
        "Since 2026-03-02 09:00 (America/Sao_Paulo)",
        "What to do: Look at it",
        "docs/operations.md#backup",
        f"wismo incidents take {opened}",
    ):
        assert words in body(mail)
    assert "Odd &lt;b&gt;title&lt;/b&gt;" in body(mail, "html")
    assert (mail["To"], mail["From"], mail["Auto-Submitted"]) == (OPS, "Loja <wismo@shop.example>", "auto-generated")


def test_all_that_is_due_in_a_minute_is_one_mail(alone: World) -> None:
    for minutes, subject in enumerate(("one", "two", "three")):
        alone.minutes = minutes / 10
        alone.open(subject=subject, title=f"Backup {subject}")
    alone.at(0.5)
    assert alone.subjects() == ["[Wismo Loja] 3 incidents: Backup one"]
    assert all(f"Backup {subject}" in body(alone.mails()[0]) for subject in ("one", "two", "three"))


def test_its_end_is_one_mail_in_the_same_thread(alone: World) -> None:
    alone.open()
    alone.at(0)
    alone.close()
    for minutes in (10, 20, 30):
        alone.at(minutes)
    first, over = alone.mails()
    assert over["Subject"] == "[Wismo Loja] Over: There is no backup"
    assert (first["References"], first["Message-ID"] != over["Message-ID"]) == (over["References"], True)


def test_what_is_over_before_the_mail_left_is_told_to_nobody(alone: World) -> None:
    alone.post.mailbox.answers["MAIL"] = "DROP"
    alone.open()
    assert alone.at(0) == []
    alone.close()
    alone.post.mailbox.answers.clear()
    assert alone.at(10) == []
    assert [row["state"] for row in alone.rows()] == ["superseded"]


def test_each_reader_has_a_mail_and_one_who_is_refused_keeps_it_from_no_other(database: Database, post: Post) -> None:
    world = World(database, post, settings_of(post, alert_mail_to=f"{OPS},{BOSS}"))
    world.open()
    world.at(0)
    assert sorted(str(mail["To"]) for mail in world.mails()) == [BOSS, OPS]
    assert not any("@" in str(row) for row in world.rows())
    world.channel.close()


def test_a_reader_who_is_named_no_more_is_told_nothing(alone: World, post: Post) -> None:
    alone.open()
    Times(alone.desk, "a process", alone.now).round()
    other = World(alone.database, post, settings_of(post, alert_mail_to=BOSS), minutes=5)
    other.outbox.send_due()
    assert other.mails() == []
    assert [row["state"] for row in other.rows()] == ["superseded"]


def test_nothing_that_holds_back_customers_mails_holds_back_an_alert(
    sqlite: Database, post: Post, policy: Policy
) -> None:
    world = World(sqlite, post, settings_of(post, mail_only_to="nobody@example.com", live="no"))
    care.pause(Desk(sqlite, world.settings, policy), "all", "ops", NOON)
    world.open()
    assert len(world.at(0)) == 1
    world.channel.close()


def test_mail_to_a_folder_is_written_there(
    sqlite: Database, post: Post, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("mail")
    world = World(sqlite, post, settings_of(post, mail_url=f"file:{folder}"))
    world.open()
    world.at(0)
    assert len(list(folder.glob("*.eml"))) == 1


# -- when nothing works ------------------------------------------------------------------------------------------------


def test_when_slack_and_mail_are_down_nobody_is_told_and_it_is_known(world: World) -> None:
    world.database.write(lambda tx: store.mark_down(tx, "slack", "no answer", NOON, NOON))
    world.open("channel_down", "slack", "Slack is down")
    assert told(world)
    world.post.mailbox.answers["MAIL"] = "DROP"
    world.at(0)
    assert not told(world)
    world.post.mailbox.answers.clear()
    assert len(world.at(10)) == 1
    assert told(world)


def told(world: World) -> bool:
    with world.database.read() as tx:
        return is_anybody_told(tx, world.settings)


def test_an_alert_that_is_refused_for_good_makes_no_more_alerts(alone: World) -> None:
    alone.post.mailbox.answers["RCPT"] = "550 no such reader"
    alone.open()
    for minutes in range(0, 5 * HOUR, 20):
        alone.at(minutes)
    assert [row["state"] for row in alone.rows()] == ["dead"]


def test_no_alert_is_made_where_nobody_is_named(sqlite: Database, post: Post) -> None:
    settings = Settings(mail_url=settings_of(post).mail_url)
    world = World(sqlite, post, settings)
    world.open()
    with world.database.read() as tx:
        assert alerts.due(tx, world.settings, NOON) == []


def test_the_loops_of_telling_run_where_only_mail_is_configured(sqlite: Database, post: Post, policy: Policy) -> None:
    desk = Desk(sqlite, settings_of(post), policy)
    running = {loop.name for loop in telling_loops(desk, lambda: NOON, lambda _name: None)}
    assert running == {"alert writer", TIMES}
    assert running <= set(loops_of(desk))
