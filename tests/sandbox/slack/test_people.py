"""What people do at the pretend Slack reaches a real Bolt app, and what they see is what Slack would show."""

from collections.abc import Callable, Mapping, Sequence

import pytest
from slack_bolt import App, BoltRequest

from relay.sandbox.slack import AGENT, LEAD, SUPPORT, NotPossible, PretendSlack, View
from relay.sandbox.slack.workspace import Said
from tests.sandbox.slack.conftest import CARD, Bag, modal, plain, reason

pytestmark = pytest.mark.usefixtures("running")


def opened_modal(slack: PretendSlack) -> View:
    slack.shortcut("track.global")
    return slack.wait_for_modal()


def test_a_command_is_answered_for_its_own_user_alone(slack: PretendSlack) -> None:
    answer = slack.command("/track 1001", user=LEAD)
    assert (answer.status, answer.refused) == (200, "")
    card = slack.reply_to(answer)
    assert (card.text, card.only_for, card.via) == ("about 1001", LEAD, "ack")
    assert card.words == "*1001* is on its way\nOverride\nWhy\nShare"
    assert slack.posted() == []


def test_an_unknown_command_shows_an_error_of_slacks(slack: PretendSlack) -> None:
    answer = slack.command("/elsewhere")
    assert (answer.status, answer.refused) == (404, "http_service_error")


def test_a_button_opens_a_modal_and_the_modal_is_submitted(slack: PretendSlack) -> None:
    card = slack.reply_to(slack.command("/track 1001"))
    assert slack.press(card, "card.override").refused == ""
    done = slack.submit(slack.wait_for_modal(), {"reason": "The customer called", "status": "delivered"})
    assert (done.action, slack.modal()) == ("closed", None)
    (told,) = slack.wait_for(lambda: slack.posted(SUPPORT))
    assert told.text == "overridden: The customer called"


def test_errors_stand_at_their_input_and_the_modal_stays(slack: PretendSlack) -> None:
    view = opened_modal(slack)
    answer = slack.submit(view, {"reason": "short", "status": "returned"})
    assert (answer.action, answer.errors, slack.modal()) == ("errors", {"reason": "Say more"}, view)


def test_errors_at_no_input_are_refused(slack: PretendSlack) -> None:
    answer = slack.submit(opened_modal(slack), {"reason": "wrong", "status": "returned"})
    assert answer.refused == "invalid_errors errors can only stand at inputs: nowhere"


def test_a_modal_can_be_pushed_on_another_and_taken_off(slack: PretendSlack) -> None:
    first = opened_modal(slack)
    assert slack.submit(first, {"reason": "ask", "status": "returned"}).action == "push"
    second = slack.wait_for_modal()
    assert (second.title, second.previous_id, second.root_id) == ("Sure?", first.view_id, first.view_id)
    assert slack.close(second) is None
    assert slack.modal() is first


def test_an_updated_modal_keeps_what_was_typed_where_the_input_stays(slack: PretendSlack) -> None:
    view = opened_modal(slack)
    assert slack.submit(view, {"reason": "wait", "status": "returned"}).action == "update"
    assert (view.title, view.words) == ("Saving", "Why?\nSaving")
    assert list(view.typed) == [("reason", "reason")]


def test_a_window_does_not_let_through_what_slacks_would_not(slack: PretendSlack) -> None:
    view = opened_modal(slack)
    with pytest.raises(NotPossible, match="filled in first: status"):
        slack.submit(view, {"reason": "Long enough"})
    with pytest.raises(NotPossible, match="'lost' cannot be chosen; there is delivered, returned"):
        slack.submit(view, {"status": "lost"})
    with pytest.raises(NotPossible, match="takes 40 characters, not 41"):
        slack.submit(view, {"reason": "x" * 41})
    with pytest.raises(NotPossible, match=r"'card\.undo' is not there; there is reason, status"):
        slack.press(view, "card.undo")


def test_a_menu_answers_in_the_place_of_its_message(slack: PretendSlack) -> None:
    card = slack.reply_to(slack.command("/track 1001"))
    answer = slack.choose(card, "card.more", "share")
    assert slack.reply_to(answer) is card
    assert (card.words, [one.text for one in card.earlier]) == ("chosen: share", ["about 1001"])


def test_home_is_somebodys_own(slack: PretendSlack) -> None:
    assert slack.opens_home(AGENT).status == 200
    assert slack.wait_for(lambda: slack.home(AGENT)).words == "Welcome"
    assert slack.home(LEAD) is None


def test_a_mention_is_answered_in_its_thread(slack: PretendSlack) -> None:
    answer = slack.mention("1001")
    thread = answer.sent.payload["event"]["ts"]
    (reply,) = slack.wait_for(lambda: slack.posted(SUPPORT, thread))
    assert reply.text.endswith("1001")


