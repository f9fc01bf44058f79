"""Slack examined live: the token, its rights, the way in, the channels, and who may correct. Nothing is posted."""

from collections.abc import Callable, Iterator
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from relay.cli.finding import Finding
from relay.settings import Settings

#: What the app cannot do without, and for what.
NEEDED = {
    "commands": "/track",
    "chat:write": "answers in threads, watches, the morning list, incidents",
    "app_mentions:read": "mentions in a thread",
    "users:read": "the reader's language, and that guests may not correct",
}
REINSTALL = "Add them at https://api.slack.com/apps under OAuth & Permissions, and reinstall the app"
#: People of the settings that are looked at; more are not worth the wait.
LOOKED_AT = 20


def examine_slack(settings: Settings) -> Iterator[Finding]:
    if not settings.slack_bot_token.get_secret_value():
        return
    from bot.app import open_client  # noqa: PLC0415 - Bolt is loaded where Slack is used, and nowhere else

    client = open_client(settings)
    token, scopes = _token(client, settings)
    yield token
    yield _way_in(client, settings)
    if not token.is_well:
        return
    yield _scopes(scopes, settings)
    yield from _channels(client, settings)
    yield from _who_may_correct(client, settings)


def _asked(subject: str, ask: Callable[[], Finding], remedies: dict[str, str]) -> Finding:
    """What Slack refuses is a finding with the remedy for its word; where nobody answers, that is one."""
    try:
        return ask()
    except SlackApiError as error:
        word = str(error.response.get("error"))
        return Finding(
            is_well=False, subject=subject, finding=f"Slack says {word}", remedy=remedies.get(word, remedies[""])
        )
    except (SlackClientError, HTTPException, OSError) as error:
        remedy = "Let this machine reach https://slack.com (or WISMO_SLACK_API_URL)"
        return Finding(is_well=False, subject=subject, finding=f"no answer ({type(error).__name__})", remedy=remedy)


# -- the token and its rights ------------------------------------------------------------------------------------------


def _token(client: WebClient, settings: Settings) -> tuple[Finding, frozenset[str]]:
    scopes: set[str] = set()

    def ask() -> Finding:
        answer = client.auth_test()
        given = {name.lower(): value for name, value in answer.headers.items()}.get("x-oauth-scopes", "")
        scopes.update(scope.strip() for scope in str(given).split(",") if scope.strip())
        return Finding(
            is_well=True,
            subject="slack token",
            finding=f"the app {answer.get('user')} in the workspace {answer.get('team')}",
        )

    page = "Copy the Bot User OAuth Token (xoxb-…) of the app's page OAuth & Permissions into WISMO_SLACK_BOT_TOKEN"
    if settings.slack_bot_token.get_secret_value().startswith("xapp-"):
        page = "That is an app-level token (xapp-…) and belongs into WISMO_SLACK_APP_TOKEN. " + page
    return _asked("slack token", ask, {"": page}), frozenset(scopes)


def _scopes(given: frozenset[str], settings: Settings) -> Finding:
    needed = set(NEEDED) | ({"usergroups:read"} if settings.slack_override_group else set())
    missing = sorted(needed - given)
    if missing:
        return Finding(is_well=False, subject="slack rights", finding=f"without {', '.join(missing)}", remedy=REINSTALL)
    return Finding(is_well=True, subject="slack rights", finding=", ".join(sorted(given)))


def _way_in(client: WebClient, settings: Settings) -> Finding:
    app_token = settings.slack_app_token.get_secret_value()
    if app_token:
        remedy = "Make an app-level token (xapp-…) with connections:write on the app's page Basic Information"
        return _asked("slack way in", lambda: _socket(client, app_token), {"": remedy})
    if settings.slack_signing_secret.get_secret_value():
        return Finding(
            is_well=True, subject="slack way in", finding=f"Slack calls {settings.public_url}/slack/events (not tested)"
        )
    remedy = "Set WISMO_SLACK_APP_TOKEN (Socket Mode), or WISMO_SLACK_SIGNING_SECRET where Slack can reach this machine"
    return Finding(is_well=False, subject="slack way in", finding="none: /track reaches nobody", remedy=remedy)


