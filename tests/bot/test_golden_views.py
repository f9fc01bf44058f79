"""Windows, Home, and what Slack is told unasked, from a real database: as they were looked at; Slack takes them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from slack_sdk import WebClient

from bot.actions import override, track
from bot.actions.form import Form
from bot.actions.press import Place
from bot.app import Bot
from bot.blocks import home, news, team
from bot.values import Message, Reader
from relay.database import Database, Tx
from relay.desk import Desk, correct
from relay.desk.health import health
from relay.desk.loops import LOOPS, OF_A_SHOP
from relay.desk.noticing import NewNotice, notices_in_force, set_notice
from relay.desk.parcels import Change, parcels_of
from relay.desk.posts import WatchLost, WatchNews, post_of
from relay.desk.questions import Question
from relay.desk.team import Kind, take, team_list
from relay.desk.wanted import WantedOverride
from relay.desk.watching import Thread, mine, watch
from relay.model import OutboxMessage, Status, to_text
from relay.store import drifts, incidents, ledger, mornings, orders, outbox, watches
from tests.bot import cards
from tests.bot.limits import faults, faults_of_view
from tests.bot.looked_at import AGENT, GOLDEN, compare_all, compare_views, in_every_language
from tests.bot.several import two_parcels
from tests.bot.told import NOW, SETTINGS, Told, scan
from tests.intake.conftest import emptied, installed
from tests.intake.steps import POLICY

#: A shop that can be written to, and whose team has a channel.
SHOP: Final = SETTINGS.model_copy(update={"slack_channel": "C0SUPPORT1", "vtex_account": "shop"})
PERSON, COLLEAGUE = AGENT.user_id, "U0AGENT02"
THREAD: Final = Thread("C0SUPPORT1", "1773316800.000100")
TODAY: Final = NOW.date().isoformat()
REASON: Final = "the customer confirmed by phone"

# -- an office's morning -----------------------------------------------------------------------------------------------


def order(database: Database, order_id: str) -> Told:
    return Told(database, order_id, f"AA{order_id}56789BR")


def held_for_days(told: Told) -> None:
    told.ordered()
    told.scanned(scan("delivered", 30, "Campinas, SP", "Objeto entregue"))


def corrected(desk: Desk, told: Told, by: str, until: str = "lifted", ago: float = 30) -> None:
    wanted = WantedOverride("delivered", "seen by the neighbour", by, until, key=told.order_id, thread=str(THREAD))
    correct.override(desk, told.order_id, wanted, None, NOW - timedelta(hours=ago))


def contradicted(desk: Desk, told: Told, until: str) -> None:
    told.ordered()
    told.scanned(scan("in_transit", 50))
    corrected(desk, told, PERSON, until)
    told.scanned(scan("returning", 4, "Campinas, SP", "Objeto em devolução"))


def watched(desk: Desk, told: Told) -> None:
    watch(desk, told.order_id, THREAD, PERSON, NOW - timedelta(hours=9))


def given_up_mail(tx: Tx) -> None:
    """The shop's mail server refused the newest mail for good."""
    message = outbox.claim_lead(tx, "email", NOW + timedelta(days=9), NOW + timedelta(days=10))
    assert message is not None
    outbox.settle(tx, message, "dead", error="550 no such user here")


def drift(tx: Tx, order_id: str, reason: str) -> None:
    drifts.open_drift(tx, orders.shipments_of(tx, "default", order_id)[0], reason, "", NOW - timedelta(hours=20))


def dhl_is_silent(tx: Tx, order_id: str) -> str:
    """Seen two hours ago, and a minute ago again."""
    for minutes in (120, 1):
        opened = incidents.open_incident(
            tx,
            kind="ask_failing",
            subject="dhl-unified",
            title="DHL gives no usable answer: it does not answer in time",
            remedy="It is tried again by itself",
            figures={"case": "timeout", "carrier": "DHL", "failure": "timeout"},
            now=NOW - timedelta(minutes=minutes),
        )
    incidents.add_to_incident(tx, opened, orders.shipments_of(tx, "default", order_id)[0], "asked in vain")
    return opened


