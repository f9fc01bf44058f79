"""The Web API refuses what Slack refuses, with the same words, and keeps what it took."""

import http.client
import urllib.error
from datetime import timedelta

import httpx
import pytest
from slack_bolt import App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from relay.sandbox.slack import AGENT, CORRECTORS, ELSEWHERE, GUEST, LEAD, STRANGER, SUPPORT, PretendSlack
from tests.sandbox.slack.conftest import CARD, modal, section
from tests.sandbox.vtex.conftest import Hours


def error_of(fault: pytest.ExceptionInfo[SlackApiError]) -> str:
    return str(fault.value.response["error"])


def trigger(slack: PretendSlack, user: str = AGENT) -> str:
    slack.sender.events_url = "http://127.0.0.1:9/"
    return str(slack.shortcut("nobody.listens", user=user).sent.payload["trigger_id"])


def test_a_message_can_be_posted_edited_and_linked_to(slack: PretendSlack, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=SUPPORT, text="on its way", blocks=CARD)["ts"]
    client.chat_update(channel=SUPPORT, ts=ts, text="it arrived")
    (message,) = slack.posted(SUPPORT)
    assert (message.words, message.earlier[0].text, list(message.blocks)) == ("it arrived", "on its way", [])
    assert ts.replace(".", "") in client.chat_getPermalink(channel=SUPPORT, message_ts=ts)["permalink"]


def test_an_ephemeral_message_cannot_be_edited(slack: PretendSlack, client: WebClient) -> None:
    ts = client.chat_postEphemeral(channel=SUPPORT, user=AGENT, text="for you")["message_ts"]
    with pytest.raises(SlackApiError) as fault:
        client.chat_update(channel=SUPPORT, ts=ts, text="it arrived")
    assert error_of(fault) == "message_not_found"
    assert (slack.posted(), slack.messages[0].only_for) == ([], AGENT)


@pytest.mark.parametrize(
    ("channel", "error"), [(ELSEWHERE, "not_in_channel"), ("C0NOWHERE0", "channel_not_found"), (SUPPORT, "is_archived")]
)
def test_a_channel_must_be_open_and_hold_the_app(
    slack: PretendSlack, client: WebClient, channel: str, error: str
) -> None:
    slack.workspace.rooms[SUPPORT].is_archived = True
    with pytest.raises(SlackApiError) as fault:
        client.chat_postMessage(channel=channel, text="hello")
    assert error_of(fault) == error


def test_refused_blocks_are_told_of_with_their_place(slack: PretendSlack, client: WebClient) -> None:
    with pytest.raises(SlackApiError) as fault:
        client.chat_postMessage(channel=SUPPORT, text="hello", blocks=[section("")])
    assert error_of(fault) == "invalid_blocks"
    assert slack.calls()[-1].details == ("[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]",)
    with pytest.raises(SlackApiError) as fault:
        client.chat_postMessage(channel=SUPPORT, text="hello", blocks=[section("x" * 2900) for _ in range(5)])
    assert error_of(fault) == "msg_blocks_too_long"
    assert slack.posted() == []


def test_a_trigger_opens_one_modal_within_three_seconds(slack: PretendSlack, client: WebClient, hours: Hours) -> None:
    used = trigger(slack, LEAD)
    client.views_open(trigger_id=used, view=modal())
    view = slack.modal(LEAD)
    assert view is not None
    with pytest.raises(SlackApiError) as fault:
        client.views_open(trigger_id=used, view=modal())
    assert error_of(fault) == "exchanged_trigger_id"
    late = trigger(slack)
    hours.past += timedelta(seconds=4) / timedelta(hours=1)
    with pytest.raises(SlackApiError) as fault:
        client.views_open(trigger_id=late, view=modal())
    assert error_of(fault) == "expired_trigger_id"


def test_a_view_that_changed_meanwhile_is_not_overwritten(slack: PretendSlack, client: WebClient) -> None:
    opened = client.views_open(trigger_id=trigger(slack), view=modal())["view"]
    client.views_update(view_id=opened["id"], hash=opened["hash"], view=modal(title="Second"))
    with pytest.raises(SlackApiError) as fault:
        client.views_update(view_id=opened["id"], hash=opened["hash"], view=modal(title="Third"))
    assert error_of(fault) == "hash_conflict"
    view = slack.modal()
    assert view is not None
    assert view.title == "Second"
    slack.close(view)
    with pytest.raises(SlackApiError) as fault:
        client.views_update(view_id=opened["id"], view=modal())
    assert error_of(fault) == "not_found"


