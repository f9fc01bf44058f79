"""What the buttons of a card do, and what is said when they cannot."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from relay.database import Database
from relay.desk import correct
from relay.desk.wanted import WantedOverride
from relay.desk.watching import Thread, watch
from relay.sandbox.slack import AGENT, ELSEWHERE, LEAD, SUPPORT, Person, PretendSlack
from relay.store import orders
from tests.bot.conftest import NUMBER, Office, OpenOffice
from tests.bot.pressing import audit, card_of, chosen, forged, hear, pressed, read_english, told_by
from tests.conftest import NOON


@pytest.fixture(autouse=True)
def _lead_reads_english(slack: PretendSlack) -> None:
    read_english(slack)


# -- words -------------------------------------------------------------------------------------------------------------


def test_the_reply_is_in_the_customers_language_and_the_line_above_it_in_the_agents(office: Office) -> None:
    office.add(locale="pt-BR")
    words = pressed(office, "card.reply")
    assert "ready to paste" in words
    assert "Seu pedido" in words or "Sua encomenda" in words or "pacote" in words


def test_the_page_is_a_link(office: Office) -> None:
    assert "/t/" in chosen(office, "page").words


def test_why_tells_the_facts(office: Office) -> None:
    hear(office, "in_transit", "out_for_delivery")
    words = chosen(office, "why").words
    assert "Why order 1001" in words


def test_what_the_customer_did_not_receive_is_written_down_where_it_counts_as_delivered(office: Office) -> None:
    hear(office, "in_transit", "delivered")
    words = chosen(office, "missing").words
    assert "proof of delivery" in words
    assert (LEAD, "not received", "done") in audit(office)


def test_an_old_card_of_what_is_still_on_its_way_writes_nothing_down(office: Office) -> None:
    hear(office, "in_transit", "delivered")
    card = card_of(office)
    correct.override(office.desk, "1001", WantedOverride("exception", "the neighbour called", "bo"), None, NOON)
    assert "Next step" in told_by(office, office.slack.choose(card, "card.more", "missing", user=LEAD)).words
    assert (LEAD, "not received", "done") not in audit(office)


# -- asking ------------------------------------------------------------------------------------------------------------


def test_check_now_puts_the_parcel_first_and_says_when_it_was_last_asked(
    open_office: OpenOffice, sqlite: Database
) -> None:
    office = open_office(sqlite, ups_client_id="id", ups_client_secret="secret")
    office.add()
    words = pressed(office, "card.check", AGENT)
    assert f"is asked next about {NUMBER}" in words
    assert "never asked before" in words
    with office.desk.database.read() as tx:
        (row,) = orders.shipments_of(tx, "default", "1001")
    assert row["ask_at"] is not None


def test_an_old_card_asks_in_vain_once_nobody_can_be_asked(open_office: OpenOffice, sqlite: Database) -> None:
    office = open_office(sqlite, ups_client_id="id", ups_client_secret="secret")
    office.add()
    card = card_of(office)
    correct.edit(office.desk, "1001", carrier="unknown", number=None, which=None, by="bo", now=NOON)
    words = told_by(office, office.slack.press(card, "card.check", user=LEAD)).words
    assert "Nobody can be asked about" in words
    assert "WISMO_" in words


# -- sharing and watching ----------------------------------------------------------------------------------------------


def test_a_shared_card_is_for_everybody_and_shows_the_present(office: Office) -> None:
    card = card_of(office)
    hear(office, "in_transit", "out_for_delivery")
    office.slack.choose(card, "card.more", "share", user=LEAD)
    (shared,) = office.slack.wait_for(lambda: office.slack.posted(SUPPORT))
    assert shared.only_for == ""
    assert "1001" in shared.words


def test_a_shared_card_names_people_and_calls_nobody(office: Office) -> None:
    watch(office.desk, "1001", Thread(SUPPORT, "1.2"), AGENT, NOON)
    card = card_of(office, LEAD)
    assert f"<@{AGENT}>" in card.words
    office.slack.choose(card, "card.more", "share", user=LEAD)
    (shared,) = office.slack.wait_for(lambda: office.slack.posted(SUPPORT))
    assert "Acompanhado por agent" in shared.words
    assert "<@" not in str((shared.text, shared.said.blocks))


def test_whom_slack_does_not_name_is_told_by_their_id_in_a_shared_card(office: Office) -> None:
    watch(office.desk, "1001", Thread(SUPPORT, "1.2"), "U00NOBODY1", NOON)
    office.slack.choose(card_of(office, LEAD), "card.more", "share", user=LEAD)
    (shared,) = office.slack.wait_for(lambda: office.slack.posted(SUPPORT))
    assert "Acompanhado por U00NOBODY1" in shared.words


def test_where_the_app_is_not_it_cannot_share_and_says_so(office: Office) -> None:
    office.slack.workspace.rooms[ELSEWHERE].has_app = False
    card = card_of(office, channel=ELSEWHERE)
    words = told_by(office, office.slack.choose(card, "card.more", "share", user=LEAD)).words
    assert "/invite" in words
    assert office.slack.posted(ELSEWHERE) == []


def test_a_card_that_is_shared_twice_stands_there_once_and_the_second_press_leads_to_it(office: Office) -> None:
    card = card_of(office)
    office.slack.choose(card, "card.more", "share", user=LEAD)
    (shared,) = office.slack.wait_for(lambda: office.slack.posted(SUPPORT))
    told = told_by(office, office.slack.choose(card, "card.more", "share", user=LEAD))
    assert told.only_for == LEAD
    assert "already" in told.words
    link = office.bot.client.chat_getPermalink(channel=SUPPORT, message_ts=shared.ts)["permalink"]
    assert link in str(told.blocks)
    assert len(office.slack.posted(SUPPORT)) == 1


def test_two_presses_at_once_share_one_card(office: Office) -> None:
    card = card_of(office)
    with ThreadPoolExecutor(2) as hands:
        answers = list(hands.map(lambda _: office.slack.choose(card, "card.more", "share", user=LEAD), range(2)))
    assert [answer.status for answer in answers] == [200, 200]
    office.slack.rest()
    assert len(office.slack.posted(SUPPORT)) == 1


def test_two_cards_of_an_order_are_shared_each(office: Office) -> None:
    for _time in range(2):
        office.slack.choose(card_of(office), "card.more", "share", user=LEAD)
    office.slack.wait_for(lambda: len(office.slack.posted(SUPPORT)) == 2 or None)


def test_watch_here_begins_a_thread(office: Office) -> None:
    card = card_of(office)
    answer = office.slack.choose(card, "card.more", "watch", user=LEAD)
    (parent,) = office.slack.wait_for(lambda: office.slack.posted(SUPPORT))
    assert "1001" in parent.words
    assert "until it has ended" in told_by(office, answer).words


# -- another number ----------------------------------------------------------------------------------------------------


def test_number_and_carrier_are_corrected_in_a_window_and_the_card_is_drawn_anew(office: Office) -> None:
    answer = office.slack.choose(card_of(office), "card.more", "correct", user=LEAD)
    modal = office.slack.wait_for_modal(LEAD)
    done = office.slack.submit(modal, {"correct.carrier": "correios", "correct.number": "AA123456785BR"})
    assert (done.action, "AA123456785BR" in office.slack.modal(LEAD).words) == ("update", True)  # type: ignore[union-attr]
    assert "AA123456785BR" in office.slack.reply_to(answer).words
    assert (LEAD, "edit", "done") in audit(office)


def test_what_is_no_carrier_is_said_at_its_input(office: Office) -> None:
    office.slack.choose(card_of(office), "card.more", "correct", user=LEAD)
    modal = office.slack.wait_for_modal(LEAD)
    (fault,) = office.slack.submit(modal, {"correct.carrier": "???"}).errors.values()
    assert "short name" in fault
    (fault,) = office.slack.submit(modal, {"correct.carrier": "ups"}).errors.values()
    assert "Nothing was changed" in fault


def test_a_number_that_somebody_corrected_meanwhile_is_not_overwritten_blindly(office: Office) -> None:
    office.slack.choose(card_of(office), "card.more", "correct", user=LEAD)
    modal = office.slack.wait_for_modal(LEAD)
    correct.edit(office.desk, "1001", carrier="fedex", number=None, which=None, by="bo", now=NOON)
    done = office.slack.submit(modal, {"correct.number": "AA123456785BR"})
    assert done.action == "update"
    assert "another carrier or number" in modal.words
    assert office.slack.submit(modal, {"correct.number": "AA123456785BR"}).action == "update"
    assert "is Fedex AA123456785BR now" in modal.words


# -- what cannot be done -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["", "nonsense", "[1]", '{"a":1}', '{"o":7}', "null"])
@pytest.mark.parametrize("action", ["card.reply", "card.check", "card.override", "card.undo", "undo.anyway"])
def test_a_button_of_another_version_is_answered_as_such(office: Office, value: str, action: str) -> None:
    card = forged(card_of(office), value, action)
    words = told_by(office, office.slack.press(card, action, user=LEAD)).words
    assert "another version" in words or "not known any more" in words


def test_a_button_that_nobody_knows_is_answered_too(office: Office) -> None:
    card = forged(card_of(office), "x", "card.dance")
    assert "Nothing came of this" in told_by(office, office.slack.press(card, "card.dance", user=LEAD)).words


@pytest.mark.parametrize("action", ["card.reply", "card.check", "card.override", "held.arrived", "card.undo"])
def test_an_order_that_is_gone_is_said_to_be(office: Office, action: str) -> None:
    value = json.dumps({"o": "gone", "s": "gone", "v": 1})
    card = forged(card_of(office), value, action)
    assert "not known any more" in told_by(office, office.slack.press(card, action, user=LEAD)).words


def test_blocks_that_slack_does_not_draw_leave_the_sentence(office: Office) -> None:
    card = card_of(office)
    office.slack.faults.refuse("invalid_blocks", "chat.postMessage", calls=1)
    office.slack.choose(card, "card.more", "share", user=LEAD)
    (shared,) = office.slack.wait_for(lambda: office.slack.posted(SUPPORT))
    assert shared.blocks == []
    assert "UPS" in shared.text


def test_too_many_calls_are_said_to_be_too_many(office: Office) -> None:
    card = card_of(office)
    office.slack.faults.throttle("views.open", calls=3)
    assert "go slower" in told_by(office, office.slack.press(card, "card.override", user=LEAD)).words


def test_what_slack_asks_to_share_later_is_shared_later(office: Office) -> None:
    card = card_of(office)
    office.slack.faults.throttle("chat.postMessage")
    office.slack.choose(card, "card.more", "share", user=LEAD)
    assert office.slack.wait_for(lambda: office.slack.posted(SUPPORT))
    assert len(office.slack.calls("chat.postMessage")) == 2


def test_a_trigger_that_ran_out_is_said_to_have(office: Office) -> None:
    card = card_of(office)
    office.slack.faults.refuse("expired_trigger_id", "views.open", calls=1)
    assert "longer than Slack waits" in told_by(office, office.slack.press(card, "card.override", user=LEAD)).words


def test_a_press_in_a_language_is_answered_in_it(office: Office) -> None:
    office.slack.workspace.people["U000BRASIL"] = Person("U000BRASIL", "bia", locale="pt-BR")
    card = forged(card_of(office), "nonsense", "card.reply")
    words = told_by(office, office.slack.press(card, "card.reply", user="U000BRASIL")).words
    assert "versão" in words