def runs(tx: Tx) -> None:
    """Every loop did its round a minute ago."""
    for name in (*LOOPS, *OF_A_SHOP):
        ledger.beat(tx, name, NOW - timedelta(minutes=1))


def happens(desk: Desk) -> None:
    """Everything that the windows, the lists and the news are about."""
    database = desk.database
    database.write(runs)
    cards.late(order(database, "3001"))
    database.write(given_up_mail)
    for number, happened in (("3002", cards.on_its_way), ("3003", cards.out_for_delivery), ("3004", two_parcels)):
        happened(order(database, number))
        watched(desk, order(database, number))
    order(database, "3002").scanned(scan("out_for_delivery", 1, "Campinas, SP", "Objeto saiu para entrega"))
    order(database, "3003").scanned(scan("delivered", 0.5, "Campinas, SP", "Objeto entregue ao destinatário"))
    order(database, "3004").scanned(scan("delivered", 1, "Campinas, SP"), number=f"{order(database, '3004').number}B")
    held_for_days(order(database, "3005"))
    cards.given_up(order(database, "3006"))
    cards.expired(order(database, "3007"))
    for number, until in (("3008", "lifted"), ("3009", "carrier")):
        contradicted(desk, order(database, number), until)
    cards.exception(order(database, "3010"))
    corrected(desk, order(database, "3010"), PERSON, until=(NOW + timedelta(days=2)).isoformat(), ago=1)
    cards.delivered(order(database, "3011"))
    database.write(lambda tx: drift(tx, "3011", "not_finished"))
    database.write(lambda tx: drift(tx, "3001", "no_number"))
    database.write(lambda tx: dhl_is_silent(tx, "3006"))
    set_notice(desk, NewNotice("Strike in the south", "2026-03-16", COLLEAGUE, carrier="correios"), NOW)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    for database in installed(f"sqlite:{tmp_path_factory.mktemp('views') / 'wismo.db'}"):
        made = Desk(emptied(database), SHOP, POLICY)
        happens(made)
        yield made


@pytest.fixture
def new_desk(tmp_path: Path) -> Iterator[Desk]:
    """Of an installation that runs, where nothing happened yet."""
    for database in installed(f"sqlite:{tmp_path / 'wismo.db'}"):
        emptied(database).write(runs)
        yield Desk(database, SHOP, POLICY)


def looked_at_views(name: str, make: Callable[[Reader], Mapping[str, Any]]) -> None:
    views = in_every_language(make)
    assert {locale: faults_of_view(view) for locale, view in views.items() if faults_of_view(view)} == {}
    compare_views(f"views/{name}", views)


def looked_at(name: str, make: Callable[[Reader], Message]) -> None:
    messages = in_every_language(make)
    assert {locale: faults(message) for locale, message in messages.items() if faults(message)} == {}
    compare_all(f"views/{name}", messages)


# -- windows -----------------------------------------------------------------------------------------------------------


def parcel_id(desk: Desk, order_id: str, nth: int = 0) -> str:
    return parcels_of(desk, order_id)[nth].shipment_id


def bot_of(desk: Desk) -> Bot:
    return Bot(desk, lambda: NOW, WebClient(), SHOP)


#: The order that each window is about, and what was filled in.
WINDOWS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "override_empty": ("3002", {}),
    "override_delivered": ("3002", {"status": Status.DELIVERED, "reason": REASON, "tell": True, "write_shop": True}),
    "override_until_a_moment": ("3002", {"status": Status.EXCEPTION, "until_word": "moment"}),
    "override_of_an_override": ("3010", {"status": Status.IN_TRANSIT, "reason": REASON}),
    "override_of_held": ("3005", {}),
    "override_of_two": ("3004", {"status": Status.RETURNED}),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_the_window_of_a_correction_reads_as_it_was_looked_at(desk: Desk, name: str) -> None:
    order_id, filled = WINDOWS[name]
    form, parcels = Form(parcel_id(desk, order_id), **filled), parcels_of(desk, order_id)
    looked_at_views(name, lambda reader: override.draw(bot_of(desk), reader, form, parcels, Place()))


