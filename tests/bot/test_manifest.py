"""What the app asks of Slack: no more than it uses, each with its reason, and in the shape that Slack takes."""

import re
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from bot.app import build_app
from bot.manifest import domains_of, events_url, manifest
from relay.cli import main
from relay.errors import BadInput
from relay.sandbox.slack.app import METHODS
from relay.settings import load_settings
from tests.bot.conftest import Office

URL = "https://track.shop.example/slack/events"
FULL = manifest(URL, ["track.shop.example", "www.shop.example"])
#: The keys of Slack's published schema, version 2, of which it refuses others; ``*``: a list of such.
SCHEMA: Mapping[str, Any] = {
    "_metadata": {"major_version": int, "minor_version": int},
    "display_information": {"name": str, "description": str, "background_color": str, "long_description": str},
    "features": {
        "app_home": {
            "home_tab_enabled": bool,
            "messages_tab_enabled": bool,
            "messages_tab_read_only_enabled": bool,
        },
        "bot_user": {"display_name": str, "always_online": bool},
        "slash_commands": [{"command": str, "description": str, "url": str, "usage_hint": str, "should_escape": bool}],
        "shortcuts": [{"name": str, "type": str, "callback_id": str, "description": str}],
        "unfurl_domains": [str],
    },
    "oauth_config": {"redirect_urls": [str], "scopes": {"bot": [str], "bot_optional": [str]}},
    "settings": {
        "event_subscriptions": {"request_url": str, "bot_events": [str]},
        "interactivity": {"is_enabled": bool, "request_url": str, "message_menu_options_url": str},
        "org_deploy_enabled": bool,
        "socket_mode_enabled": bool,
        "token_rotation_enabled": bool,
    },
}
MANIFESTS = pytest.mark.parametrize("text", [manifest(), manifest(URL), FULL], ids=["socket", "http", "full"])


def check(value: object, schema: Any, at: str = "") -> None:  # noqa: ANN401 - a schema is anything
    if isinstance(schema, dict):
        assert isinstance(value, dict), at
        assert not value.keys() - schema.keys(), at
        for name, part in value.items():
            check(part, schema[name], f"{at}.{name}")
    elif isinstance(schema, list):
        assert isinstance(value, list), at
        assert value, at
        for part in value:
            check(part, schema[0], at)
    else:
        assert type(value) is schema, at


@MANIFESTS
def test_it_has_the_shape_that_slack_takes(text: str) -> None:
    read = yaml.safe_load(text)
    check(read, SCHEMA)
    assert len(read["display_information"]["name"]) <= 35
    assert len(read["display_information"]["description"]) <= 140
    assert all(len(one["name"]) <= 24 for one in read["features"]["shortcuts"])
    assert all(len(one["description"]) <= 150 for one in read["features"]["shortcuts"])


@MANIFESTS
def test_each_right_has_its_reason(text: str) -> None:
    rights = re.findall(
        r"^ {6}- ([a-z_.]+:?[a-z.]*)(.*)$", text.partition("scopes:")[2].partition("settings:")[0], re.MULTILINE
    )
    assert len(rights) >= 7
    assert all(reason.strip().startswith("# ") and len(reason.strip()) > 8 for _, reason in rights)


def test_the_file_beside_the_readme_is_what_the_command_prints() -> None:
    assert Path("app_manifest.yml").read_text(encoding="utf-8") == manifest()


def test_over_http_slack_is_told_where_to_call_and_by_socket_mode_it_is_not() -> None:
    read, plain = yaml.safe_load(FULL), yaml.safe_load(manifest())
    assert read["features"]["slash_commands"][0]["url"] == URL
    assert read["settings"]["event_subscriptions"]["request_url"] == URL
    assert read["settings"]["interactivity"]["request_url"] == URL
    assert (read["settings"]["socket_mode_enabled"], plain["settings"]["socket_mode_enabled"]) == (False, True)
    assert "url:" not in manifest()


def test_previews_are_asked_for_only_with_domains_of_which_slack_takes_five() -> None:
    assert "links:" not in manifest()
    assert "link_shared" not in manifest()
    read = yaml.safe_load(manifest(domains=[f"d{number}.example" for number in range(9)]))
    assert len(read["features"]["unfurl_domains"]) == 5
    assert {"links:read", "links:write"} <= set(read["oauth_config"]["scopes"]["bot"])


def test_what_it_names_is_listened_to(office: Office) -> None:
    app, read = build_app(office.bot), yaml.safe_load(FULL)
    named = [
        *(one["command"] for one in read["features"]["slash_commands"]),
        *(one["callback_id"] for one in read["features"]["shortcuts"]),
        *read["settings"]["event_subscriptions"]["bot_events"],
    ]
    answers = [
        *(office.slack.command(one["command"]) for one in read["features"]["slash_commands"]),
        *(
            office.slack.shortcut(one["callback_id"])
            for one in read["features"]["shortcuts"]
            if one["type"] == "global"
        ),
    ]
    assert not [answer for answer in answers if answer.refused]
    assert len(named) == 6
    app.listener_runner.listener_executor.shutdown()


def test_no_right_is_asked_for_that_nothing_uses() -> None:
    read = yaml.safe_load(FULL)["oauth_config"]["scopes"]
    by_events = {"app_mentions:read", "links:read", "commands"}
    by_calls = {scope for method in METHODS.values() for scope in method.scopes}
    assert {*read["bot"], *read["bot_optional"]} <= by_events | by_calls


# -- where Slack calls, and whose links it previews --------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    ["https://track.shop.example", "https://track.shop.example/", f"{URL}", "https://track.shop.example/slack/events/"],
)
def test_the_address_is_completed(given: str) -> None:
    assert events_url(given) == URL


@pytest.mark.parametrize(
    "given",
    [
        "http://track.shop.example",
        "track.shop.example",
        "https://",
        "https://x.example\nevil: yes",
        'https://x"y',
        "https://a b.example",
    ],
)
def test_an_address_that_slack_cannot_call_is_refused(given: str) -> None:
    with pytest.raises(BadInput, match="https"):
        events_url(given)


@pytest.mark.parametrize(
    ("public", "shop", "domains"),
    [
        ("https://track.shop.example", "https://www.shop.example/loja", ["track.shop.example", "www.shop.example"]),
        ("http://127.0.0.1:8080", "", []),
        ("http://localhost:8080", "https://www.shop.example", ["www.shop.example"]),
        ("https://[2001:db8::1]", "", []),
    ],
)
def test_previews_are_of_addresses_that_others_reach(public: str, shop: str, domains: list[str]) -> None:
    given = {"WISMO_PUBLIC_URL": public, "WISMO_SHOP_URL": shop}
    assert domains_of(load_settings(given, env_file=None)) == domains


def test_the_command_prints_it(tmp_path: Path) -> None:
    with chdir(tmp_path):
        printed = CliRunner().invoke(main, ["slack", "manifest"], env={"WISMO_PUBLIC_URL": "http://127.0.0.1:8080"})
        full = CliRunner().invoke(
            main,
            ["slack", "manifest", "--url", URL],
            env={"WISMO_PUBLIC_URL": "https://track.shop.example", "WISMO_SHOP_URL": "https://www.shop.example"},
        )
        wrong = CliRunner().invoke(main, ["slack", "manifest", "--url", "http://track.shop.example"])
    assert (printed.exit_code, printed.output) == (0, manifest())
    assert full.output == FULL
    assert (wrong.exit_code, "https address" in wrong.output) == (2, True)
