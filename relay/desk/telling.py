"""Whether anybody learns of an incident: the ways to the team, and which of them work."""

import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from relay.database import Tx
from relay.desk import Desk
from relay.desk.incident_news import incidents_go_to
from relay.settings import Settings
from relay.store import incidents, ledger, outbox

#: What Slack itself says is wrong, before a message fails.
SLACK_LOST = "slack_lost"
#: What such an incident is about, beside channels by their ids.
THE_APP: Final = "token"
LOOK: Final = "slack look"
INSTALL: Final = "Install the app again, and put its Bot User OAuth Token into WISMO_SLACK_BOT_TOKEN (`wismo doctor`)"
INVITE: Final = "Invite the app there with /invite, or name another channel; `wismo doctor` tries it"


def ways_of(settings: Settings) -> Iterator[str]:
    """The channels that incidents are told by. Mail that lies in a folder tells nobody."""
    if settings.slack_bot_token.get_secret_value() and incidents_go_to(settings):
        yield "slack"
    if settings.alert_mail_to and settings.mail_url.scheme != "file":
        yield "alert"


def is_anybody_told(tx: Tx, settings: Settings) -> bool:
    """Whether one of the ways works; where none is set up, nobody waits to be told."""
    ways = list(ways_of(settings))
    lost = {"slack"} if is_slack_lost(tx, settings) else set[str]()
    return not ways or any(_works(tx, way, lost) for way in ways)


def is_slack_lost(tx: Tx, settings: Settings) -> bool:
    """Whether Slack said that the token, or the channel where incidents are told, is no good any more."""
    return any(row["subject"] in {THE_APP, incidents_go_to(settings)} for row in incidents.open_of(tx, SLACK_LOST))


def _works(tx: Tx, way: str, lost: Collection[str]) -> bool:
    return way not in lost and outbox.channel(tx, way)["down_since"] is None


# -- what Slack says of itself -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lost:
    """What is no good any more, and Slack's own word for why."""

    subject: str  #: ``token``, or a channel's id
    word: str


def is_anything_lost(desk: Desk) -> bool:
    with desk.database.read() as tx:
        return bool(incidents.open_of(tx, SLACK_LOST))


def may_look(desk: Desk, every: timedelta, now: datetime) -> bool:
    """Whether it is time, and nobody else does it."""
    holder = secrets.token_hex(8)
    return desk.database.write(lambda tx: ledger.take_lease(tx, LOOK, holder, now, every))


def judge_slack(desk: Desk, lost: Sequence[Lost], now: datetime) -> None:
    """Open an incident for each thing that is lost, and close those that are over."""
    with desk.database.read() as tx:
        known = {row["subject"] for row in incidents.open_of(tx, SLACK_LOST)}
    if known or lost:
        desk.database.write(lambda tx: _judge(tx, lost, now))


def _judge(tx: Tx, lost: Sequence[Lost], now: datetime) -> None:
    known = {row["subject"] for row in incidents.open_of(tx, SLACK_LOST)}
    for one in lost:
        if one.subject not in known:
            _open(tx, one, now)
    for subject in known - {one.subject for one in lost}:
        incidents.close_incident(tx, SLACK_LOST, subject, now)


def _open(tx: Tx, lost: Lost, now: datetime) -> None:
    is_token = lost.subject == THE_APP
    refused = f"Slack lets us post nothing in {lost.subject}"
    title = "Slack does not take our token" if is_token else refused
    incidents.open_incident(
        tx,
        kind=SLACK_LOST,
        subject=lost.subject,
        title=f"{title} ({lost.word}): the team is not told",
        remedy=INSTALL if is_token else INVITE,
        figures={"case": "token" if is_token else "channel", "place": lost.subject, "word": lost.word},
        now=now,
    )
