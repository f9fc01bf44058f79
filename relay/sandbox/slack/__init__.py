"""A pretend Slack: a workspace with a Web API and Socket Mode on this machine, and people who use the app.

open_slack(now)  starts it; what it yields has
  .api_url .token .signing_secret .app_token     what the app is given
  .command() .press() .choose() .submit() …      what people do; each gives the app's Answer
  .messages .posted() .modal() .home() .calls()  what is there to see
  .wait_for(probe) .reply_to(answer)             what comes a moment later
  .faults                                        what goes wrong with calls, by method
  .workspace                                     people, channels, groups, scopes: may be changed at any time
  .sender                                        how requests reach the app: over HTTP once it has an ``events_url``,
                                                 else through Socket Mode; forged with ``signs_with``, stale with
                                                 ``seconds_ago``

pretend    the people            sending   signs, sends, shows answers   app        the Web API's gate
payloads   what Slack sends      forms     what is typed and chosen      chat views people files  its calls
workspace  what there is         reading   what blocks say               socket_mode, frames  the other way in
limits, elements, keys           what Slack refuses, and why             faults     switches
mrkdwn, charts  its marks and charts as HTML, for the demo's page      arguments  what a call is given

Used like this, in a test or a demo::

    with open_slack(now) as slack:
        client = WebClient(token=slack.token, base_url=slack.api_url)
        …  # start the app with ``client`` and ``slack.signing_secret`` at some port
        slack.sender.events_url = f"http://127.0.0.1:{port}/slack/events"

        answer = slack.command("/track 1001", user=AGENT)
        assert not answer.refused  # what Slack would show instead: http_service_error, invalid_blocks and why, …
        card = slack.reply_to(answer)  # by the acknowledgement or the response URL
        assert "Out for delivery" in card.words

        slack.press(card, "card.override")
        modal = slack.wait_for_modal()
        done = slack.submit(modal, {"status": "delivered", "reason": "The customer called"})
        assert done.action == "closed"  # or "errors" with done.errors, "update", "push", "clear"
        slack.wait_for(lambda: slack.posted(SUPPORT))

As a fixture::

    @pytest.fixture
    def slack() -> Iterator[PretendSlack]:
        with open_slack(lambda: NOON) as opened:
            yield opened

Signatures are of the machine's clock, for Bolt compares them with it; triggers (3 seconds) and response URLs (30
minutes, 5 uses) end by ``now``. Messages and views are checked as Slack would: a call that is refused has its reasons
in ``calls()[-1].details``, an acknowledgement in ``Answer.refused``. Slack's numbers are the smaller ones where its
pages disagree. An action on an ephemeral message does not tell what the message said.
"""

from relay.sandbox.slack.app import Call
from relay.sandbox.slack.faults import FOREVER, Fault, Faults
from relay.sandbox.slack.forms import NotPossible
from relay.sandbox.slack.limits import Surface, block_faults, view_faults
from relay.sandbox.slack.pretend import PretendSlack, open_slack
from relay.sandbox.slack.reading import elements_of, words_of
from relay.sandbox.slack.sending import Answer
from relay.sandbox.slack.workspace import (
    AGENT,
    BOT_USER,
    CORRECTORS,
    ELSEWHERE,
    GUEST,
    HOME_TEAM,
    LEAD,
    OPS,
    OTHER_TEAM,
    SCOPES,
    STRANGER,
    SUPPORT,
    Person,
    Posted,
    Room,
    View,
)

__all__ = [
    "AGENT",
    "BOT_USER",
    "CORRECTORS",
    "ELSEWHERE",
    "FOREVER",
    "GUEST",
    "HOME_TEAM",
    "LEAD",
    "OPS",
    "OTHER_TEAM",
    "SCOPES",
    "STRANGER",
    "SUPPORT",
    "Answer",
    "Call",
    "Fault",
    "Faults",
    "NotPossible",
    "Person",
    "Posted",
    "PretendSlack",
    "Room",
    "Surface",
    "View",
    "block_faults",
    "elements_of",
    "open_slack",
    "view_faults",
    "words_of",
]
