"""The app: Bolt over HTTP or Socket Mode, one answer to every error."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Thread
from typing import Any

import structlog
from flask import Blueprint, Response, request
from slack_bolt import App, BoltContext, BoltResponse
from slack_bolt.adapter.flask import SlackRequestHandler
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.acks import keep_ack, quiet_logger
from bot.faults import answer_error, place_of, refuse
from bot.people import FAILURES, People, said
from bot.reader import reader_of
from bot.rights import STRANGER, is_ours
from bot.words import say
from relay.desk import Desk, hearing
from relay.settings import Settings

#: Requests that are worked on at once; the others wait for a thread.
LISTENERS = 50
SLACK_API = "https://slack.com/api/"
#: Seconds until a call to Slack counts as failed.
TIMEOUT_S = 5

#: Seconds between attempts to connect, doubled after each up to the second.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
#: Seconds between two looks whether it is still there.
LOOKED_AT_EVERY_S = 1.0
#: Seconds that a quiet connection holds up the next one; the library's own 3 are all that Slack waits for an answer.
READ_FOR_S = 1.0
#: Seconds that an end of the connection may take.
CLOSE_S = 4.0

Authorize = Callable[..., AuthorizeResult]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Bot:
    """What every listener needs."""

    desk: Desk
    now: Callable[[], datetime]
    client: WebClient  #: has the token, and repeats nothing by itself but a broken connection
    settings: Settings
    people: People = field(default_factory=People)


def open_bot(desk: Desk, now: Callable[[], datetime]) -> Bot:
    return Bot(desk, now, open_client(desk.settings), desk.settings)


def open_client(settings: Settings) -> WebClient:
    """Slack's Web API as the settings give it."""
    address = settings.slack_api_url or SLACK_API
    return WebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=address if address.endswith("/") else f"{address}/",  # else its last part is replaced
        timeout=TIMEOUT_S,
        logger=quiet_logger(),
    )


# -- Bolt --------------------------------------------------------------------------------------------------------------


def build_app(bot: Bot, *, authorize: Authorize | None = None) -> App:
    """Bolt with all that the bot listens to. Nothing is asked of Slack yet: it may be down."""
    from bot import actions, commands, home  # noqa: PLC0415 - they need Bot, which is made here

    app = App(
        name="wismo.slack",
        client=WebClient(base_url=bot.client.base_url, timeout=TIMEOUT_S, logger=quiet_logger()),
        authorize=authorize or (lambda: AuthorizeResult(enterprise_id=None, team_id=None, bot_token=bot.client.token)),
        # An empty secret would let in whoever signs with it; without one the blueprint is not handed out either.
        signing_secret=bot.settings.slack_signing_secret.get_secret_value(),
        listener_executor=ThreadPoolExecutor(max_workers=LISTENERS, thread_name_prefix="slack"),
        raise_error_for_unhandled_request=True,
        logger=quiet_logger(),
    )
    app.use(keep_ack)
    app.use(_hear_once(bot))
    app.use(_keep_out_strangers(bot))
    for room in (commands, actions, home):
        room.register(app, bot)

    @app.error
    def failed(
        error: Exception, body: dict[str, Any], context: BoltContext, response: BoltResponse | None
    ) -> BoltResponse | None:
        return answer_error(bot, error, body, context, response)

    return app


def _hear_once(bot: Bot) -> Callable[..., BoltResponse | None]:
    """A mention is recognised where it is kept: what was heard and not kept would be lost."""

    def hear(body: dict[str, Any], next: Callable[[], None]) -> BoltResponse | None:  # noqa: A002 - Bolt finds its arguments by name
        event_id = body.get("event_id")
        is_mention = (body.get("event") or {}).get("type") == "app_mention"
        if event_id and not is_mention and not hearing.is_new(bot.desk, str(event_id), bot.now()):
            return BoltResponse(status=200)
        next()
        return None

    return hear


