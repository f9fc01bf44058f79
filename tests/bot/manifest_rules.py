"""What Slack takes as a manifest, of the keys that ours has: as its published schema, version 2, states it.

Slack refuses every other key. It looks at the names of scopes and events only when the app is made, so those are here
too, with what each is for.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

Rule = dict[str, Any]

#: What a host must look like for its links to be previewed.
DOMAIN: Final = r"^(?![\.\-])([-a-z0-9\.])+([a-z0-9])$"
ADDRESS: Final = r"^https?:\/\/"
FLAG: Final[Rule] = {"type": "boolean"}
COUNT: Final[Rule] = {"type": "integer"}


def words(most: int, least: int = 1) -> Rule:
    return {"type": "string", "minLength": least, "maxLength": most}


def address(most: int) -> Rule:
    return {"type": "string", "pattern": ADDRESS, "maxLength": most}


def group(keys: Mapping[str, Rule], required: Sequence[str] = ()) -> Rule:
    return {"type": "object", "properties": dict(keys), "required": list(required), "additionalProperties": False}


def several(of: Rule, most: int, least: int = 1) -> Rule:
    return {"type": "array", "items": of, "minItems": least, "maxItems": most, "uniqueItems": True}


COMMAND: Final = group(
    {
        "command": {**words(32, 2), "pattern": "^/"},
        "description": words(2000),
        "usage_hint": words(1000),
        "should_escape": FLAG,
        "url": address(3000),
    },
    ["command", "description"],
)
SHORTCUT: Final = group(
    {
        "name": words(24),
        "type": {"enum": ["message", "global"]},
        "callback_id": words(255),
        "description": words(150),
    },
    ["name", "type", "callback_id", "description"],
)
FEATURES: Final = group(
    {
        "app_home": group(
            {"home_tab_enabled": FLAG, "messages_tab_enabled": FLAG, "messages_tab_read_only_enabled": FLAG}
        ),
        "bot_user": group({"display_name": words(80), "always_online": FLAG}, ["display_name"]),
        "slash_commands": several(COMMAND, 50),
        "shortcuts": several(SHORTCUT, 10),
        "unfurl_domains": several({**words(255), "pattern": DOMAIN}, 5),
    }
)
SETTINGS: Final = group(
    {
        "event_subscriptions": group({"request_url": address(3500), "bot_events": several(words(50), 100)}),
        "interactivity": group(
            {"is_enabled": FLAG, "request_url": address(3500), "message_menu_options_url": address(3500)},
            ["is_enabled"],
        ),
        "org_deploy_enabled": FLAG,
        "socket_mode_enabled": FLAG,
        "token_rotation_enabled": FLAG,
    }
)
MANIFEST: Final = group(
    {
        "_metadata": group({"major_version": {"const": 2}, "minor_version": COUNT}),
        "display_information": group(
            {
                "name": words(35),
                "description": words(140),
                "background_color": {**words(7, 4), "pattern": "^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$"},
            },
            ["name"],
        ),
        "features": FEATURES,
        "oauth_config": group(
            {"scopes": group({"bot": several(words(50), 255), "bot_optional": several(words(50), 255)})}
        ),
        "settings": SETTINGS,
    },
    ["display_information"],
)

#: By the method of the Web API: any one of these will do; none: any token of a bot's will.
SCOPES_OF: Final[Mapping[str, frozenset[str]]] = {
    "auth.test": frozenset(),
    "chat.getPermalink": frozenset(),
    "chat.postEphemeral": frozenset({"chat:write"}),
    "chat.postMessage": frozenset({"chat:write"}),
    "chat.unfurl": frozenset({"links:write"}),
    "chat.update": frozenset({"chat:write"}),
    "conversations.info": frozenset({"channels:read", "groups:read"}),
    "files.completeUploadExternal": frozenset({"files:write"}),
    "files.getUploadURLExternal": frozenset({"files:write"}),
    "usergroups.users.list": frozenset({"usergroups:read"}),
    "users.info": frozenset({"users:read"}),
    "views.open": frozenset(),
    "views.publish": frozenset(),
    "views.push": frozenset(),
    "views.update": frozenset(),
}
#: It takes the token of the app, and no right of the bot's.
OF_THE_APP: Final = "apps.connections.open"
#: By what Slack sends.
SCOPES_OF_EVENTS: Final[Mapping[str, frozenset[str]]] = {
    "app_home_opened": frozenset(),
    "app_mention": frozenset({"app_mentions:read"}),
    "link_shared": frozenset({"links:read"}),
}
#: Of commands and shortcuts.
COMMANDS: Final = "commands"
