"""The app: Bolt over HTTP or Socket Mode, one answer to every error."""

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
    def hear(body: dict[str, Any], next: Callable[[], None]) -> BoltResponse | None:  # noqa: A002 - Bolt finds its arguments by name
        event_id = body.get("event_id")
        if event_id and not hearing.is_new(bot.desk, str(event_id), bot.now()):
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
        self._closed = Event()
        self._opener = Thread(target=self._open, name="slack socket", daemon=True)

    @property
    def is_connected(self) -> bool:
        return bool(self._handler.client.is_connected())

    def start(self) -> None:
        """Returns at once; Slack may be down for as long as it likes."""
        self._opener.start()

    def close(self) -> None:
        """Within seconds, also where Slack does not answer; what was begun is finished."""
        self._closed.set()
        closing = Thread(target=self._handler.close, name="slack socket's end", daemon=True)
        closing.start()
        closing.join(CLOSE_S)

    def _open(self) -> None:
        """Until it is open once; from then on the library opens it again by itself."""
        pause = FIRST_PAUSE_S
        while not self._closed.is_set():
            try:
                self._handler.connect()  # type: ignore[no-untyped-call]  # the library's
                if self.is_connected:
                    return
            except FAILURES as error:
                log.warning("no connection to slack", error=said(error), again_in_s=pause)
            self._closed.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
