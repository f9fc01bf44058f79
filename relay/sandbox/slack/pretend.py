"""A workspace's people at their Slack, as seen from the app: what they do, and what they see of its answers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import TypeVar
from uuid import uuid4

import orjson

from relay.sandbox.serving import LOOPBACK, served
from relay.sandbox.slack import payloads
from relay.sandbox.slack.app import Api, Call, slack_app
from relay.sandbox.slack.faults import Faults
from relay.sandbox.slack.forms import NotPossible, element_at, filled, missing_inputs
from relay.sandbox.slack.payloads import Kind, Sent
from relay.sandbox.slack.sending import Answer, Sender
from relay.sandbox.slack.socket_mode import SocketMode, open_socket_mode
from relay.sandbox.slack.views import close_view
from relay.sandbox.slack.workspace import (
    AGENT,
    BOT_USER,
    SUPPORT,
    Json,
    Person,
    Posted,
    ResponseUrl,
    Room,
    Said,
    Trigger,
    View,
    Workspace,
)

T = TypeVar("T")

TOKEN, APP_TOKEN, SIGNING_SECRET = "xoxb-pretend", "xapp-pretend", "a-signing-secret"
WAIT_S = 5.0


@dataclass(slots=True)
class PretendSlack:
    workspace: Workspace
    sender: Sender
    api: Api

    token = TOKEN
    app_token = APP_TOKEN
    signing_secret = SIGNING_SECRET

    @property
    def api_url(self) -> str:
        """For a WebClient's ``base_url``."""
        return f"{self.workspace.url}/api/"

    @property
    def faults(self) -> Faults:
        return self.api.faults

    @property
    def socket_mode(self) -> SocketMode:
        return self.api.socket_mode

    @property
    def messages(self) -> list[Posted]:
        """All that stand, oldest first, ephemeral ones and those of people too."""
        return [posted for posted in self.workspace.messages if not posted.is_deleted]

    def posted(self, channel: str = "", thread_ts: str = "") -> list[Posted]:
        """What the app posted for everybody, in one channel or thread, or anywhere."""
        return [
            one
            for one in self.messages
            if one.by == BOT_USER
            and not one.only_for
            and channel in {"", one.channel}
            and thread_ts in {"", one.thread_ts}
        ]

    def calls(self, *methods: str) -> list[Call]:
        return [call for call in self.api.calls if not methods or call.method in methods]

    def home(self, user: str = AGENT) -> View | None:
        return self.workspace.homes.get(user)

    def modal(self, user: str = AGENT) -> View | None:
        """What this person has open, on top."""
        stack = self.workspace.modals.get(user)
        return stack[-1] if stack else None

    # -- waiting -------------------------------------------------------------------------------------------------------

    def wait_for(self, probe: Callable[[], T | None], within_s: float = WAIT_S) -> T:
        """The first value of ``probe`` that is something; it is tried whenever anything changes here."""
        with self.workspace.changed:
            found = self.workspace.changed.wait_for(probe, within_s)
        if not found:
            raise TimeoutError(f"did not come about within {within_s} s; the last calls: {self.api.calls[-5:]}")
        return found

    def wait_for_modal(self, user: str = AGENT, within_s: float = WAIT_S) -> View:
        return self.wait_for(lambda: self.modal(user), within_s)

    def rest(self, quiet_s: float = 0.2, within_s: float = 2.0) -> None:
        """Until nothing has changed here for a moment: what an app does after it has acknowledged."""
        end = monotonic() + within_s
        with self.workspace.changed:
            while self.workspace.changed.wait(quiet_s) and monotonic() < end:
                pass

    def reply_to(self, answer: Answer, within_s: float = WAIT_S) -> Posted:
        """The first message that an answer shows, by its acknowledgement or its response URL."""
        link = self.workspace.response_urls[answer.sent.response_token]
        return self.wait_for(lambda: next(iter(link.answered), None), within_s)

    # -- what people do ------------------------------------------------------------------------------------------------

    def command(self, line: str, *, user: str = AGENT, channel: str = SUPPORT) -> Answer:
        """``/track 1001``, as it is typed."""
        room, (token, url) = self.workspace.room(channel), self._response_url(user, channel)
        payload = payloads.command(line, self._person(user), room, self._trigger(user), url)
        return self.sender.send(Sent(Kind.COMMAND, payload, token))

    def say(self, text: str, *, user: str = AGENT, channel: str = SUPPORT, thread_ts: str = "") -> Posted:
        """Somebody's own words, which the app is not told."""
        said = Said(text, [])
        return self.workspace.add(Posted(channel, self.workspace.new_ts(), said, user, thread_ts, via="a person"))

    def mention(self, text: str, *, user: str = AGENT, channel: str = SUPPORT, thread_ts: str = "") -> Answer:
        posted = self.say(f"<@{BOT_USER}> {text}", user=user, channel=channel, thread_ts=thread_ts)
        return self.event(payloads.mention(posted, self._person(user).team_id), user)

    def write_to_app(self, text: str, *, user: str = AGENT) -> Answer:
        """In the app's own conversation."""
        posted = self.say(text, user=user, channel=self.workspace.conversation_with(user).channel_id)
        return self.event(payloads.direct_message(posted, self._person(user).team_id), user)

    def share_link(
        self, url: str, text: str = "", *, user: str = AGENT, channel: str = SUPPORT, thread_ts: str = ""
    ) -> Answer:
        """Within ``text``, or alone."""
        posted = self.say(text or url, user=user, channel=channel, thread_ts=thread_ts)
        room = self.workspace.room(channel)
        told = payloads.link_shared(posted, [url], uuid4().hex, has_app=room.has_app)
        return self.event(told, user)

    def opens_home(self, user: str = AGENT, *, tab: str = "home") -> Answer:
        channel = self.workspace.conversation_with(user).channel_id
        told = payloads.home_opened(self._person(user), channel, self.home(user), tab, self.workspace.new_ts())
        return self.event(told, user)

    def event(self, told: Json, user: str = AGENT) -> Answer:
        number, at = self.workspace.number(), self.workspace.now()
        return self.sender.send(Sent(Kind.EVENT, payloads.event(told, self._person(user).team_id, number, at)))

    def again(self, answer: Answer, retry: int = 1) -> Answer:
        """The same request once more, as Slack repeats an event and a network anything."""
        return self.sender.send(answer.sent, retry=retry)

    def shortcut(self, callback_id: str, *, user: str = AGENT) -> Answer:
        person, trigger = self._person(user), self._trigger(user)
        payload = payloads.global_shortcut(callback_id, person, trigger, self.workspace.now())
        return self.sender.send(Sent(Kind.INTERACTIVE, payload))

    def message_shortcut(self, callback_id: str, message: Posted, *, user: str = AGENT) -> Answer:
        token, url = self._response_url(user, message.channel, message)
        room, person = self.workspace.room(message.channel), self._person(user)
        payload = payloads.message_shortcut(callback_id, message, room, person, self._trigger(user), url)
        return self.sender.send(Sent(Kind.INTERACTIVE, payload, token))

    def press(
        self, surface: Posted | View, action_id: str, *, user: str = AGENT, nth: int = 0, block_id: str = ""
    ) -> Answer:
        """A button; of several with one action id the ``nth``, or that of a block. Raises NotPossible."""
        block, element = element_at(surface.blocks, action_id, nth, block_id)
        return self._act(surface, element, block["block_id"], {}, user)

    def choose(
        self,
        surface: Posted | View,
        action_id: str,
        value: object,
        *,
        user: str = AGENT,
        nth: int = 0,
        block_id: str = "",
    ) -> Answer:
        """An entry of a menu, or anything else with options or dates, of which the app is told at once."""
        block, element = element_at(surface.blocks, action_id, nth, block_id)
        state = filled(element, value)
        if element["type"] != "overflow":
            surface.typed[block["block_id"], element["action_id"]] = state
        chosen = {name: one for name, one in state.items() if name != "type"}
        return self._act(surface, element, block["block_id"], chosen, user)

    def type_into(self, surface: Posted | View, action_id: str, text: str, *, user: str = AGENT) -> Answer:
        """Into an input that tells the app of it: one with ``dispatch_action``."""
        block, _ = element_at(surface.blocks, action_id)
        if not block.get("dispatch_action"):
            raise NotPossible(f"{action_id} tells the app nothing before it is submitted")
        return self.choose(surface, action_id, text, user=user)

    def suggestions(self, surface: Posted | View, action_id: str, typed: str, *, user: str = AGENT) -> Sequence[Json]:
        block, _ = element_at(surface.blocks, action_id)
        payload = payloads.suggestion(surface, block["block_id"], action_id, typed, self._person(user))
        return self.sender.send(Sent(Kind.INTERACTIVE, payload)).options

    def submit(self, view: View, values: Mapping[str, object] | None = None, *, user: str = "") -> Answer:
        """Fill in by action or block id, and submit. Raises NotPossible where Slack's window would not let it."""
        for name, value in (values or {}).items():
            block, element = element_at(view.blocks, name)
            view.typed[block["block_id"], element["action_id"]] = filled(element, value)
        if "submit" not in view.shown:
            raise NotPossible("there is no button to submit it")
        missing = missing_inputs(view.blocks, view.typed)
        if missing:
            raise NotPossible(f"Slack wants these filled in first: {', '.join(missing)}")
        user = user or view.user_id
        payload = payloads.submission(view, self._person(user), self._trigger(user))
        return self.sender.send(Sent(Kind.INTERACTIVE, payload))

    def close(self, view: View) -> Answer | None:
        """None: the app did not ask to be told."""
        with self.workspace.changed:
            close_view(self.workspace, view)
        if not view.shown.get("notify_on_close"):
            return None
        return self.sender.send(Sent(Kind.INTERACTIVE, payloads.closed(view, self._person(view.user_id))))

    # -- what Slack itself asks ----------------------------------------------------------------------------------------

    def check_url(self) -> tuple[int, str]:
        body = orjson.dumps({"token": payloads.OLD_TOKEN, "challenge": "say this", "type": "url_verification"})
        return self.sender.post_raw(body, "application/json")

    def check_ssl(self) -> tuple[int, str]:
        body = b"ssl_check=1&token=" + payloads.OLD_TOKEN.encode()
        return self.sender.post_raw(body, "application/x-www-form-urlencoded")

    # ------------------------------------------------------------------------------------------------------------------

    def _act(
        self, surface: Posted | View, element: Mapping[str, object], block_id: str, chosen: Json, user: str
    ) -> Answer:
        person, trigger = self._person(user), self._trigger(user)
        action = payloads.pressed(element, block_id, self.workspace.new_ts(), chosen)
        if isinstance(surface, View):
            return self.sender.send(Sent(Kind.INTERACTIVE, payloads.view_action(surface, action, person, trigger)))
        token, url = self._response_url(user, surface.channel, surface)
        room = self.workspace.room(surface.channel)
        payload = payloads.message_action(surface, room, action, person, trigger, url)
        return self.sender.send(Sent(Kind.INTERACTIVE, payload, token))

    def _person(self, user: str) -> Person:
        return self.workspace.people[user]

    def _trigger(self, user: str) -> str:
        trigger = f"{self.workspace.number()}.{uuid4().hex}"
        self.workspace.triggers[trigger] = Trigger(user, self.workspace.now())
        return trigger

    def _response_url(self, user: str, channel: str, source: Posted | None = None) -> tuple[str, str]:
        token, now = uuid4().hex, self.workspace.now()
        room: Room = self.workspace.room(channel)
        self.workspace.response_urls[token] = ResponseUrl(user, room.channel_id, now, source=source)
        return token, self.workspace.link(token)


@contextmanager
def open_slack(now: Callable[[], datetime]) -> Iterator[PretendSlack]:
    """A workspace on a free port of this machine."""
    workspace = Workspace(now)
    with open_socket_mode(APP_TOKEN) as socket_mode:
        api = Api(workspace, TOKEN, socket_mode)
        with served(slack_app(api)) as port:
            workspace.url = f"http://{LOOPBACK}:{port}"
            sender = Sender(workspace, socket_mode, SIGNING_SECRET)
            try:
                yield PretendSlack(workspace, sender, api)
            finally:
                workspace.closing.set()
                sender.client.close()
