"""What the demo's Slack page shows to one of its people in one place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from relay.sandbox.slack import PretendSlack, View
from relay.sandbox.slack.mrkdwn import Eyes
from relay.sandbox.slack.workspace import AGENT, BOT_USER, LEAD, OPS, SUPPORT, Person, Posted, Room, Workspace

SHOWN = 40
HOME = "home"
LEADER = "U000LEAD02"
#: Who sits at this Slack, and what they may; the first one is there when the page is opened.
PEOPLE = {
    LEAD: Person(LEAD, "Lead"),
    AGENT: Person(AGENT, "Agent"),
    LEADER: Person(LEADER, "Líder", locale="pt-BR"),
}
RIGHTS = {LEAD: "may correct", AGENT: "may not correct", LEADER: "may correct, reads Portuguese"}
#: What Slack itself says around what an app shows, by the reader's language.
SAID_BY_SLACK: Mapping[str, Mapping[str, str]] = {
    "en": {
        "private": "Only visible to you",
        "edited": "(edited)",
        "optional": "(optional)",
        "choose": "Choose an option",
        "close": "Close",
    },
    "pt": {
        "private": "Visível apenas para você",
        "edited": "(editada)",
        "optional": "(opcional)",
        "choose": "Escolha uma opção",
        "close": "Fechar",
    },
    "es": {
        "private": "Solo visible para ti",
        "edited": "(editado)",
        "optional": "(opcional)",
        "choose": "Elige una opción",
        "close": "Cerrar",
    },
}
#: The setting that says so.
CORRECTORS = f"{LEAD},{LEADER}"


def seat(workspace: Workspace) -> None:
    workspace.people.update(PEOPLE)


@dataclass(frozen=True, slots=True)
class Line:
    """A message that stands in a channel, and what was answered beneath it."""

    posted: Posted
    author: str
    when: str
    replies: "Sequence[Line]" = ()


@dataclass(frozen=True, slots=True)
class Look:
    person: Person
    rooms: Sequence[Room]
    room: Room
    lines: Sequence[Line]  #: oldest first
    home: View | None  #: where Home is looked at
    modal: View | None
    eyes: Eyes

    @property
    def says(self) -> Mapping[str, str]:
        """Slack's own words to this person."""
        return SAID_BY_SLACK.get(self.person.locale[:2], SAID_BY_SLACK["en"])

    @property
    def is_home(self) -> bool:
        return self.room.channel_id == HOME


def look(slack: PretendSlack, user: str, channel: str, now: datetime) -> Look:
    """Whoever or whatever is unknown gives way to the first."""
    workspace = slack.workspace
    person = PEOPLE.get(user, PEOPLE[LEAD])
    own = workspace.conversation_with(person.user_id)
    rooms = (workspace.rooms[SUPPORT], workspace.rooms[OPS], own, Room(HOME, "Home"))
    room = next((one for one in rooms if one.channel_id == channel), rooms[0])
    eyes = Eyes(now, person.zone, person.locale, names_of(workspace))
    home = slack.home(person.user_id) if room.channel_id == HOME else None
    lines = _lines(slack, person, room, eyes)
    return Look(person, rooms, room, lines, home, slack.modal(person.user_id), eyes)


def names_of(workspace: Workspace) -> dict[str, str]:
    people = {person.user_id: person.name for person in workspace.people.values()}
    return people | {room.channel_id: room.name for room in workspace.rooms.values()}


def _lines(slack: PretendSlack, person: Person, room: Room, eyes: Eyes) -> list[Line]:
    seen = [
        posted
        for posted in slack.messages
        if posted.channel == room.channel_id and posted.only_for in {"", person.user_id}
    ]
    heads = [posted for posted in seen if not posted.thread_ts][-SHOWN:]
    return [_line(head, eyes, [one for one in seen if one.thread_ts == head.ts]) for head in heads]


def _line(posted: Posted, eyes: Eyes, replies: Sequence[Posted] = ()) -> Line:
    author = "Wismo" if posted.by == BOT_USER else eyes.names.get(posted.by, posted.by)
    return Line(posted, author, posted.ts, [_line(reply, eyes) for reply in replies])
