"""A workspace: who is in it, its channels, what was posted there, and what its people look at."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from relay.sandbox.slack.reading import words_of

Json = dict[str, Any]

HOME_TEAM, OTHER_TEAM = "T000SHOP01", "T000OTHER1"
APP_ID, BOT_ID, BOT_USER = "A000WISMO1", "B000WISMO1", "U000WISMO1"
AGENT, LEAD, GUEST, STRANGER = "U000AGENT1", "U000LEAD01", "U000GUEST1", "U000OTHER1"
SUPPORT, OPS, ELSEWHERE = "C000SUPP01", "C000OPS001", "C000ELSE01"
CORRECTORS = "S000CORR01"
#: What an app with all of the features that are spoken of here asks for.
SCOPES = (
    "app_mentions:read",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:read",
    "im:write",
    "links:read",
    "links:write",
    "usergroups:read",
    "users:read",
)


class Refused(Exception):
    """``ok: false``: the error's name, and what else Slack says of it."""

    def __init__(self, error: str, details: Sequence[str] = (), more: Mapping[str, object] | None = None) -> None:
        super().__init__(error, *details)
        self.error, self.details, self.more = error, list(details), dict(more or {})


@dataclass(frozen=True, slots=True)
class Person:
    user_id: str
    name: str
    team_id: str = HOME_TEAM
    locale: str = "en-US"
    zone: str = "America/Sao_Paulo"
    is_guest: bool = False
    is_deleted: bool = False
    is_bot: bool = False


@dataclass(slots=True)
class Room:
    """A channel, or a conversation with the app."""

    channel_id: str
    name: str
    has_app: bool = True
    is_private: bool = False
    is_archived: bool = False
    #: Who is in it; None: everybody.
    people: set[str] | None = None

    def holds(self, user_id: str) -> bool:
        return self.people is None or user_id in self.people


@dataclass(frozen=True, slots=True)
class Said:
    text: str
    blocks: Sequence[Json]

    @property
    def words(self) -> str:
        """All that is read, a line for each text; without blocks it is the text."""
        return words_of(self.blocks) if self.blocks else self.text


@dataclass(slots=True)
class Posted:
    """A message as it stands; ``earlier`` keeps what its edits replaced, oldest first."""

    channel: str
    ts: str
    said: Said
    by: str = BOT_USER
    thread_ts: str = ""
    only_for: str = ""  #: whom an ephemeral message is shown to; it is seen by nobody else
    via: str = ""  #: a method, ``ack``, ``response_url``, or a person
    earlier: list[Said] = field(default_factory=list)
    is_deleted: bool = False
    unfurls: dict[str, Json] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)  #: the call's other arguments: metadata, unfurl_links, …
    typed: dict[tuple[str, str], Json] = field(default_factory=dict)  #: into its inputs, by block and action

    @property
    def text(self) -> str:
        return self.said.text

    @property
    def blocks(self) -> Sequence[Json]:
        return self.said.blocks

    @property
    def words(self) -> str:
        return self.said.words


@dataclass(slots=True)
class View:
    """A modal, or somebody's Home."""

    view_id: str
    user_id: str
    shown: Json
    hash: str
    root_id: str = ""
    previous_id: str = ""
    is_open: bool = True
    typed: dict[tuple[str, str], Json] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)  #: that stand at its inputs, by block id

    @property
    def blocks(self) -> Sequence[Json]:
        blocks: Sequence[Json] = self.shown["blocks"]
        return blocks

    @property
    def title(self) -> str:
        return str(self.shown.get("title", {}).get("text", ""))

    @property
    def words(self) -> str:
        return words_of(self.blocks)


@dataclass(slots=True)
class File:
    file_id: str
    name: str
    length: int
    alt_text: str
    content: bytes = b""
    title: str = ""
    channel: str = ""
    thread_ts: str = ""
    is_complete: bool = False


@dataclass(slots=True)
class Trigger:
    user_id: str
    made_at: datetime
    is_used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """Where an interaction may be answered: 5 times, within 30 minutes."""

    user_id: str
    channel: str
    made_at: datetime
    thread_ts: str = ""
    source: Posted | None = None  #: the message that a replacement replaces
    uses: int = 0
    answered: list[Posted] = field(default_factory=list)  #: what was shown here, also by the acknowledgement


def _everybody() -> dict[str, Person]:
    people = (
        Person(BOT_USER, "wismo", is_bot=True),
        Person(AGENT, "agent"),
        Person(LEAD, "lead", locale="pt-BR"),
        Person(GUEST, "guest", is_guest=True),
        Person(STRANGER, "stranger", team_id=OTHER_TEAM),
    )
    return {person.user_id: person for person in people}


def _rooms() -> dict[str, Room]:
    rooms = (Room(SUPPORT, "support"), Room(OPS, "wismo"), Room(ELSEWHERE, "elsewhere", has_app=False))
    return {room.channel_id: room for room in rooms}


@dataclass(slots=True)
class Workspace:
    """May be changed at any time; ``changed`` guards what calls change, and is notified of it."""

    now: Callable[[], datetime]
    url: str = ""  #: of this pretend Slack
    socket_url: str = ""  #: of its Socket Mode
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    people: dict[str, Person] = field(default_factory=_everybody)
    rooms: dict[str, Room] = field(default_factory=_rooms)
    groups: dict[str, list[str]] = field(default_factory=lambda: {CORRECTORS: [LEAD]})
    messages: list[Posted] = field(default_factory=list)  #: oldest first
    modals: dict[str, list[View]] = field(default_factory=dict)  #: by person; the last one is on top
    homes: dict[str, View] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)
    closing: threading.Event = field(default_factory=threading.Event)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def waits(self, seconds: float) -> None:
        """Real seconds, cut short by the end of this world."""
        if seconds:
            self.closing.wait(seconds)

    def number(self) -> int:
        """Of whatever needs one that nothing else has."""
        return next(self._numbers)

    def new_ts(self) -> str:
        return f"{int(self.now().timestamp())}.{self.number():06d}"

    def room(self, channel: str) -> Room:
        """By its id, or the app's conversation with a person by theirs. Raises Refused."""
        if channel in self.people:
            channel = self.conversation_with(channel).channel_id
        if channel not in self.rooms:
            raise Refused("channel_not_found")
        return self.rooms[channel]

    def conversation_with(self, user_id: str) -> Room:
        channel_id = f"D{user_id[1:]}"
        return self.rooms.setdefault(
            channel_id, Room(channel_id, "directmessage", is_private=True, people={user_id, BOT_USER})
        )

    def message(self, channel: str, ts: str) -> Posted:
        """Raises Refused."""
        found = [one for one in self.messages if (one.channel, one.ts) == (channel, ts) and not one.is_deleted]
        if not found:
            raise Refused("message_not_found")
        return found[0]

    def add(self, posted: Posted) -> Posted:
        with self.changed:
            self.messages.append(posted)
            self.changed.notify_all()
        return posted

    def edit(self, posted: Posted, said: Said) -> None:
        with self.changed:
            posted.earlier.append(posted.said)
            posted.said = said
            self.changed.notify_all()

    def link(self, token: str) -> str:
        return f"{self.url}/response/{token}"
