"""What somebody pressed, chose or submitted: who, about what, and where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from slack_bolt import BoltContext

from bot.reader import reader_of
from bot.values import Reader

if TYPE_CHECKING:
    from bot.app import Bot

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was pressed, and so where it is answered."""

    channel: str = ""
    ts: str = ""  #: of the message that was pressed
    thread_ts: str = ""
    is_private: bool = False  #: only its reader sees it, and only its response URL can change it
    response_url: str = ""
    view_id: str = ""  #: of the window, where it was pressed in one
    view_type: str = ""  #: ``modal`` or ``home``

    @property
    def thread(self) -> str:
        """Where more may be said about it; a private message has no thread of its own."""
        return self.thread_ts or ("" if self.is_private else self.ts)


@dataclass(frozen=True, slots=True)
class About:
    """What a button says it is about: what its card showed, and no permission."""

    order_id: str
    shipment_id: str | None = None
    revision: int | None = None
    override_id: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    reader: Reader
    about: About | None  #: None: it was made by another version, which wrote something else
    word: str  #: of an entry of a menu
    trigger_id: str
    place: Place


def press_of(bot: "Bot", body: Body, context: BoltContext) -> Press:
    action = body["actions"][0]
    chosen = action.get("selected_option") or {}
    return Press(
        reader=reader_of(bot, context.user_id or "", context.team_id or ""),
        about=about_of(action["block_id"] if chosen else action.get("value")),
        word=str(chosen.get("value") or ""),
        trigger_id=str(body.get("trigger_id") or ""),
        place=place_of(body),
    )


def place_of(body: Body) -> Place:
    container, view = body.get("container") or {}, body.get("view") or {}
    return Place(
        channel=str(container.get("channel_id") or (body.get("channel") or {}).get("id") or ""),
        ts=str(container.get("message_ts") or ""),
        thread_ts=str(container.get("thread_ts") or (body.get("message") or {}).get("thread_ts") or ""),
        is_private=bool(container.get("is_ephemeral")),
        response_url=str(body.get("response_url") or ""),
        view_id=str(view.get("id") or ""),
        view_type=str(view.get("type") or ""),
    )


def about_of(text: object) -> About | None:
    try:
        said = orjson.loads(str(text))
        return About(
            order_id=_text(said["o"]) or "",
            shipment_id=_text(said.get("s")),
            revision=said.get("v") if isinstance(said.get("v"), int) else None,
            override_id=_text(said.get("x")) or "",
        )
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError):
        return None


def _text(given: object) -> str | None:
    return given if isinstance(given, str) and given else None
