"""App Home, the team's list with its buttons, and notes on carriers; by signed requests to the running app."""

import pytest

from bot.home import team_list
from bot.noting import day_of
from bot.values import Reader
from relay.desk.noticing import NewNotice, notices_for, notices_in_force, set_notice
from relay.desk.watching import Thread, mine, watch
from relay.errors import BadInput
from relay.sandbox.slack import AGENT, LEAD, STRANGER, SUPPORT, Posted, View
from relay.sandbox.slack.workspace import Person
from relay.store import drifts, incidents
from tests.bot.conftest import Office
from tests.bot.limits import as_json, faults_of_view
from tests.conftest import NOON
from tests.intake.steps import later, override, shipment

SPANIARD = "U000SPAIN1"


def home(office: Office, user: str = AGENT) -> View:
    """As it is drawn when this person opens it."""
    drawn_before = hash_of(office, user)
    office.slack.opens_home(user)
    return drawn_anew(office, drawn_before, user)


def hash_of(office: Office, user: str = AGENT) -> str:
    drawn = office.slack.home(user)
    return drawn.hash if drawn else ""


def drawn_anew(office: Office, drawn_before: str, user: str = AGENT) -> View:
    office.slack.wait_for(lambda: hash_of(office, user) != drawn_before)
    drawn = office.slack.home(user)
    assert drawn is not None
    assert faults_of_view(drawn.shown) == []
    return drawn


def drift(office: Office, order_id: str = "1001") -> None:
    row = shipment(office.desk.database, order_id)
    office.desk.database.write(lambda tx: drifts.open_drift(tx, row, "no_number", "", NOON))


# -- Home --------------------------------------------------------------------------------------------------------------


def test_an_empty_home_says_what_it_is_for(office: Office) -> None:
    words = home(office).words
    for part in ("Find an order", "My watches (0)", "My corrections (0)", "Nothing to look at"):
        assert part in words


def test_home_shows_what_is_this_persons_and_nobody_elses(office: Office) -> None:
    watch(office.desk, "1001", Thread(SUPPORT, "1.2"), AGENT, NOON)
    override(office.desk.database, office.desk.policy, "delivered", until=later(30))
    by_hand = "UPDATE overrides SET by_whom = :by RETURNING override_id"
    office.desk.database.write(lambda tx: tx.rows(by_hand, by=AGENT))
    words = home(office).words
    assert "My watches (1)" in words
    assert f"<#{SUPPORT}>" in words
    assert "1001* is shown as delivered, until Mar 3" in words
    assert "seen by the neighbour" in words
    others = home(office, LEAD).words
    assert "seen by the neighbour" not in others
    assert f"<#{SUPPORT}>" not in others


def test_health_is_told_in_three_lines(office: Office) -> None:
    office.desk.database.write(
        lambda tx: incidents.open_incident(
            tx, kind="ask_failing", subject="ups", title="UPS is silent", remedy="Look", now=NOON
        )
    )
    section = next(block for block in home(office).blocks if "circle:" in str(block))
    assert section["text"]["text"].count("\n") == 2


def test_the_messages_tab_is_not_drawn(office: Office) -> None:
    office.slack.opens_home(tab="messages")
    office.slack.opens_home(LEAD)
    office.slack.wait_for(lambda: office.slack.home(LEAD))
    assert office.slack.home(AGENT) is None


def test_home_speaks_the_readers_language(office: Office) -> None:
    office.slack.workspace.people[SPANIARD] = Person(SPANIARD, "eva", locale="es-ES")
    assert "un pedido" in home(office, SPANIARD).words
    assert "um pedido" in home(office, LEAD).words


def test_searching_opens_the_card(office: Office) -> None:
    office.slack.type_into(home(office), "home.search", "1001")
    window = office.slack.wait_for_modal()
    assert "Order 1001" in window.words
    assert faults_of_view(window.shown) == []


def test_searching_in_vain_says_what_was_looked_for(office: Office) -> None:
    office.slack.type_into(home(office), "home.search", "no such order")
    assert "Nothing is known" in office.slack.wait_for_modal().words


def test_a_watch_is_stopped_from_home(office: Office) -> None:
    watch(office.desk, "1001", Thread(SUPPORT, "1.2"), AGENT, NOON)
    drawn = home(office)
    drawn_before = hash_of(office)
    office.slack.press(drawn, "home.stop")
    assert "My watches (0)" in drawn_anew(office, drawn_before).words
    assert not mine(office.desk, AGENT).watches


def test_a_long_list_of_everything_fits(office: Office) -> None:
    for number in range(40):
        order_id = f"<!channel> *{number}* " + "x" * 80
        office.add(order_id, f"1Z{number:06}")
        watch(office.desk, order_id, Thread(SUPPORT, "1.2"), AGENT, NOON)
        drift(office, order_id)
    words = home(office).words
    assert "<!channel>" not in words
    assert "And 30 more" in words


# -- the team's list ---------------------------------------------------------------------------------------------------