def test_at_most_three_modals_stand_on_each_other(slack: PretendSlack, client: WebClient) -> None:
    client.views_open(trigger_id=trigger(slack), view=modal())
    for _ in range(2):
        client.views_push(trigger_id=trigger(slack), view=modal())
    with pytest.raises(SlackApiError) as fault:
        client.views_push(trigger_id=trigger(slack), view=modal())
    assert error_of(fault) == "push_limit_reached"


def test_people_are_known_with_their_zone_and_language(client: WebClient) -> None:
    lead = client.users_info(user=LEAD, include_locale=True)["user"]
    assert (lead["tz"], lead["tz_offset"], lead["locale"]) == ("America/Sao_Paulo", -10800, "pt-BR")
    assert client.users_info(user=GUEST)["user"]["is_restricted"] is True
    assert client.users_info(user=STRANGER)["user"]["is_stranger"] is True
    assert client.usergroups_users_list(usergroup=CORRECTORS)["users"] == [LEAD]


def test_a_scope_that_is_missing_is_named(slack: PretendSlack, client: WebClient) -> None:
    slack.workspace.scopes.discard("users:read")
    assert "users:read" not in client.auth_test().headers["x-oauth-scopes"]
    with pytest.raises(SlackApiError) as fault:
        client.users_info(user=AGENT)
    assert (error_of(fault), fault.value.response["needed"]) == ("missing_scope", "users:read")


def test_a_wrong_token_opens_nothing(slack: PretendSlack) -> None:
    with pytest.raises(SlackApiError) as fault:
        WebClient(token="xoxb-other", base_url=slack.api_url).auth_test()
    assert error_of(fault) == "invalid_auth"


def test_a_file_is_uploaded_in_three_steps(slack: PretendSlack, client: WebClient) -> None:
    client.files_upload_v2(channel=SUPPORT, filename="digest.png", content=b"png", title="Digest", alt_txt="12 stuck")
    (file,) = slack.workspace.files.values()
    assert (file.content, file.title, file.alt_text, file.channel) == (b"png", "Digest", "12 stuck", SUPPORT)


def test_faults_are_of_one_method_and_end(slack: PretendSlack, client: WebClient) -> None:
    slack.faults.throttle("chat.postMessage", retry_after_s=7)
    slack.faults.lose_answers("chat.postMessage")
    assert client.auth_test()["ok"]
    with pytest.raises(SlackApiError) as fault:
        client.chat_postMessage(channel=SUPPORT, text="one")
    assert (fault.value.response.status_code, fault.value.response.headers["Retry-After"]) == (429, "7")
    with pytest.raises(SlackApiError) as fault:
        client.chat_postMessage(channel=SUPPORT, text="two")
    assert error_of(fault) == "fatal_error"
    assert [message.text for message in slack.posted()] == ["two"]  # the lost answer was of a call that took effect
    slack.faults.refuse("account_inactive")
    with pytest.raises(SlackApiError) as fault:
        client.auth_test()
    assert error_of(fault) == "account_inactive"
    slack.faults.clear()
    assert client.auth_test()["ok"]


def test_when_it_is_down_nothing_answers(slack: PretendSlack, client: WebClient) -> None:
    slack.faults.is_down = True
    with pytest.raises((http.client.HTTPException, urllib.error.URLError, ConnectionError)):
        client.auth_test()
    assert slack.calls() == []


def test_a_response_url_works_five_times_for_half_an_hour(slack: PretendSlack, running: App, hours: Hours) -> None:
    url = slack.command("/track 1001").sent.payload["response_url"]

    def respond() -> tuple[int, str]:
        answer = httpx.post(url, json={"text": "more"}, trust_env=False)
        return answer.status_code, answer.text

    assert [respond() for _ in range(6)] == [(200, "ok")] * 5 + [(404, "used_url")]
    url = slack.command("/track 1001").sent.payload["response_url"]
    hours.past += 0.6
    assert respond() == (404, "expired_url")
