"""Mentions, shortcuts and links: where work happens, the card comes into the thread."""

import pytest

from relay.database import Database
from relay.desk.watching import mine
from relay.sandbox.slack import AGENT, ELSEWHERE, STRANGER, SUPPORT, Posted
from tests.bot.conftest import NUMBER, PAGE, Office, OpenOffice


def posted(office: Office, channel: str = SUPPORT, thread_ts: str = "") -> Posted:
    return office.slack.wait_for(lambda: next(iter(office.slack.posted(channel, thread_ts)), None))


def test_a_mention_in_a_thread_is_answered_there(office: Office) -> None:
    question = office.slack.say("Where is it?")
    assert not office.slack.mention("where is 1001?", thread_ts=question.ts).refused
    assert "UPS" in posted(office, thread_ts=question.ts).words


def test_a_mention_outside_a_thread_begins_one(office: Office) -> None:
    office.slack.mention(NUMBER)
    mentioned = next(one for one in office.slack.messages if one.by == AGENT)
    assert posted(office).thread_ts == mentioned.ts


def test_a_mention_may_hold_a_sub_word_and_watches_in_its_own_thread(office: Office) -> None:
    question = office.slack.say("Where is it?")
    office.slack.mention("watch 1001", thread_ts=question.ts)
    assert "1001" in posted(office, thread_ts=question.ts).words
    (watch,) = mine(office.desk, AGENT).watches
    assert (watch.thread.channel, watch.thread.ts) == (SUPPORT, question.ts)


def test_strangers_in_a_shared_channel_are_told_nothing_of_orders(office: Office) -> None:
    office.slack.mention("1001", user=STRANGER)
    office.slack.rest()
    (told,) = [one for one in office.slack.messages if one.via == "chat.postEphemeral"]
    assert told.only_for == STRANGER
    assert "1001" not in told.words
    assert not office.slack.posted()


def test_the_orders_of_a_message_come_into_its_thread(open_office: OpenOffice, database: Database) -> None:
    office = open_office(database)
    office.add()
    message = office.slack.say(f"Hi! My parcel {NUMBER} of 2 March has not come, please call 11 99999-1234")
    assert not office.slack.message_shortcut("track.message", message).refused
    assert "UPS" in posted(office, thread_ts=message.ts).words


def test_several_orders_of_a_message_are_a_line_each(office: Office) -> None:
    office.add("1002", "1Z204W4R0308071900")
    message = office.slack.say("1001 and 1002 are late")
    office.slack.message_shortcut("track.message", message)
    words = posted(office, thread_ts=message.ts).words
    assert "Order 1001" in words
    assert "Order 1002" in words


def test_a_message_without_an_order_is_answered_to_who_asked_alone(office: Office) -> None:
    answer = office.slack.message_shortcut("track.message", office.slack.say("Good morning 2026"))
    assert "no order" in office.slack.reply_to(answer).words
    assert not office.slack.posted()


def test_where_the_app_is_not_the_card_comes_to_who_asked_alone(office: Office) -> None:
    office.slack.workspace.room(ELSEWHERE).has_app = False
    message = office.slack.say("1001 is late", channel=ELSEWHERE)
    told = office.slack.reply_to(office.slack.message_shortcut("track.message", message))
    assert told.only_for == AGENT
    assert "UPS" in told.words
    assert "/invite" in told.words


def test_from_anywhere_a_window_takes_a_number_and_shows_the_card(office: Office) -> None:
    assert not office.slack.shortcut("track.global").refused
    window = office.slack.wait_for_modal()
    answer = office.slack.submit(window, {"query": "1001"})
    assert (answer.action, answer.refused) == ("update", "")
    shown = office.slack.modal()
    assert shown
    assert "UPS" in str(shown.blocks)


# -- links -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["page", "https://www.shop.example/account#/orders/1001"])
def test_a_link_to_an_order_gets_a_preview_without_the_customer(office: Office, url: str) -> None:
    link = f"{PAGE}/t/{office.add()['page_token']}" if url == "page" else url
    assert not office.slack.share_link(link).refused
    message = office.slack.wait_for(lambda: next((one for one in office.slack.messages if one.unfurls), None))
    preview = str(message.unfurls[link])
    assert "Order 1001" in preview
    assert "ana" not in preview.casefold()


@pytest.mark.parametrize("url", [f"{PAGE}/t/AAAAAAAAAAAAAAAAAAAAAA", "https://www.shop.example/shoes/1001", f"{PAGE}/"])
def test_other_links_get_none(office: Office, url: str) -> None:
    office.slack.share_link(url)
    office.slack.rest()
    assert not office.slack.calls("chat.unfurl")


def test_a_stranger_learns_nothing_by_posting_a_link(office: Office) -> None:
    office.slack.share_link(f"{PAGE}/t/{office.add()['page_token']}", user=STRANGER)
    office.slack.rest()
    assert not office.slack.calls("chat.unfurl")
