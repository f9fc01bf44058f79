"""The loops that an installation should have, and which of them have stopped."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from relay.database import Tx
from relay.desk import Desk
from relay.desk.facets import Trouble
from relay.model import to_text
from relay.silence.overdue import Overdue, has_gap, overdue
from relay.store import ledger

#: A loop beats every 30 s, also while it waits or is at a long round; none of their single steps takes a minute. So a
#: loop that stops is an incident, and told, within two minutes.
USUAL: Final = timedelta(seconds=90)
#: Between two attempts to connect to Slack lies up to a minute, so that a connection that was lost is no stop yet.
CONNECTING: Final = timedelta(minutes=3)
#: The kind of the incident about one of them.
STOPPED = "loop_stopped"
START: Final = "Start `wismo up`, or `wismo work` beside `wismo web`"
RESTART: Final = "The log says why; if nothing of it does, start `wismo up` or `wismo work` anew"
WATCH: Final = "watch"
HEART: Final = "heart"
#: The connection to Slack, where it is connected to rather than calls.
SOCKET: Final = "slack socket"
LOOPS: Final = dict.fromkeys(("outbox", "poll", WATCH, HEART, "retention", "expiry", "canary"), USUAL)
#: Those that run where a shop is configured, where it is written to, and where Slack is told anything.
OF_A_SHOP: Final = {"orders": USUAL}
OF_WRITING: Final = {"shop writer": USUAL}
OF_TELLING: Final = dict.fromkeys(("slack writer", "slack leavers", "slack look"), USUAL)
#: Where incidents are told at all, and where they are told by mail.
TIMES: Final = "times"
OF_ALERTS: Final = {"alert writer": USUAL}
OF_SOCKET: Final = {SOCKET: CONNECTING}
#: Since when beats may be expected: the beat of the installation as a whole, which begins anew after a gap.
AWAKE: Final = "awake"


def loops_of(desk: Desk) -> Mapping[str, timedelta]:
    """Every loop that must run somewhere, and how long it may go without a beat."""
    settings = desk.settings
    found = dict(LOOPS)
    if settings.vtex_account:
        found |= OF_A_SHOP
    if desk.policy.writes_shop and desk.policy.dialect:
        found |= OF_WRITING
    if settings.slack_bot_token.get_secret_value():
        found |= OF_TELLING
    if settings.alert_mail_to:
        found |= OF_ALERTS
    if settings.slack_bot_token.get_secret_value() or settings.alert_mail_to:
        found[TIMES] = USUAL
    if settings.slack_bot_token.get_secret_value() and settings.slack_app_token.get_secret_value():
        found |= OF_SOCKET
    return found


def stopped(tx: Tx, desk: Desk, now: datetime, awake_since: datetime | None = None) -> Sequence[Overdue]:
    """Which loops have stopped, or never ran."""
    return overdue(ledger.beats(tx), loops_of(desk), now, awake_since)


def awake_since(tx: Tx) -> datetime | None:
    return ledger.beats(tx).get(AWAKE)


def begin(tx: Tx, desk: Desk, now: datetime) -> None:
    """A process begins to work: if nobody worked before it, every loop has its whole limit to beat."""
    if has_gap(ledger.beats(tx), loops_of(desk), now):
        ledger.beat(tx, AWAKE, now)


def trouble_of(one: Overdue, now: datetime) -> Trouble:
    """What has stopped, and since when."""
    since = one.last if one.last and one.last <= now else None
    socket = "socket_" if one.name == SOCKET else ""
    figures = {"case": f"{socket}{'long' if since else 'never'}", "loop": one.name}
    told = f" since {since:%Y-%m-%d %H:%M} UTC" if since else ""
    if since:
        figures["since_at"] = to_text(since)
    if one.name == SOCKET:
        title = f"There is no connection to Slack{told or ' yet'}: /track is not heard"
        return Trouble(STOPPED, title, "`wismo doctor` says why; `wismo up` or `wismo bot` must run", figures)
    title = f"The {one.name} loop has stopped{told}" if since else f"The {one.name} loop has never run"
    return Trouble(STOPPED, title, RESTART, figures)


def troubles(tx: Tx, desk: Desk, now: datetime) -> list[Trouble]:
    """All that have stopped; where none runs, that is one thing."""
    found = stopped(tx, desk, now)
    if len(found) < len(loops_of(desk)):
        return [trouble_of(one, now) for one in found]
    since = max((one.last for one in found if one.last and one.last <= now), default=None)
    figures = {"case": "all_long", "since_at": to_text(since)} if since else {"case": "all_never"}
    told = f"since {since:%Y-%m-%d %H:%M} UTC" if since else "yet"
    return [Trouble(STOPPED, f"Nothing works here {told}: no loop runs, nobody is asked or told", START, figures)]