def _socket(client: WebClient, app_token: str) -> Finding:
    client.apps_connections_open(app_token=app_token)
    return Finding(is_well=True, subject="slack way in", finding="Socket Mode: Slack lets the app connect")


# -- channels ----------------------------------------------------------------------------------------------------------


def _channels(client: WebClient, settings: Settings) -> Iterator[Finding]:
    if not settings.slack_channel:
        remedy = "Set WISMO_SLACK_CHANNEL to the id of the support team's channel"
        yield Finding(
            is_well=False, subject="slack channel", finding="none: nobody is told of incidents", remedy=remedy
        )
    for name, channel in (("CHANNEL", settings.slack_channel), ("OPS_CHANNEL", settings.slack_ops_channel)):
        if channel:
            yield _channel(client, f"WISMO_SLACK_{name}", channel)


def _channel(client: WebClient, name: str, channel: str) -> Finding:
    invite = "Invite the app there with /invite; the setting takes the channel's id (C…), not its name"

    def ask() -> Finding:
        found: dict[str, Any] = client.conversations_info(channel=channel)["channel"]
        subject, shown = f"slack {name}", f"#{found.get('name', channel)}"
        if found.get("is_archived"):
            return Finding(
                is_well=False, subject=subject, finding=f"{shown} is archived", remedy="Name another channel"
            )
        if not found.get("is_member"):
            return Finding(is_well=False, subject=subject, finding=f"the app is not in {shown}", remedy=invite)
        return Finding(is_well=True, subject=subject, finding=f"the app is in {shown}")

    found = _asked(f"slack {name}", ask, {"": invite})
    if found.finding == "Slack says missing_scope":
        unseen = "not examined: that takes the optional right channels:read or groups:read"
        return Finding(is_well=True, subject=f"slack {name}", finding=unseen)
    return found


# -- who may correct ---------------------------------------------------------------------------------------------------


def _who_may_correct(client: WebClient, settings: Settings) -> Iterator[Finding]:
    users, group = settings.slack_override_users, settings.slack_override_group
    if not users and not group:
        unset = "nobody from Slack (neither WISMO_SLACK_OVERRIDE_USERS nor _OVERRIDE_GROUP is set)"
        yield Finding(is_well=True, subject="slack corrections", finding=unset)
    for user in users[:LOOKED_AT]:
        yield _person(client, "WISMO_SLACK_OVERRIDE_USERS", user)
    if group:
        yield _group(client, group)
    if settings.slack_owner:
        yield _person(client, "WISMO_SLACK_OWNER", settings.slack_owner)


def _person(client: WebClient, name: str, user_id: str) -> Finding:
    remedy = f"Correct it in {name}: it takes a member's id (U…), from their profile's menu"

    def ask() -> Finding:
        user: dict[str, Any] = client.users_info(user=user_id)["user"]
        gone, guest = user.get("deleted"), user.get("is_restricted") or user.get("is_ultra_restricted")
        if gone or guest:
            why = "has left" if gone else "is a guest, and guests may not correct"
            return Finding(is_well=False, subject=f"slack {name}", finding=f"{user_id} {why}", remedy=remedy)
        return Finding(is_well=True, subject=f"slack {name}", finding=f"{user_id} is {user.get('name', 'known')}")

    return _asked(f"slack {name}", ask, {"": remedy, "missing_scope": REINSTALL})


def _group(client: WebClient, group: str) -> Finding:
    subject = "slack WISMO_SLACK_OVERRIDE_GROUP"
    remedies = {
        "": "It takes the id of a user group (S…)",
        "missing_scope": "Add the right usergroups:read, and reinstall the app",
        "plan_upgrade_required": "User groups need a paid plan of Slack: name people in WISMO_SLACK_OVERRIDE_USERS",
    }

    def ask() -> Finding:
        members = client.usergroups_users_list(usergroup=group)["users"]
        return Finding(bool(members), subject, f"{len(members)} people", "Put those who may correct into the group")

    return _asked(subject, ask, remedies)