def _keep_out_strangers(bot: Bot) -> Callable[..., BoltResponse | None]:
    """A card in a shared channel is read by all; what its buttons do is for our own people.

    Events have their own answer to strangers. Where Slack does not say who somebody is, what they may correct is asked
    again by :mod:`bot.rights`, which then says no.
    """

    def look(body: dict[str, Any], context: BoltContext, next: Callable[[], None]) -> BoltResponse | None:  # noqa: A002 - the same
        about = bot.people.about(bot.client, context.user_id or "", bot.settings.slack_override_group, bot.now())
        if "event" in body or about.person is None or about.own_team is None or is_ours(about):
            next()
            return None
        reader = reader_of(bot, context.user_id or "", context.team_id or "")
        return refuse(bot, body, place_of(body, context), say(reader.locale)(STRANGER))

    return look


def finish(app: App) -> None:
    """Let what listeners began come to its end, within seconds; what waits for a thread is not begun any more."""
    pool = app.listener_runner.listener_executor
    ending = Thread(target=lambda: pool.shutdown(wait=True, cancel_futures=True), name="slack's end", daemon=True)
    ending.start()
    ending.join(CLOSE_S)


# -- the two ways in ---------------------------------------------------------------------------------------------------


def blueprint(app: App) -> Blueprint:
    """Over HTTP: what Slack signs, commands, buttons and events alike."""
    routes = Blueprint("slack", __name__)
    handler = SlackRequestHandler(app)

    @routes.post("/slack/events")
    def receive() -> Response:
        return handler.handle(request)

    return routes


class SocketMode:
    """The connection that needs no address: it is opened from here, and opened again whenever it is lost."""

    def __init__(self, app: App, bot: Bot) -> None:
        self._handler = SocketModeHandler(
            app,
            bot.settings.slack_app_token.get_secret_value(),
            logger=quiet_logger(),
            web_client=bot.client,
            concurrency=LISTENERS,
        )
        self._handler.client.on_message_listeners.append(self._read_briefly)
        self._closed = Event()
        self._keeper = Thread(target=self._keep_open, name="slack socket", daemon=True)

    @property
    def is_connected(self) -> bool:
        return bool(self._handler.client.is_connected())

    def start(self) -> None:
        """Returns at once; Slack may be down for as long as it likes."""
        self._keeper.start()

    def close(self) -> None:
        """Within seconds, also where Slack does not answer; what was begun is finished."""
        self._closed.set()
        closing = Thread(target=self._end, name="slack socket's end", daemon=True)
        closing.start()
        closing.join(CLOSE_S)

    def _end(self) -> None:
        if self._keeper.is_alive():
            self._keeper.join(LOOKED_AT_EVERY_S)
        try:
            self._handler.close()  # type: ignore[no-untyped-call]  # the library's
        except AttributeError:  # another thread of the library's closed the line at the same moment
            self._handler.close()  # type: ignore[no-untyped-call]  # the same

    def _keep_open(self) -> None:
        """The library opens it again by itself when Slack says that it ends, and sees late what ends without a word."""
        pause = FIRST_PAUSE_S
        while not self._closed.is_set():
            try:
                if not self._is_open():
                    self._handler.client.connect_to_new_endpoint()
            except (*FAILURES, AttributeError) as error:  # the library closes what another of its threads has closed
                log.warning("no connection to slack", error=said(error), again_in_s=pause)
            self._closed.wait(LOOKED_AT_EVERY_S if self.is_connected else pause)
            pause = FIRST_PAUSE_S if self.is_connected else min(pause * 2, LONGEST_PAUSE_S)

    def _is_open(self) -> bool:
        """Where Slack's side is gone without a word, the library reads nothing for 40 seconds, as fast as it can."""
        session = self._handler.client.current_session
        if session is None or session.sock is None:
            return False
        try:
            with socket.fromfd(session.sock.fileno(), socket.AF_INET, socket.SOCK_STREAM) as line:
                if line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                    return True
        except BlockingIOError:  # nothing to read: it is there, and quiet
            return True
        except OSError as error:
            log.info("the connection to slack broke", error=said(error))
        session.disconnect()
        return False

    def _read_briefly(self, _message: str) -> None:
        """Each connection begins with a message; before Slack gets another, the reading of this one has to end."""
        session = self._handler.client.current_session
        if session is not None and session.sock is not None:
            session.sock.settimeout(READ_FOR_S)