def test_a_window_that_is_drawn_anew_says_what_changed_as_it_was_looked_at(desk: Desk) -> None:
    form, parcels = Form(parcel_id(desk, "3002"), Status.DELIVERED, REASON), parcels_of(desk, "3002")
    looked_at_views(
        "override_changed",
        lambda reader: override.draw(bot_of(desk), reader, form, parcels, Place(), [Change.STATUS, Change.OVERRIDE]),
    )


def test_the_window_of_another_number_reads_as_it_was_looked_at(desk: Desk) -> None:
    (meant,) = parcels_of(desk, "3002")
    filled = track.Track(meant.carrier or "", meant.tracking_number or "")
    looked_at_views("edit", lambda reader: track.draw(bot_of(desk), reader, meant, filled, Place()))


# -- Home and the team's list ------------------------------------------------------------------------------------------


def home_of(desk: Desk) -> home.Home:
    return home.Home(mine(desk, PERSON), team_list(desk, NOW), notices_in_force(desk, NOW), health(desk, NOW))


def test_home_reads_as_it_was_looked_at(desk: Desk, new_desk: Desk) -> None:
    looked_at_views("home", lambda reader: home.view(home_of(desk), reader, NOW))
    looked_at_views("home_empty", lambda reader: home.view(home_of(new_desk), reader, NOW))


def test_the_list_on_demand_reads_as_it_was_looked_at(desk: Desk) -> None:
    looked_at("list", lambda reader: team.team(team_list(desk, NOW), reader, NOW))


# -- what comes unasked ------------------------------------------------------------------------------------------------


def told_of(desk: Desk, subject: str) -> Callable[[Reader], Message]:
    """What the outbox would post about a subject now."""
    message = OutboxMessage("m", "default", "", "", "slack", Status.UNKNOWN, "", 0, 0, subject)
    with desk.database.read() as tx:
        post = post_of(tx, SHOP, message, NOW)
    assert post is not None
    told = post.news
    assert not isinstance(told, Question)  # which is answered by a card
    return lambda reader: news.message(told, reader, NOW)


def morning(desk: Desk, first: list[str]) -> Callable[[Reader], Message]:
    """Of today's list, on which this stood first."""
    told = orjson.dumps({"first": first, "is": ""}).decode()

    def begun(tx: Tx) -> None:
        mornings.begin(tx, TODAY, SHOP.slack_channel, told, NOW)
        mornings.mark_told(tx, TODAY, told, NOW)

    desk.database.write(begun)
    return told_of(desk, f"morning/{TODAY}")


def test_the_morning_list_reads_as_it_was_looked_at(desk: Desk, new_desk: Desk) -> None:
    free = team_list(desk, NOW)
    keys = [item.key for item in free.items]
    looked_at("morning", morning(desk, keys))
    looked_at("morning_nothing", morning(new_desk, []))
    looked_at("morning_all_done", morning(new_desk, ["drift/1", "drift/2"]))
    mine_now = next(key for key in keys if key.startswith(Kind.DRIFT))
    take(desk, mine_now, PERSON, NOW)
    looked_at("morning_some_done_and_taken", morning(desk, [*keys, "drift/gone"]))
    desk.database.write(lambda tx: watches.let_go(tx, mine_now))  # for the tests that come after


def test_an_incident_reads_as_it_was_looked_at(new_desk: Desk) -> None:
    database = new_desk.database
    cards.given_up(order(database, "4001"))
    opened = database.write(lambda tx: dhl_is_silent(tx, "4001"))
    looked_at("incident_open", told_of(new_desk, f"incident/{opened}"))
    database.write(lambda tx: incidents.take(tx, opened, PERSON))
    looked_at("incident_taken", told_of(new_desk, f"incident/{opened}"))
    database.write(lambda tx: incidents.snooze(tx, opened, NOW + timedelta(hours=20), PERSON))
    looked_at("incident_quiet", told_of(new_desk, f"incident/{opened}"))
    database.write(lambda tx: incidents.accept(tx, opened, PERSON))
    looked_at("incident_known", told_of(new_desk, f"incident/{opened}"))
    database.write(lambda tx: incidents.close_incident(tx, "ask_failing", "dhl-unified", NOW))
    looked_at("incident_closed", told_of(new_desk, f"incident/{opened}"))
    database.write(lambda tx: incidents.remember(tx, opened, "C1/1.2"))
    looked_at("incident_over_in_thread", told_of(new_desk, f"over/{opened}"))