def listed(office: Office, user: str = AGENT) -> Posted:
    answer = office.slack.command("/track list", user=user)
    assert not answer.refused
    return office.slack.reply_to(answer)


def test_the_list_is_private_and_taking_something_draws_it_anew(office: Office) -> None:
    drift(office)
    shown = listed(office)
    assert shown.only_for == AGENT
    assert "1 thing to look at, nobody on it." in shown.words
    office.slack.press(shown, "list.take")
    office.slack.wait_for(lambda: f"<@{AGENT}> is on it" in shown.words)
    assert "I take it" not in shown.words


def test_who_comes_second_is_told_who_was_first(office: Office) -> None:
    drift(office)
    first, second = listed(office), listed(office, LEAD)
    office.slack.press(first, "list.take")
    office.slack.wait_for(lambda: f"<@{AGENT}> is on it" in first.words)
    office.slack.press(second, "list.take", user=LEAD)
    office.slack.wait_for(lambda: any("já está" in one.words for one in office.slack.messages if one.only_for == LEAD))


def test_what_is_done_meanwhile_is_not_taken(office: Office) -> None:
    drift(office)
    shown = listed(office)
    row = shipment(office.desk.database)
    office.desk.database.write(lambda tx: drifts.close_drift(tx, row["shipment_id"], NOON))
    office.slack.press(shown, "list.take")
    office.slack.wait_for(lambda: any("done meanwhile" in one.words for one in office.slack.messages))
    assert "Nothing to look at" in shown.words


def test_what_somebody_took_is_given_back_by_them(office: Office) -> None:
    drift(office)
    shown = listed(office)
    office.slack.press(shown, "list.take")
    office.slack.wait_for(lambda: "Give back" in shown.words)
    office.slack.press(shown, "list.give_back")
    office.slack.wait_for(lambda: "I take it" in shown.words)
    assert "nobody on it" in shown.words


def test_what_another_has_is_given_back_only_by_who_may_correct(office: Office) -> None:
    drift(office)
    taken = listed(office, LEAD)
    office.slack.press(taken, "list.take", user=LEAD)
    office.slack.wait_for(lambda: f"<@{LEAD}>" in taken.words)
    shown = team_list(office.bot, Reader(""))
    assert "Give back" not in listed(office).words
    office.bot.client.chat_postMessage(channel=SUPPORT, text=shown.text, blocks=as_json(shown.blocks))
    (public,) = office.slack.posted(SUPPORT)
    office.slack.press(public, "list.give_back")
    told = office.slack.wait_for(lambda: [one for one in office.slack.messages if "only they" in one.words])
    assert told[0].only_for == AGENT
    with office.desk.database.read() as tx:
        done = tx.rows("SELECT actor, outcome FROM audit WHERE action = 'give back'")
    assert done == [{"actor": AGENT, "outcome": "refused"}]


def test_an_incident_is_given_back_from_home_by_who_may_correct(office: Office) -> None:
    office.desk.database.write(
        lambda tx: incidents.open_incident(
            tx, kind="copied", subject="database", title="A copy", remedy="Look", now=NOON, figures={"known": "x"}
        )
    )
    office.slack.press(home(office), "list.take")
    office.slack.wait_for(lambda: f"<@{AGENT}>" in str(team_list(office.bot, Reader("")).blocks))
    drawn = home(office, LEAD)
    drawn_before = hash_of(office, LEAD)
    office.slack.press(drawn, "list.give_back", user=LEAD)
    assert "<@" not in drawn_anew(office, drawn_before, LEAD).words


def test_what_nobody_took_cannot_be_given_back(office: Office) -> None:
    drift(office)
    shown = listed(office)
    office.slack.press(shown, "list.take")
    office.slack.wait_for(lambda: "Give back" in shown.words)
    (item,) = office.desk.database.write(lambda tx: tx.rows("DELETE FROM taken RETURNING item"))
    office.slack.press(shown, "list.give_back")
    office.slack.wait_for(lambda: any("nothing to give back" in one.words for one in office.slack.messages))
    assert item["item"].startswith("drift/")


def test_people_of_other_workspaces_take_nothing(office: Office) -> None:
    drift(office)
    shown = team_list(office.bot, Reader(""))
    office.bot.client.chat_postMessage(channel=SUPPORT, text=shown.text, blocks=as_json(shown.blocks))
    (public,) = office.slack.posted(SUPPORT)
    office.slack.press(public, "list.take", user=STRANGER)
    told = office.slack.wait_for(lambda: [one for one in office.slack.messages if one.only_for == STRANGER])
    assert "own workspace" in told[0].words
    assert "nobody on it" in listed(office).words


# -- notes -------------------------------------------------------------------------------------------------------------


