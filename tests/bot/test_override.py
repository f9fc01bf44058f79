"""A status set by hand in Slack: previewed, set once, seen by others, taken back, and refused to who may not."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from relay.database import Database, Row, Tx
from relay.desk import correct
from relay.desk.view import order_json
from relay.desk.wanted import WantedOverride
from relay.desk.why import why_json
from relay.intake import Policy
from relay.sandbox.slack import AGENT, CORRECTORS, GUEST, LEAD, STRANGER, SUPPORT, Person, Posted, PretendSlack, View
from relay.shops import Shown
from relay.shops.shown import to_json
from relay.shops.vtex.dialect import VtexDialect
from relay.store import outbox, writes
from tests.bot.conftest import NUMBER, Office, OpenOffice
from tests.bot.pressing import audit, card_of, forged, hear, read_english, told_by
from tests.conftest import NOON
from tests.intake.steps import due_at, later, mails, mark_sent, shipment, shown

REASON = "the customer confirmed by phone"
FILLED = {"status": "delivered", "reason": REASON}
DELIVERED = {**FILLED, "proof": NUMBER[-4:]}


@pytest.fixture
def policy(policy: Policy) -> Policy:
    """Of a shop that is written to."""
    return replace(policy, dialect=VtexDialect(policy.zone), writes_shop=True)


@pytest.fixture(autouse=True)
def _lead_reads_english(slack: PretendSlack) -> None:
    read_english(slack)


def opened(office: Office, card: Posted | None = None, action: str = "card.override", user: str = LEAD) -> View:
    office.slack.press(card or card_of(office, user), action, user=user)
    return office.slack.wait_for_modal(user)


def chosen(office: Office, modal: View, **choices: object) -> View:
    """The window after each choice was told to the app and drawn."""
    for name, value in choices.items():
        before = modal.hash
        office.slack.choose(modal, f"override.{name}", value, user=modal.user_id)
        office.slack.wait_for(lambda: modal.hash != before)  # noqa: B023 - called at once
    return modal


def set_by(office: Office, user: str = LEAD, **more: object) -> View:
    modal = chosen(office, opened(office, user=user), status="delivered", **more)
    done = office.slack.submit(modal, {"reason": REASON, "proof": NUMBER[-4:]})
    assert (done.action, done.errors) == ("update", {})
    return modal


def overrides(office: Office) -> list[Row]:
    with office.desk.database.read() as tx:
        return tx.rows("SELECT * FROM overrides ORDER BY at, override_id")


def outside_slack(office: Office) -> tuple[str, str, str]:
    """Who set it, as a script, a person at the command line, and the audit read it."""
    with office.desk.database.read() as tx:
        shown: Any = order_json(tx, office.bot.settings, "default", "1001")
        why: Any = why_json(tx, office.bot.settings, "default", "1001")
    return shown["shipments"][0]["override"]["by"], why["shipments"][0]["because"], why["audit"][-1]["actor_name"]


def by_another(office: Office) -> None:
    correct.override(office.desk, "1001", WantedOverride("exception", "the depot called back", AGENT), None, NOON)


# -- the window --------------------------------------------------------------------------------------------------------


def test_the_window_shows_the_present_and_asks_with_both_effects_off(office: Office) -> None:
    hear(office, "in_transit")
    modal = opened(office)
    assert f"UPS {NUMBER}: “on its way”" in modal.words
    assert "Choose a status to see what would happen." in modal.words
    chosen(office, modal, status="exception")
    assert "The customer is not told." in modal.words
    assert "The shop is not told." in modal.words


def test_each_choice_draws_what_would_happen_and_does_nothing(office: Office) -> None:
    modal = chosen(office, opened(office), status="delivered", effects=["tell"])
    assert "The customer gets a mail in 10\u00a0min: “delivered”." in modal.words
    assert "A mail that has left cannot be taken back." in modal.words
    assert "Last 4 characters of the tracking number" in modal.words
    chosen(office, modal, status="attempted")
    assert "The customer gets a mail in 2\u00a0min" in modal.words
    assert "Last 4 characters" not in modal.words
    assert (shown(office.desk.database), mails(office.desk.database), overrides(office)) == ("pending", [], [])


def test_what_was_typed_stays_while_the_window_is_drawn_anew(office: Office) -> None:
    modal = opened(office)
    office.slack.submit(modal, {"status": "delivered", "reason": REASON})
    assert "Last 4 characters" in modal.words
    assert office.slack.submit(modal, {"proof": NUMBER[-4:]}).action == "update"
    assert overrides(office)[0]["reason"] == REASON


def test_the_shop_can_be_told_only_where_there_is_one(office: Office) -> None:
    assert "Write to the shop" not in opened(office).words


def test_until_a_moment_asks_for_it(office: Office) -> None:
    modal = chosen(office, opened(office), status="exception", until="moment")
    assert "Choose until when" in modal.words
    past = int((NOON - timedelta(hours=1)).timestamp())
    assert "moment" in office.slack.submit(modal, {"reason": REASON, "moment": past}).errors
    ahead = int((NOON + timedelta(days=2)).timestamp())
    chosen(office, modal, moment=ahead)
    assert "Mar 4" in modal.words
    assert office.slack.submit(modal).action == "update"
    assert overrides(office)[0]["until_at"] == "2026-03-04T12:00:00.000+00:00"


@pytest.mark.parametrize(
    ("filled", "where", "what"),
    [
        ({**DELIVERED, "reason": "          "}, "reason", "what you know, and from whom"),
        ({**DELIVERED, "reason": "   short   "}, "reason", "what you know, and from whom"),
        ({**DELIVERED, "proof": "0000"}, "proof", "ends otherwise"),
        ({**DELIVERED, "proof": "865"}, "proof", "ends otherwise"),
    ],
)
def test_a_fault_stands_at_its_input_and_nothing_was_set(
    office: Office, filled: dict[str, str], where: str, what: str
) -> None:
    modal = chosen(office, opened(office), status="delivered")
    errors = office.slack.submit(modal, filled).errors
    assert list(errors) == [where]
    assert what in errors[where]
    assert overrides(office) == []
    assert (LEAD, "override", "refused") in audit(office)


def test_all_that_is_wrong_is_said_at_once_each_at_its_input(office: Office) -> None:
    modal = chosen(office, opened(office), status="delivered")
    errors = office.slack.submit(modal, {"reason": "no", "proof": "0000"}).errors
    assert sorted(errors) == ["proof", "reason"]
    assert "ends otherwise" in errors["proof"]
    assert office.slack.submit(modal, {"reason": REASON, "proof": NUMBER[-4:]}).action == "update"


# -- who set it --------------------------------------------------------------------------------------------------------


def test_outside_slack_whoever_set_it_is_named_and_in_it_mentioned(office: Office) -> None:
    set_by(office)
    by, because, actor = outside_slack(office)
    assert (by, actor) == ("lead (Slack)", "lead")
    assert because.startswith("lead (Slack) set it to delivered")
    assert f"<@{LEAD}>" in card_of(office, LEAD).words


def test_the_name_is_the_one_of_that_moment(office: Office) -> None:
    set_by(office)
    office.slack.workspace.people[LEAD] = Person(LEAD, "boss", locale="en-US")
    assert outside_slack(office)[0] == "lead (Slack)"


def test_whose_name_slack_does_not_say_is_told_by_their_id(office: Office) -> None:
    by_another(office)
    because = f"{AGENT} set it to exception (the depot called back), until the carrier says otherwise"
    assert outside_slack(office) == (AGENT, because, "")


# -- a return ----------------------------------------------------------------------------------------------------------


def test_of_a_return_statuses_are_those_of_a_return_and_nobody_is_told(office: Office) -> None:
    office.desk.database.write(lambda tx: tx.rows("UPDATE shipments SET kind = 'return' RETURNING shipment_id"))
    hear(office, "in_transit")
    modal = chosen(office, opened(office), status="delivered", effects=["tell"])
    assert (
        "Shown: on its way to the shop → arrived at the shop (the carrier says: on its way to the shop)" in modal.words
    )
    assert "The customer is not told: it is a return." in modal.words
    done = office.slack.submit(modal, {"reason": REASON, "proof": NUMBER[-4:]})
    assert (done.action, mails(office.desk.database)) == ("update", [])
    assert "is now shown as “arrived at the shop”" in modal.words
    office.slack.press(modal, "card.undo", user=LEAD)
    office.slack.wait_for(lambda: "shows “on its way to the shop”" in modal.words)


def test_of_several_parcels_one_is_chosen(office: Office) -> None:
    office.add(number="1Z204W4R0308071900", package="INV-2")
    card = card_of(office)
    value = '{"o":"1001","s":null,"v":null}'
    modal = opened(office, forged(card, value, "card.override"))
    second = next(row for row in parcels(office) if row["tracking_number"] == "1Z204W4R0308071900")
    chosen(office, modal, parcel=second["shipment_id"], status="delivered")
    assert "ups 1z204w4r0308071900" in modal.words.casefold()
    assert "proof" in office.slack.submit(modal, {"reason": REASON, "proof": NUMBER[-4:]}).errors
    office.slack.submit(modal, {"proof": "1900"})
    assert [row["shown_status"] for row in parcels(office)] == ["pending", "delivered"]


def parcels(office: Office) -> list[Row]:
    with office.desk.database.read() as tx:
        return tx.rows("SELECT * FROM shipments ORDER BY tracking_number")


# -- set ---------------------------------------------------------------------------------------------------------------


def test_what_is_set_is_confirmed_with_what_leaves_and_the_card_is_drawn_anew(office: Office) -> None:
    hear(office, "in_transit")
    card = card_of(office)
    pressed = office.slack.press(card, "card.override", user=LEAD)
    modal = chosen(office, office.slack.wait_for_modal(LEAD), status="delivered", effects=["tell"])
    said = [line for line in modal.words.splitlines() if line.startswith("•")]
    office.slack.submit(modal, {"reason": REASON, "proof": NUMBER[-4:]})
    assert "Order 1001 is now shown as “delivered”." in modal.words
    assert [line for line in modal.words.splitlines() if line.startswith("•")] == said
    assert (shown(office.desk.database), due_at(office.desk.database)[-1]) == ("delivered", later(1 / 6))
    assert "Lift override" in office.slack.reply_to(pressed).words
    assert audit(office) == [(LEAD, "override", "done")]


def test_whoever_set_it_is_told_of_a_contradiction_in_the_thread_or_in_person(office: Office) -> None:
    set_by(office)
    office.slack.choose(card_of(office), "card.more", "share", user=LEAD)
    (shared,) = office.slack.wait_for(lambda: office.slack.posted(SUPPORT))
    modal = chosen(office, opened(office, shared), status="exception")
    office.slack.submit(modal, {"reason": REASON})
    assert [row["thread"] for row in overrides(office)] == [f"{LEAD}/", f"{SUPPORT}/{shared.ts}"]
    assert "problem" in office.slack.wait_for(lambda: shared if shared.earlier else None).words


def test_two_presses_of_one_button_are_one_override(office: Office) -> None:
    modal = chosen(office, opened(office), status="delivered", effects=["tell"])
    answer = office.slack.submit(modal, {"reason": REASON, "proof": NUMBER[-4:]})
    assert office.slack.again(answer).action == "update"
    assert len(overrides(office)) == 1
    assert len(audit(office)) == 1
    assert "is now shown as “delivered”" in modal.words


def test_two_presses_at_once_are_one_override(office: Office) -> None:
    modal = chosen(office, opened(office), status="exception")
    answer = office.slack.submit(modal, {"reason": "   short  "})
    modal.typed["reason", "override.reason"] = {"type": "plain_text_input", "value": REASON}
    sent = answer.sent
    sent.payload["view"]["state"]["values"]["reason"]["override.reason"]["value"] = REASON
    with ThreadPoolExecutor(5) as pool:
        found = list(pool.map(lambda _: office.slack.sender.send(sent), range(5)))
    assert {one.action for one in found} == {"update"}
    assert len(overrides(office)) == 1


@pytest.mark.parametrize(
    ("happens", "what"),
    [
        (lambda office: hear(office, "in_transit", "attempted"), "the carrier says something else"),
        (by_another, "somebody set its status"),
    ],
)
def test_what_changed_meanwhile_is_shown_before_anything_is_set(
    office: Office, happens: Callable[[Office], object], what: str
) -> None:
    modal = chosen(office, opened(office), status="delivered")
    happens(office)
    before = len(overrides(office))
    answer = office.slack.submit(modal, {"reason": REASON, "proof": NUMBER[-4:]})
    assert answer.action == "update"
    assert what in modal.words
    assert len(overrides(office)) == before
    assert office.slack.submit(modal).action == "update"
    assert "is now shown as “delivered”" in modal.words


def test_of_two_agents_the_second_sees_the_first(open_office: OpenOffice, office: Office) -> None:
    first = chosen(office, opened(office), status="delivered")
    by_another(office)
    office.slack.submit(first, {"reason": REASON, "proof": NUMBER[-4:]})
    assert f"<@{AGENT}> set it to “problem” just now" in first.words
    assert "the depot called back" in first.words


# -- who may -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("user", [AGENT, GUEST])
@pytest.mark.parametrize("action", ["card.override", "held.arrived", "card.undo"])
def test_who_may_not_is_told_who_may_and_leaves_a_trace(office: Office, user: str, action: str) -> None:
    read_english(office.slack, AGENT)
    set_by(office)
    row = shipment(office.desk.database)
    value = f'{{"o":"1001","s":"{row["shipment_id"]}","v":{row["revision"]}}}'
    words = told_by(office, office.slack.press(forged(card_of(office), value, action), action, user=user)).words
    assert LEAD in words
    assert office.slack.modal(user) is None
    assert (user, "override", "refused") in audit(office)
    assert shown(office.desk.database) == "delivered"


@pytest.mark.parametrize("action", ["card.override", "held.arrived", "card.undo"])
def test_somebody_of_another_workspace_may_not_even_ask(office: Office, action: str) -> None:
    set_by(office)
    row = shipment(office.desk.database)
    value = f'{{"o":"1001","s":"{row["shipment_id"]}","v":{row["revision"]}}}'
    told_by(office, office.slack.press(forged(card_of(office), value, action), action, user=STRANGER))
    assert office.slack.modal(STRANGER) is None
    assert shown(office.desk.database) == "delivered"


def test_a_right_that_was_taken_meanwhile_is_missed_at_the_submission(
    open_office: OpenOffice, sqlite: Database
) -> None:
    office = open_office(sqlite, slack_override_users="", slack_override_group=CORRECTORS)
    office.slack.workspace.groups[CORRECTORS] = [LEAD]
    office.add()
    modal = chosen(office, opened(office), status="exception")
    office.slack.workspace.people[LEAD] = Person(LEAD, "lead", is_guest=True)
    office.bot.people._people._kept.clear()  # noqa: SLF001 - an hour passes
    answer = office.slack.submit(modal, {"reason": REASON})
    assert answer.action == "update"
    assert "Guests may not correct" in modal.words
    assert overrides(office) == []


def test_while_slack_does_not_say_who_it_is_nobody_may(office: Office) -> None:
    modal = chosen(office, opened(office), status="exception")
    office.bot.people._people._kept.clear()  # noqa: SLF001 - an hour passes
    office.slack.faults.refuse("internal_error", "users.info")
    office.slack.submit(modal, {"reason": REASON})
    assert overrides(office) == []


# -- undo --------------------------------------------------------------------------------------------------------------


def test_undo_in_the_window_says_what_it_withdrew(office: Office) -> None:
    hear(office, "in_transit")
    mark_sent(office.desk.database)
    modal = set_by(office, effects=["tell"])
    office.slack.press(modal, "card.undo", user=LEAD)
    office.slack.wait_for(lambda: "taken back" in modal.words)
    assert "The mail to the customer was withdrawn before it left." in modal.words
    assert shown(office.desk.database) == "in_transit"
    assert [mail[0] for mail in mails(office.desk.database) if mail[2] == "due"] == []


def test_undo_twice_undoes_once_and_says_who_did(office: Office) -> None:
    modal = set_by(office)
    answer = office.slack.press(modal, "card.undo", user=LEAD)
    office.slack.wait_for(lambda: "taken back" in modal.words)
    office.slack.again(answer)
    office.slack.wait_for(lambda: "nothing to undo" in modal.words)
    assert LEAD in modal.words


def test_what_has_left_is_told_and_ended_only_knowingly(office: Office) -> None:
    modal = set_by(office, effects=["tell"])
    mark_sent(office.desk.database)
    office.slack.press(modal, "card.undo", user=LEAD)
    office.slack.wait_for(lambda: "too late" in modal.words)
    assert shown(office.desk.database) == "delivered"
    office.slack.press(modal, "undo.anyway", user=LEAD)
    office.slack.wait_for(lambda: "taken back" in modal.words)
    assert "The mail that left cannot be called back." in modal.words
    assert shown(office.desk.database) == "pending"


def test_a_card_takes_back_what_it_showed_and_is_drawn_anew(office: Office) -> None:
    set_by(office)
    card = card_of(office)
    answer = office.slack.press(card, "card.undo", user=LEAD)
    office.slack.wait_for(lambda: len(office.slack.workspace.response_urls[answer.sent.response_token].answered) == 2)
    assert shown(office.desk.database) == "pending"


def test_an_old_card_takes_nothing_back_that_it_did_not_show(office: Office) -> None:
    set_by(office)
    card = card_of(office)
    by_another(office)
    words = told_by(office, office.slack.press(card, "card.undo", user=LEAD)).words
    assert "changed since this card was drawn" in words
    assert shown(office.desk.database) == "exception"


# -- held --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "preset", "after"),
    [("held.arrived", "delivered", "delivered"), ("held.not_arrived", "pending", "pending")],
)
def test_a_held_delivery_is_settled_in_the_same_window(office: Office, action: str, preset: str, after: str) -> None:
    hear(office, "delivered")
    assert shipment(office.desk.database)["held_since"]
    modal = opened(office, action=action)
    assert "waits for a second word" in modal.words
    filled = {"reason": REASON} | ({"proof": NUMBER[-4:]} if preset == "delivered" else {})
    assert office.slack.submit(modal, filled).action == "update"
    row = shipment(office.desk.database)
    assert (row["shown_status"], row["held_since"]) == (after, None)


# -- the shop ----------------------------------------------------------------------------------------------------------


def test_the_shop_is_told_only_when_chosen_and_what_it_cannot_take_back_is_said(
    open_office: OpenOffice,
    sqlite: Database,
) -> None:
    office = open_office(sqlite, vtex_account="teststore", vtex_app_key="k", vtex_app_token="t", customer_mail="wismo")
    office.add()
    row = shipment(sqlite)
    sqlite.write(lambda tx: writes.show(tx, row["shipment_id"], to_json(Shown()), NOON))
    modal = chosen(office, opened(office), status="delivered", effects=["write"])
    assert "it cannot take that back" in modal.words
    office.slack.submit(modal, {"reason": REASON, "proof": NUMBER[-4:]})
    assert "The shop is told in 10\u00a0min" in modal.words
    with sqlite.read() as tx:
        waiting = [one["channel"] for one in outbox.messages_of(tx, row["shipment_id"]) if one["state"] == "due"]
    assert waiting == ["shop"]


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def test_a_newer_choice_wins_over_one_that_is_drawn_late(office: Office) -> None:
    modal = opened(office)
    office.slack.faults.refuse("hash_conflict", "views.update", calls=1)
    answer = office.slack.choose(modal, "override.status", "delivered", user=LEAD)
    assert answer.status == 200
    chosen(office, modal, effects=["tell"])
    assert "The customer gets a mail" in modal.words


def test_without_slack_the_submission_is_answered_all_the_same(office: Office) -> None:
    modal = chosen(office, opened(office), status="exception")
    office.slack.faults.is_down = True
    assert office.slack.submit(modal, {"reason": REASON}).action == "update"
    assert shown(office.desk.database) == "exception"


def test_an_order_that_was_erased_meanwhile_is_said_to_be_gone(office: Office) -> None:
    modal = chosen(office, opened(office), status="exception")

    def forget(tx: Tx) -> None:
        for table in ("lookups", "shipments", "orders"):
            tx.rows(f"DELETE FROM {table}")  # noqa: S608 - our own names

    office.desk.database.write(forget)
    office.slack.submit(modal, {"reason": REASON})
    assert "not known any more" in modal.words
