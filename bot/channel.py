"""The ``slack`` channel: what the outbox has for the team is posted, or edited in its place."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from bot import blocks, digest, naming
from bot.acks import quiet_logger
from bot.answering import answer_to, elsewhere
from bot.app import Bot
from bot.blocks import news
from bot.people import said
from bot.reader import reader_of
from bot.responding import respond
from bot.spoken import For
from bot.values import Message, Reader
from relay.desk import questions
from relay.desk.posts import Post
from relay.desk.questions import Question
from relay.desk.watching import PERSON, Thread
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
        "user_not_in_channel",
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
        if isinstance(view.news, Question):
            return self._answered(view, view.news)
        return self._sent(view, news.message(view.news, self._reader(view), self.bot.now()))

    def preview(self, view: Post) -> str:
        if isinstance(view.news, Question):
            return answer_to(self.bot, view.news).message.text
        return news.message(view.news, self._reader(view), self.bot.now()).text

    def _reader(self, view: Post) -> Reader:
        """A person reads in their own language and on their clock, a channel in the shop's."""
        if PERSON.fullmatch(view.to.channel):
            return reader_of(self.bot, view.to.channel, "")
        settings = self.bot.settings
        return Reader("", locale=settings.locale, zone=settings.timezone)

    # -- an answer -----------------------------------------------------------------------------------------------------

    def _answered(self, view: Post, question: Question) -> Receipt:
        """In as many parts as it takes; whoever goes on after us begins with the first that nobody took."""
        spoken = answer_to(self.bot, question)
        pages = blocks.pages(spoken.message)
        receipt = Receipt(str(view.to))
        for number, page in enumerate(pages[question.pages :], question.pages + 1):
            receipt = self._said(view, question, page, spoken.reader)
            if number < len(pages):
                questions.mark_page(self.bot.desk, question.asked_id, number)
        return receipt

    def _said(self, view: Post, question: Question, page: Message, reader: For) -> Receipt:
        if reader is For.STRANGER:
            return self._sent(view, page, to_alone=question.by)
        if reader is For.ASKER:
            return self._said_alone(view, question, page)
        try:
            return self._sent(view, page)
        except SendFailed as failed:
            if not failed.permanent:
                raise
            return self._said_alone(view, question, elsewhere(self.bot, question, page, failed))

    def _said_alone(self, view: Post, question: Question, page: Message) -> Receipt:
        """Where it was asked, else in person."""
        if question.response_url and respond(question.response_url, page):
            return Receipt("by the response URL")
        return self._sent(replace(view, to=Thread(question.by)), page)

    # -- one message ---------------------------------------------------------------------------------------------------

    def _sent(self, view: Post, message: Message, *, to_alone: str = "") -> Receipt:
        """``to_alone``: the one who sees it in that channel. Raises SendFailed."""
        if not to_alone:
            message = naming.named(self.bot, message, naming.told_by(view.news))
        try:
            answer = self._posted(view, message, to_alone)
        except SlackApiError as error:
            if said(error) not in NO_BLOCKS:
                raise _failed(error) from error
            answer = self._posted_otherwise(view, message, to_alone)
        except (SlackClientError, HTTPException, OSError) as error:
            what = f"Slack cannot be reached ({said(error)})"
            raise SendFailed(what, remedy=CHECK, channel_down=True, unreachable=True) from error
        ts = answer.get("ts") or ""  # what one person alone sees has none that anybody could point at
        return Receipt(f"{answer.get('channel') or view.to.channel}/{ts}", shown=view.told or None)

    def _posted_otherwise(self, view: Post, message: Message, to_alone: str) -> SlackResponse:
        """Without what Slack may not know yet, else the words alone."""
        for other in digest.instead(self.client, self.pause, message):
            try:
                return self._posted(view, other, to_alone)
            except SlackApiError as error:
                if said(error) not in NO_BLOCKS:
                    raise _failed(error) from error
        return self._posted_plainly(view, message, to_alone)

    def _posted_plainly(self, view: Post, message: Message, to_alone: str) -> SlackResponse:
        try:
            return self._posted(view, Message(message.text), to_alone)
        except SlackApiError as error:
            raise _failed(error) from error

    def _posted(self, view: Post, message: Message, to_alone: str) -> SlackResponse:
        """In the place of what stands there; where that is gone, anew. Raises SlackApiError."""
        given = _given(view, message)
        if view.edits:
            try:
                return self._call("chat.update", given | {"channel": view.to.channel, "ts": view.edits})
            except SlackApiError as error:
                if said(error) not in GONE:
                    raise
        thread = {"thread_ts": view.to.ts} if view.to.ts else {}
        if to_alone:
            alone = {"channel": view.to.channel, "user": to_alone, "text": message.text, "blocks": [*message.blocks]}
            return self._call("chat.postEphemeral", alone | thread)
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


def open_channel(bot: Bot, pause: Callable[[float], None] = time.sleep) -> SlackChannel:
    """A client of its own: it never repeats a call by itself, since what Slack took twice stands there twice."""
    client = WebClient(
        token=bot.client.token,
        base_url=bot.client.base_url,
        timeout=TIMEOUT_S,
        logger=quiet_logger(),
        retry_handlers=[],
    )
    return SlackChannel(bot, client, pause)
