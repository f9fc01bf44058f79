"""Slack's ways in, plugged together: over HTTP, by Socket Mode, or both, as the settings have it."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import Blueprint

from relay.cli.process import Loop
from relay.cli.wiring import Now
from relay.desk import Desk
from relay.desk.loops import SOCKET
from relay.settings import Settings
from relay.store import ledger

if TYPE_CHECKING:
    from bot.app import SocketMode

#: Seconds between two looks: while there is a connection, and while there is none.
LOOKED_AT_EVERY_S, SOON_S = 30.0, 1.0


@dataclass(frozen=True, slots=True)
class Listening:
    """What one process hears of Slack; :meth:`close` finishes what was begun, within seconds."""

    blueprints: tuple[Blueprint, ...] = ()
    loops: tuple[Loop, ...] = ()
    closing: ExitStack = field(default_factory=ExitStack)

    def close(self) -> None:
        for loop in self.loops:
            loop.stop(timeout_s=1.0)
        self.closing.close()


def is_listening(settings: Settings) -> bool:
    ways = (settings.slack_app_token, settings.slack_signing_secret)
    return bool(settings.slack_bot_token.get_secret_value()) and any(way.get_secret_value() for way in ways)


def listen(desk: Desk, now: Now, *, with_socket: bool) -> Listening:
    """Nothing where Slack is not set up. Slack is not asked anything yet: it may be down."""
    settings = desk.settings
    if not is_listening(settings):
        return Listening()
    from bot import app as slack  # noqa: PLC0415 - Bolt is loaded where Slack is used, and nowhere else

    bot = slack.open_bot(desk, now)
    app = slack.build_app(bot)
    closing = ExitStack()
    closing.callback(slack.finish, app)
    loops: list[Loop] = []
    if with_socket and settings.slack_app_token.get_secret_value():
        socket = slack.SocketMode(app, bot)
        closing.callback(socket.close)  # before the listeners end: it brings them work
        socket.start()
        beat = beat_of(desk, now)
        loops.append(Loop(SOCKET, lambda: _looked_at(socket, beat)))
    signed = settings.slack_signing_secret.get_secret_value()
    return Listening((slack.blueprint(app),) if signed else (), tuple(loops), closing)


def _looked_at(socket: "SocketMode", beat: Callable[[str], None]) -> float:
    """While there is no connection there is no beat, which /health notices; why there is none, the socket logs."""
    if not socket.is_connected:
        return SOON_S
    beat(SOCKET)
    return LOOKED_AT_EVERY_S


def beat_of(desk: Desk, now: Now) -> Callable[[str], None]:
    return lambda name: desk.database.write(lambda tx: ledger.beat(tx, name, now()))