def test_a_repeated_event_has_the_same_id_and_says_that_it_is_one(slack: PretendSlack, running: App) -> None:
    seen: list[tuple[Mapping[str, Sequence[str]], str]] = []

    @running.middleware
    def see(request: BoltRequest, next_: Callable[[], None]) -> None:
        seen.append((request.headers, request.body["event_id"]))
        next_()

    slack.again(slack.opens_home())
    (first, one), (second, other) = seen
    assert one == other
    assert "x-slack-retry-num" not in first
    assert (second["x-slack-retry-num"], second["x-slack-retry-reason"]) == (["1"], ["http_timeout"])


def test_a_link_is_unfurled_at_its_message(slack: PretendSlack) -> None:
    slack.share_link("https://shop.example/t/abc")
    unfurls = slack.wait_for(lambda: slack.messages[-1].unfurls)
    assert list(unfurls) == ["https://shop.example/t/abc"]


def test_a_message_shortcut_carries_the_message(slack: PretendSlack) -> None:
    said = slack.say("where is 1001?", user=LEAD)
    assert slack.reply_to(slack.message_shortcut("track.message", said)).text == "found in: where is 1001?"


def test_forged_and_stale_requests_are_turned_away(slack: PretendSlack) -> None:
    slack.sender.signs_with = "somebody else's"
    assert slack.command("/track 1001").status == 401
    slack.sender.signs_with, slack.sender.seconds_ago = "", 400
    assert slack.command("/track 1001").status == 401


def test_slacks_own_checks_of_the_address_are_answered(slack: PretendSlack) -> None:
    assert slack.check_url() == (200, '{"challenge": "say this"}')
    assert slack.check_ssl() == (200, "")


def test_of_an_ephemeral_message_an_action_tells_only_where_it_is(slack: PretendSlack) -> None:
    card = slack.reply_to(slack.command("/track 1001"))
    payload = slack.press(card, "card.override").sent.payload
    assert "message" not in payload
    assert payload["container"]["is_ephemeral"] is True
    slack.workspace.edit(card, card.said)
    card.only_for = ""
    assert slack.press(card, "card.override").sent.payload["message"]["blocks"][0]["text"] == CARD[0]["text"]


def test_a_modal_that_asks_for_it_tells_when_it_is_closed(slack: PretendSlack, running: App) -> None:
    told: list[str] = []

    @running.view_closed("override.submit")
    def take(ack: Callable[[], None], body: Bag) -> None:
        told.append(body["view"]["id"])
        ack()

    view = opened_modal(slack)
    view.shown = modal(notify_on_close=True) | {"blocks": view.blocks}
    answer = slack.close(view)
    assert answer is not None
    assert answer.status == 200
    assert told == [view.view_id]


def test_of_several_alike_the_one_in_a_block_is_pressed(slack: PretendSlack) -> None:
    card = slack.reply_to(slack.command("/track 1001"))
    blocks = [{**card.blocks[1], "block_id": name} for name in ("first", "second")]
    slack.workspace.edit(card, Said("two parcels", blocks))
    assert slack.press(card, "card.override", block_id="second").sent.payload["actions"][0]["block_id"] == "second"
    assert slack.press(card, "card.override", nth=1).sent.payload["actions"][0]["block_id"] == "second"


def test_a_menu_whose_entries_are_fetched_shows_what_the_app_answers(slack: PretendSlack, running: App) -> None:
    @running.options("carrier")
    def carriers(ack: Callable[..., None], payload: Bag) -> None:
        ack(options=[{"text": plain(payload["value"].upper()), "value": payload["value"]}])

    card = slack.reply_to(slack.command("/track 1001"))
    select = {"type": "external_select", "action_id": "carrier", "placeholder": plain("Carrier")}
    slack.workspace.edit(card, Said("which?", [{"type": "actions", "block_id": "b", "elements": [select]}]))
    assert slack.suggestions(card, "carrier", "ups") == ({"text": plain("UPS"), "value": "ups"},)


def test_a_field_that_tells_at_once_can_be_typed_into(slack: PretendSlack) -> None:
    view = opened_modal(slack)
    with pytest.raises(NotPossible, match="tells the app nothing"):
        slack.type_into(view, "reason", "Because")
    view.shown = modal(reason(dispatch_action=True)) | {"callback_id": "override.submit"}
    payload = slack.type_into(view, "reason", "Because").sent.payload
    assert payload["actions"][0]["value"] == "Because"
    assert payload["view"]["state"]["values"]["reason"]["reason"]["value"] == "Because"
