"""What Slack sends, field by field; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

from relay.sandbox.slack.chat import message_json
from relay.sandbox.slack.forms import state_of
from relay.sandbox.slack.views import view_json
from relay.sandbox.slack.workspace import APP_ID, BOT_USER, HOME_TEAM, Json, Person, Posted, Room, View

DOMAIN = "pretend-shop"
#: Deprecated by Slack, and sent all the same; nobody may believe in it.
OLD_TOKEN = "believe-nothing"  # noqa: S105 - opens nothing


class Kind(StrEnum):
    """The value is the type of the envelope in Socket Mode."""

    COMMAND = "slash_commands"
    INTERACTIVE = "interactive"
    EVENT = "events_api"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request of Slack's, before it is signed."""

    kind: Kind
    payload: Mapping[str, Any]
    response_token: str = ""  #: of the response URL that is in it

    @property
    def body(self) -> bytes:
        match self.kind:
            case Kind.COMMAND:
                return urlencode(self.payload).encode()
            case Kind.INTERACTIVE:
                return urlencode({"payload": orjson.dumps(self.payload).decode()}).encode()
            case Kind.EVENT:
                return orjson.dumps(self.payload)

    @property
    def content_type(self) -> str:
        return "application/json" if self.kind is Kind.EVENT else "application/x-www-form-urlencoded"

    @property
    def person(self) -> str:
        user = self.payload.get("user")
        return str(user["id"] if isinstance(user, dict) else self.payload.get("user_id", ""))


def command(line: str, person: Person, room: Room, trigger: str, response_url: str) -> Json:
    name, _, text = line.partition(" ")
    return {
        "token": OLD_TOKEN,
        "team_id": person.team_id,
        "team_domain": DOMAIN,
        "channel_id": room.channel_id,
        "channel_name": room.name,
        "user_id": person.user_id,
        "user_name": person.name,
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger,
    }


def _interaction(kind: str, person: Person, trigger: str) -> Json:
    return {
        "type": kind,
        "team": {"id": HOME_TEAM, "domain": DOMAIN},
        "user": {
            "id": person.user_id,
            "username": person.name,
            "name": person.name,
            "team_id": person.team_id,
        },
        "api_app_id": APP_ID,
        "token": OLD_TOKEN,
        "trigger_id": trigger,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _room(room: Room) -> Json:
    return {"id": room.channel_id, "name": "privategroup" if room.is_private else room.name}


def message_action(posted: Posted, room: Room, action: Json, person: Person, trigger: str, response_url: str) -> Json:
    """Of an ephemeral message Slack tells where it is, and not what it said."""
    container = {
        "type": "message",
        "message_ts": posted.ts,
        "channel_id": posted.channel,
        "is_ephemeral": bool(posted.only_for),
    }
    if posted.thread_ts:
        container["thread_ts"] = posted.thread_ts
    told = {} if posted.only_for else {"message": message_json(posted)}
    return (
        _interaction("block_actions", person, trigger)
        | {"container": container, "channel": _room(room), "response_url": response_url}
        | {"state": state_of(posted.blocks, posted.typed), "actions": [action]}
        | told
    )


def view_action(view: View, action: Json, person: Person, trigger: str) -> Json:
    shown = _told(view)
    container = {"type": "view", "view_id": view.view_id}
    more = {"container": container, "view": shown, "actions": [action]}
    return _interaction("block_actions", person, trigger) | more


def submission(view: View, person: Person, trigger: str) -> Json:
    return _interaction("view_submission", person, trigger) | {"view": _told(view), "response_urls": []}


def closed(view: View, person: Person) -> Json:
    payload = _interaction("view_closed", person, "") | {"view": _told(view), "is_cleared": False}
    del payload["trigger_id"]
    return payload


def _told(view: View) -> Json:
    return view_json(view) | {"state": state_of(view.blocks, view.typed)}


def global_shortcut(callback_id: str, person: Person, trigger: str, at: datetime) -> Json:
    more = {"callback_id": callback_id, "action_ts": f"{at.timestamp():.6f}"}
    return _interaction("shortcut", person, trigger) | more


def message_shortcut(
    callback_id: str, posted: Posted, room: Room, person: Person, trigger: str, response_url: str
) -> Json:
    return _interaction("message_action", person, trigger) | {
        "callback_id": callback_id,
        "action_ts": posted.ts,
        "message_ts": posted.ts,
        "channel": _room(room),
        "message": message_json(posted),
        "response_url": response_url,
    }


def suggestion(surface: View | Posted, block_id: str, action_id: str, typed: str, person: Person) -> Json:
    payload = _interaction("block_suggestion", person, "")
    del payload["trigger_id"]
    shown = {"view": _told(surface)} if isinstance(surface, View) else {"message": message_json(surface)}
    return payload | {"action_id": action_id, "block_id": block_id, "value": typed} | shown


def pressed(element: Mapping[str, Any], block_id: str, ts: str, chosen: Mapping[str, Any]) -> Json:
    """One of ``actions``: the element, and what was chosen in it."""
    action = {"type": element["type"], "action_id": element["action_id"], "block_id": block_id, "action_ts": ts}
    for name in ("text", "value"):
        if name in element:
            action[name] = element[name]
    return action | dict(chosen)


def event(told: Json, team_id: str, number: int, at: datetime) -> Json:
    """The envelope of an event; its id is what tells a repetition."""
    return {
        "token": OLD_TOKEN,
        "team_id": team_id,
        "api_app_id": APP_ID,
        "event": told,
        "type": "event_callback",
        "event_id": f"Ev{number:09d}",
        "event_time": int(at.timestamp()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": HOME_TEAM,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def _said_event(kind: str, posted: Posted, team_id: str) -> Json:
    told = {
        "type": kind,
        "user": posted.by,
        "text": posted.text,
        "ts": posted.ts,
        "channel": posted.channel,
        "event_ts": posted.ts,
        "team": team_id,
    }
    return told | ({"thread_ts": posted.thread_ts} if posted.thread_ts else {})


def mention(posted: Posted, team_id: str) -> Json:
    return _said_event("app_mention", posted, team_id)


def direct_message(posted: Posted, team_id: str) -> Json:
    return _said_event("message", posted, team_id) | {"channel_type": "im"}


def link_shared(posted: Posted, urls: Sequence[str], unfurl_id: str, *, has_app: bool) -> Json:
    told: Json = {
        "type": "link_shared",
        "channel": posted.channel,
        "user": posted.by,
        "message_ts": posted.ts,
        "links": [{"domain": urlsplit(url).hostname, "url": url} for url in urls],
        "source": "conversations_history",
        "unfurl_id": unfurl_id,
        "is_bot_user_member": has_app,
        "event_ts": posted.ts,
    }
    return told | ({"thread_ts": posted.thread_ts} if posted.thread_ts else {})


def home_opened(person: Person, channel: str, home: View | None, tab: str, ts: str) -> Json:
    told: Json = {"type": "app_home_opened", "user": person.user_id, "channel": channel, "tab": tab, "event_ts": ts}
    return told | ({"view": view_json(home)} if home else {})
