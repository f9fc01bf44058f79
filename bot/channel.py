"""The ``slack`` channel: what the outbox has for the team is posted, or edited in its place."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from bot.acks import quiet_logger
from bot.app import Bot
from bot.blocks import news
from bot.people import said
from bot.reader import reader_of
from bot.values import Message, Reader
from relay.desk.posts import Post
from relay.desk.watching import PERSON
from relay.errors import SendFailed
from relay.model import Receipt

#: Slack takes about one message a second in each channel.
PACE_S = 1.0
#: So long the sender waits when Slack asks it to; for longer the channel is down. A claim lasts 60 s.
PATIENCE_S = 40.0
TIMEOUT_S = 8
#: It is about the token or the whole workspace, and not about this message.
DOWN = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "missing_scope",
        "not_allowed_token_type",
        "no_permission",
        "org_login_required",
        "team_access_not_granted",
        "two_factor_setup_required",
        "service_unavailable",
    }
)
#: It will never be taken there, whatever is tried.
FOR_GOOD = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "thread_not_found",
        "cannot_reply_to_message",
        "user_not_found",
        "user_disabled",
        "is_inactive",
        "cannot_dm_bot",
        "messages_tab_disabled",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_non_threadable_channel",
        "msg_too_long",
        "no_text",
    }
)
#: What was to be edited is gone: it is posted anew.
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
#: The blocks are refused: the words alone are better than nothing.
NO_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
_CODE = re.compile(r"[a-z_]{1,60}")
REMEDIES = {
    "missing_scope": "Install the app again with the scopes of `wismo slack manifest`",
    "invalid_auth": "Check WISMO_SLACK_BOT_TOKEN; `wismo doctor` says what Slack answers",
}
CHECK = "Nothing is lost: it goes on by itself; `wismo doctor` says what Slack answers"


@dataclass(frozen=True, slots=True)
class SlackChannel:
    """Belongs to one loop, which waits where Slack asks it to."""

    bot: Bot
    client: WebClient
    pause: Callable[[float], None] = time.sleep
    tick: Callable[[], float] = time.monotonic
    name: str = "slack"
    _posted_at: dict[str, float] = field(default_factory=dict)  #: by channel

    def send(self, view: Post) -> Receipt:
        message = self._message(view)
        try:
            answer = self._posted(view, message)
        except SlackApiError as error:
            if said(error) not in NO_BLOCKS:
                raise _failed(error) from error
            answer = self._posted_plainly(view, message)
        except (SlackClientError, HTTPException, OSError) as error:
            raise SendFailed(f"Slack cannot be reached ({said(error)})", remedy=CHECK, channel_down=True) from error
        return Receipt(f"{answer['channel']}/{answer['ts']}", shown=view.told or None)

    def preview(self, view: Post) -> str:
        return self._message(view).text

    def _message(self, view: Post) -> Message:
        return news.message(view.news, self._reader(view), self.bot.now())

    def _reader(self, view: Post) -> Reader:
        """A person reads in their own language and on their clock, a channel in the shop's."""
        if PERSON.fullmatch(view.to.channel):
            return reader_of(self.bot, view.to.channel, "")
        settings = self.bot.settings
        return Reader("", locale=settings.locale, zone=settings.timezone)

    # -- one message ---------------------------------------------------------------------------------------------------

    def _posted_plainly(self, view: Post, message: Message) -> SlackResponse:
        try:
            return self._posted(view, Message(message.text))
        except SlackApiError as error:
            raise _failed(error) from error

    def _posted(self, view: Post, message: Message) -> SlackResponse:
        """In the place of what stands there; where that is gone, anew. Raises SlackApiError."""
        given = _given(view, message)
        if view.edits:
            try:
                return self._call("chat.update", given | {"channel": view.to.channel, "ts": view.edits})
            except SlackApiError as error:
                if said(error) not in GONE:
                    raise
        thread = {"thread_ts": view.to.ts} if view.to.ts else {}
        silent = {"unfurl_links": False, "unfurl_media": False}
        return self._call("chat.postMessage", given | {"channel": view.to.channel} | thread | silent)

    def _call(self, method: str, given: Mapping[str, Any]) -> SlackResponse:
        """At Slack's pace: one a second in a channel, and when it says so later, then. Raises SlackApiError."""
        self._wait_for_turn(str(given["channel"]))
        waited = 0.0
        while True:
            try:
                return self.client.api_call(method, json=dict(given))
            except SlackApiError as error:
                wait_s = _asks_to_wait(error)
                if wait_s is None or waited + wait_s > PATIENCE_S:
                    raise
                self.pause(wait_s)
                waited += wait_s

    def _wait_for_turn(self, channel: str) -> None:
        left = self._posted_at.get(channel, self.tick() - PACE_S) + PACE_S - self.tick()
        if left > 0:
            self.pause(left)
        self._posted_at[channel] = self.tick()


def _given(view: Post, message: Message) -> dict[str, Any]:
    """The key lets anybody who reads the channel by machine tell a repeat from news."""
    return {
        "text": message.text,
        "blocks": list(message.blocks),
        "metadata": {"event_type": "wismo_post", "event_payload": {"key": view.key}},
    }


def _asks_to_wait(error: SlackApiError) -> float | None:
    """Seconds, if it was too much at once."""
    if said(error) not in {"ratelimited", "rate_limited"} and error.response.status_code != 429:  # noqa: PLR2004 - HTTP
        return None
    given = {name.lower(): value for name, value in error.response.headers.items()}.get("retry-after", "")
    text = given[0] if isinstance(given, list) else str(given)
    return float(text) if text.isdigit() else 1.0


def _failed(error: SlackApiError) -> SendFailed:
    """What the outbox does with it: again later, never again, or nothing at all for a while."""
    code = said(error) if _CODE.fullmatch(said(error)) else "something else than JSON"
    wait_s = _asks_to_wait(error)
    if wait_s is not None:
        what = f"Slack asks to wait {wait_s:.0f} s"
        return SendFailed(what, remedy=CHECK, retry_after_s=int(wait_s), channel_down=True)
    if code in DOWN or " " in code or error.response.status_code >= 500:  # noqa: PLR2004 - HTTP
        return SendFailed(f"Slack answers {code}", remedy=REMEDIES.get(code, CHECK), channel_down=True)
    return SendFailed(f"Slack answers {code}", permanent=code in FOR_GOOD)


def open_channel(bot: Bot) -> SlackChannel:
    """A client of its own: it never repeats a call by itself, since what Slack took twice stands there twice."""
    client = WebClient(
        token=bot.client.token,
        base_url=bot.client.base_url,
        timeout=TIMEOUT_S,
        logger=quiet_logger(),
        retry_handlers=[],
    )
    return SlackChannel(bot, client)
