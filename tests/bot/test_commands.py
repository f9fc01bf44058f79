"""``/track``, as people type it and paste into it, and what they are shown."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import typed
from relay.database import Database
from relay.desk.care import is_paused
from relay.desk.watching import mine
from relay.sandbox.slack import AGENT, ELSEWHERE, LEAD, SUPPORT, Person
from tests.bot.conftest import NUMBER, PAGE, Office, OpenOffice


def card(office: Office, line: str, user: str = AGENT) -> str:
    """What is read on the answer, which is for this person alone and came in the acknowledgement."""
    answer = office.slack.command(line, user=user)
    assert not answer.refused
    assert answer.message is not None, answer.body
    assert answer.message.only_for == user
    return answer.message.words


@pytest.mark.parametrize(
    "text",
    [
        "1001",
        " 1001 ",
        "“1001”",
        "#1001",
        "1001.",
        "\uff11\uff10\uff10\uff11",
        "pedido 1001 da Ana",
        "*1001*",
        NUMBER,
        NUMBER.lower(),
        "1Z 204 W4R 03 0807 1865",
        "1Z204W4R03\u200b08071865",
        "<mailto:ana@example.com|ana@example.com>",
        "ana@example.com",
        "<http://1001.so|1001.so> 1001",
        "<https://www.shop.example/account#/orders/1001|the order>",
        "<https://www.shop.example/checkout/orderPlaced?og=1001>",
    ],
)
def test_an_order_is_found_however_it_is_pasted(office: Office, text: str) -> None:
    assert "1001" in card(office, f"/track {text}")
    assert "ups" in card(office, f"/track {text}").casefold()


def test_an_order_is_found_by_the_link_of_its_page(open_office: OpenOffice, database: Database) -> None:
    office = open_office(database)
    link = f"{PAGE}/t/{office.add()['page_token']}"
    assert "Order 1001" in card(office, f"/track <{link}>")


def test_the_answer_is_in_the_language_of_who_asks(office: Office) -> None:
    office.slack.workspace.people["U000BRASIL"] = Person("U000BRASIL", "bia", locale="pt-BR")
    assert "Pedido 1001" in card(office, "/track 1001", user="U000BRASIL")
    assert "Order 1001" in card(office, "/track 1001")


def test_the_card_comes_while_slack_answers_nothing_in_the_language_of_the_settings(office: Office) -> None:
    office.slack.faults.is_down = True
    assert "Pedido 1001" in card(office, "/track 1001")


def test_a_slow_slack_holds_the_answer_up_for_less_than_a_second(office: Office) -> None:
    office.slack.faults.be_slow(1.5, "users.info")
    answer = office.slack.command("/track 1001")
    assert answer.message
    assert answer.took_s < 1.0


def test_several_at_once_are_a_line_each_and_what_is_missing_is_named(office: Office) -> None:
    office.add("1002", "1Z204W4R0308071900")
    words = card(office, "/track 1001, 1002\n9999")
    assert "Order 1001" in words
    assert "Order 1002" in words
    assert "9999" in words


def test_more_than_twenty_are_refused_with_the_limit(office: Office) -> None:
    assert "20" in card(office, "/track " + " ".join(str(number) for number in range(2000, 2021)))


def test_a_line_of_a_list_leads_to_its_card(office: Office) -> None:
    office.add("1002", "1Z204W4R0308071900")
    shown = office.slack.command("/track 1001 1002").message
    assert shown is not None
    answer = office.slack.press(shown, "choose.order", nth=1)
    assert "Order 1002" in office.slack.reply_to(answer).words


def test_several_orders_of_one_customer_are_a_choice(office: Office) -> None:
    office.add("1002", "1Z204W4R0308071900")
    words = card(office, "/track ana@example.com")
    assert "Order 1001" in words
    assert "Order 1002" in words
    assert "e-mail" in words
    assert "ana@" not in words


@pytest.mark.parametrize("typo", ["1101", "10001", "101", "1010"])
def test_a_miss_says_what_was_looked_for_and_what_comes_near(office: Office, typo: str) -> None:
    office.add("1011", "1Z204W4R0308071900")
    words = card(office, f"/track {typo}")
    assert typo in words
    assert "tracking number" in words
    assert ("1001" in words or "1011" in words) is (len(typo) > 3)


def test_a_tracking_number_without_its_end_comes_near(open_office: OpenOffice, database: Database) -> None:
    office = open_office(database)
    office.add()
    assert "1001" in card(office, f"/track {NUMBER[:-4]}")


def test_an_address_is_never_guessed(office: Office) -> None:
    assert "1001" not in card(office, "/track anna@example.com")


def test_what_the_shop_alone_can_know_it_is_asked_about_once(open_office: OpenOffice, database: Database) -> None:
    office = open_office(database, vtex_account="shop", vtex_app_key="k", vtex_app_token="t", customer_mail="wismo")
    assert "is asked about it now" in card(office, "/track 502556")
    assert "is being asked" in card(office, "/track 502556")


@pytest.mark.parametrize(
    "hostile", ["<!channel>", "&lt;!channel&gt;", "*" * 40, "<https://evil.example|1001>", "\u202e1001", "a" * 5000]
)
def test_what_is_typed_never_pings_links_or_breaks(office: Office, hostile: str) -> None:
    answer = office.slack.command(f"/track {hostile} 77")
    assert not answer.refused
    assert answer.message
    assert "<!" not in str(answer.message.blocks)
    assert "https://evil" not in str(answer.message.blocks)


@given(st.text())
def test_anything_typed_is_read_as_something(text: str) -> None:
    for query in typed.queries(text):
        assert query == query.strip()
        assert typed.candidates(query)[0] == query
    assert len(typed.in_message(text)) <= typed.MOST_IN_MESSAGE
    typed.first_word(text)


# -- sub-words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["/track", "/track help", "/track HELP", "/track ajuda", "/track   "])
def test_nothing_and_help_are_answered_with_help(office: Office, line: str) -> None:
    assert "/track why 1001" in card(office, line)


def test_why_says_by_which_rule(office: Office) -> None:
    assert "1001" in card(office, "/track why 1001")


@pytest.mark.parametrize("word", ["why", "check", "watch", "override"])
def test_a_sub_word_alone_is_answered_with_help_and_with_a_stranger_by_a_miss(office: Office, word: str) -> None:
    assert "/track why 1001" in card(office, f"/track {word}", user=LEAD)
    assert "7777777" in card(office, f"/track {word} 7777777", user=LEAD)


def test_check_says_who_cannot_be_asked(office: Office) -> None:
    assert "UPS" in card(office, "/track check 1001")


def test_health_is_ten_lines(office: Office) -> None:
    words = card(office, "/track health")
    assert "promise" in words
    assert len(words.splitlines()) < 16


def test_the_list_and_the_notes_are_answered(office: Office) -> None:
    assert card(office, "/track list")
    assert "/track notice" in card(office, "/track notice")


def test_pause_and_resume_take_the_right_and_are_audited(office: Office) -> None:
    office.slack.workspace.people[LEAD] = Person(LEAD, "lead")
    assert f"<@{LEAD}>" in card(office, "/track pause mail")
    assert not is_paused(office.desk)
    assert "paused" in card(office, "/track pause mail", user=LEAD)
    assert is_paused(office.desk)
    assert "goes on" in card(office, "/track resume mail", user=LEAD)
    assert "not paused" in card(office, "/track resume mail", user=LEAD)
    assert "mail, shop or all" in card(office, "/track pause everything", user=LEAD)
    assert audited(office) == [(AGENT, "pause", "refused"), (LEAD, "pause", "done"), (LEAD, "resume", "done")]


def audited(office: Office) -> Sequence[tuple[str, str, str]]:
    with office.desk.database.read() as tx:
        found = tx.rows(
            "SELECT actor, action, outcome FROM audit WHERE action IN ('pause', 'resume') ORDER BY audit_id"
        )
    return sorted((row["actor"], row["action"], row["outcome"]) for row in found)


def test_watch_begins_a_thread_in_the_channel(office: Office) -> None:
    answer = office.slack.command("/track watch 1001")
    assert not answer.refused
    posted = office.slack.wait_for(lambda: next(iter(office.slack.posted(SUPPORT)), None))
    assert f"<@{AGENT}> watches order 1001" in posted.words
    office.slack.reply_to(answer)
    (watch,) = mine(office.desk, AGENT).watches
    assert (watch.order_id, watch.thread.channel, watch.thread.ts) == ("1001", SUPPORT, posted.ts)


def test_watch_where_the_app_may_not_post_says_so_and_watches_nothing(office: Office) -> None:
    office.slack.workspace.room(ELSEWHERE).has_app = False
    answer = office.slack.command("/track watch 1001", channel=ELSEWHERE)
    assert "/invite" in office.slack.reply_to(answer).words
    assert not mine(office.desk, AGENT).watches


def test_override_opens_the_window_for_who_may_and_names_them_to_who_may_not(office: Office) -> None:
    assert f"<@{LEAD}>" in card(office, "/track override 1001")
    answer = office.slack.command("/track override 1001", user=LEAD)
    assert (answer.refused, answer.message) == ("", None)
    assert "1001" in str(office.slack.wait_for_modal(LEAD).blocks)