def test_a_storm_and_its_parts_read_as_they_were_looked_at(new_desk: Desk) -> None:
    def begin(tx: Tx) -> tuple[str, str]:
        figures: dict[str, str | float] = {
            "sides": 3,
            "names": "DHL, mail server, shop",
            "since_at": to_text(NOW - timedelta(minutes=9)),
        }
        storm = incidents.open_incident(
            tx, kind="outside_down", subject="network", title="Nothing", remedy="Look", figures=figures, now=NOW
        )
        mail = {"channel": "email", "what": "mail.shop.example:25 did not answer in time", "advice": ""}
        part = incidents.open_incident(
            tx, kind="channel_down", subject="email", title="Mail", remedy="Wait", figures=mail, now=NOW
        )
        incidents.make_part(tx, part, storm)
        return storm, part

    storm, part = new_desk.database.write(begin)
    looked_at("incident_storm", told_of(new_desk, f"incident/{storm}"))
    looked_at("incident_part", told_of(new_desk, f"incident/{part}"))


@pytest.mark.parametrize(("name", "order_id"), [("watch", "3002"), ("watch_ends", "3003"), ("watch_of_two", "3004")])
def test_what_a_watch_tells_reads_as_it_was_looked_at(desk: Desk, name: str, order_id: str) -> None:
    (one,) = [one for one in mine(desk, PERSON).watches if one.order_id == order_id]
    looked_at(name, told_of(desk, f"watch/{one.watch_id}"))


@pytest.mark.parametrize("because", ["channel_not_found", "not_in_channel", "is_archived"])
def test_that_a_watch_is_lost_reads_as_it_was_looked_at(because: str) -> None:
    lost = WatchLost("3002", PERSON, THREAD, because)
    looked_at(f"watch_lost_{because}", lambda reader: news.message(lost, reader, NOW))


def test_that_a_watched_order_was_erased_reads_as_it_was_looked_at() -> None:
    erased = WatchNews("3002", (), 1, PERSON, is_over=True, is_erased=True)
    looked_at("watch_of_an_erased_order", lambda reader: news.message(erased, reader, NOW))


@pytest.mark.parametrize(("name", "order_id"), [("contradicted", "3008"), ("contradicted_ended", "3009")])
def test_a_contradiction_reads_as_it_was_looked_at(desk: Desk, name: str, order_id: str) -> None:
    sql = "SELECT overrides.override_id FROM overrides JOIN shipments USING (shipment_id) WHERE order_id = :order"
    with desk.database.read() as tx:
        (found,) = tx.rows(sql, order=order_id)
    looked_at(name, told_of(desk, f"override/{found['override_id']}"))


def test_every_golden_view_is_still_asked_for() -> None:
    news_and_lists = {
        "edit",
        "override_changed",
        "home",
        "home_empty",
        "list",
        "morning",
        "morning_nothing",
        "morning_all_done",
        "morning_some_done_and_taken",
        "incident_open",
        "incident_taken",
        "incident_closed",
        "incident_quiet",
        "incident_known",
        "incident_over_in_thread",
        "incident_storm",
        "incident_part",
        "watch",
        "watch_ends",
        "watch_of_two",
        "watch_lost_channel_not_found",
        "watch_lost_not_in_channel",
        "watch_lost_is_archived",
        "watch_of_an_erased_order",
        "contradicted",
        "contradicted_ended",
    }
    assert {path.stem for path in (GOLDEN / "views").iterdir()} == set(WINDOWS) | news_and_lists
