"""The calls about who and where: the app itself, people, groups, channels."""

from datetime import datetime
from zoneinfo import ZoneInfo

from relay.sandbox.slack.arguments import Arguments
from relay.sandbox.slack.workspace import BOT_ID, BOT_USER, HOME_TEAM, Json, Person, Refused, Room, Workspace


def auth_test(workspace: Workspace, _given: Arguments) -> Json:
    return {
        "url": workspace.url,
        "team": "Pretend Shop",
        "user": "wismo",
        "team_id": HOME_TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def user_info(workspace: Workspace, given: Arguments) -> Json:
    person = workspace.people.get(given.needed("user"))
    if person is None:
        raise Refused("user_not_found")
    shown = _person_json(person, workspace.now())
    return {"user": shown | {"locale": person.locale} if given.flag("include_locale") else shown}


def _person_json(person: Person, now: datetime) -> Json:
    offset = now.astimezone(ZoneInfo(person.zone)).utcoffset()
    return {
        "id": person.user_id,
        "team_id": person.team_id,
        "name": person.name,
        "real_name": person.name,
        "deleted": person.is_deleted,
        "is_bot": person.is_bot,
        "is_restricted": person.is_guest,
        "is_ultra_restricted": False,
        "is_stranger": person.team_id != HOME_TEAM,
        "tz": person.zone,
        "tz_label": person.zone,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": {"real_name": person.name, "display_name": person.name},
    }


def group_users(workspace: Workspace, given: Arguments) -> Json:
    group = given.needed("usergroup")
    if group not in workspace.groups:
        raise Refused("no_such_subteam")
    return {"users": list(workspace.groups[group])}


def channel_info(workspace: Workspace, given: Arguments) -> Json:
    room = workspace.room(given.needed("channel"))
    if room.is_private and not room.has_app:
        raise Refused("channel_not_found")
    return {"channel": _room_json(room)}


def open_conversation(workspace: Workspace, given: Arguments) -> Json:
    user = given.needed("users").split(",")[0]
    if user not in workspace.people:
        raise Refused("user_not_found")
    return {"channel": {"id": workspace.conversation_with(user).channel_id}}


def _room_json(room: Room) -> Json:
    return {
        "id": room.channel_id,
        "name": room.name,
        "is_channel": not room.is_private,
        "is_private": room.is_private,
        "is_im": room.channel_id.startswith("D"),
        "is_archived": room.is_archived,
        "is_member": room.has_app,
    }