def said(office: Office, line: str, user: str = LEAD) -> str:
    answer = office.slack.command(f"/track notice {line}", user=user)
    assert not answer.refused
    return office.slack.reply_to(answer).words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ups Greve até 32/13", "até: 32/13 não é uma data. Escreva 2026-12-24 ou 2026-12-24T18:00"),
        ("ups Greve até 2020-01-01", "até: 2020-01-01 já passou. Dê uma data no futuro"),
        ("marte Greve até sexta", "transportadora: marte não é transportadora nossa. Use uma destas: "),
        ("ups Greve", "até: falta o dia. Escreva: /track notice correios Greve até 2026-12-24"),
        ("end 12ab", "nenhuma nota em vigor tem o id 12ab. `/track notice` mostra as que há"),
    ],
)
def test_what_is_wrong_with_a_note_is_said_in_the_readers_language(office: Office, line: str, words: str) -> None:
    answer = office.slack.command(f"/track notice {line}", user=LEAD)
    assert words in office.slack.reply_to(answer).words


@pytest.fixture
def english(office: Office) -> Office:
    """Where whoever may correct reads English."""
    office.slack.workspace.people[LEAD] = Person(LEAD, "lead")
    return office


def on_card(office: Office, user: str = LEAD) -> str:
    return office.slack.reply_to(office.slack.command("/track 1001", user=user)).words


def test_a_note_stands_on_every_card_of_its_carrier_until_its_day(english: Office) -> None:
    assert "Strike in the south" in said(english, "ups Strike in the south until friday")
    assert "Strike in the south" in on_card(english)
    (notice,) = notices_in_force(english.desk, NOON)
    assert notice.until.isoformat() == "2026-03-07T02:59:59.999000+00:00"
    with english.desk.database.read() as tx:
        assert notices_for(tx, "ups", notice.until.replace(hour=2, minute=0))
        assert not notices_for(tx, "ups", notice.until)
        assert not notices_for(tx, "dhl", NOON)


def test_a_note_is_listed_and_taken_off_by_its_id(english: Office) -> None:
    said(english, "UPS “Strike” until 2026-03-20")
    (notice,) = notices_in_force(english.desk, NOON)
    assert notice.notice_id in said(english, "")
    assert "taken off" in said(english, f"end {notice.notice_id}")
    assert "No note is in force" in said(english, "")
    assert "no note in force" in said(english, f"end {notice.notice_id}")


def test_a_note_on_a_region_is_for_parcels_seen_there(office: Office) -> None:
    set_notice(office.desk, NewNotice("Flood", "2026-03-20", LEAD, region="São Paulo"), NOON)
    with office.desk.database.read() as tx:
        assert notices_for(tx, "ups", NOON, places=["SAO PAULO / SP"])
        assert not notices_for(tx, "ups", NOON, places=["Recife"])
        assert not notices_for(tx, "ups", NOON)


def test_a_region_of_several_words_is_written_in_quotes(english: Office) -> None:
    assert "Belo Horizonte" in said(english, 'region:"Belo Horizonte" Flood until tomorrow')
    (notice,) = notices_in_force(english.desk, NOON)
    assert (notice.region, notice.text, notice.carrier) == ("Belo Horizonte", "Flood", "")


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("ups Strike", "until"),
        ("ups until friday", "text"),
        ("ups Strike until someday", "until"),
        ("ups Strike until 2026-01-01", "until"),
        ("ups Strike until 2036-01-01", "until"),
        ("nobody Strike until friday", "carrier"),
        ('region:"!!" Flood until friday', "region"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_type(english: Office, line: str, names: str) -> None:
    assert said(english, line).startswith(f"{names}:")
    assert notices_in_force(english.desk, NOON) == []


def test_who_may_not_correct_sets_no_note_and_hears_who_may(office: Office) -> None:
    assert f"<@{LEAD}>" in said(office, "ups Strike until friday", user=AGENT)
    assert notices_in_force(office.desk, NOON) == []


def test_outside_text_in_a_note_neither_pings_nor_links(english: Office) -> None:
    said(english, "ups <!channel> *now* <https://evil.example|click> until friday")
    assert "<!channel>" not in on_card(english)
    assert "<https://evil.example" not in on_card(english)


@pytest.mark.parametrize(
    ("word", "day"),
    [
        ("today", "2026-03-02"),
        ("amanhã", "2026-03-03"),
        ("friday", "2026-03-06"),
        ("Sexta-feira", "2026-03-06"),
        ("lunes", "2026-03-02"),
        ("domingo.", "2026-03-08"),
        ("20/3", "2026-03-20"),
        ("1/3", "2027-03-01"),
        ("24.12.2026", "2026-12-24"),
        ("31/2", "31/2"),
        ("2026-12-24", "2026-12-24"),
        ("2026-12-24 18:00", "2026-12-24T18:00"),
    ],
)
def test_days_are_understood_as_people_write_them(word: str, day: str) -> None:
    assert day_of(word, NOON, "America/Sao_Paulo") == day


def test_a_note_needs_words(office: Office) -> None:
    with pytest.raises(BadInput, match="text"):
        set_notice(office.desk, NewNotice("x" * 301, "2026-03-20", LEAD, carrier="ups"), NOON)
