"""What the app asks of Slack: no more than it uses, each with its reason, and in the shape that Slack takes."""

import ast
import re
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft7Validator
from slack_sdk import WebClient

from bot.app import build_app
from bot.manifest import domains_of, events_url, manifest
from relay.cli import main
from relay.cli.slack_doctor import NEEDED
from relay.errors import BadInput
from relay.sandbox.slack.app import METHODS
from relay.settings import load_settings
from tests.bot.conftest import Office
from tests.bot.manifest_rules import COMMANDS, MANIFEST, OF_THE_APP, SCOPES_OF, SCOPES_OF_EVENTS

URL = "https://track.shop.example/slack/events"
FULL = manifest(URL, ["track.shop.example", "www.shop.example"])
MANIFESTS = pytest.mark.parametrize("text", [manifest(), manifest(URL), FULL], ids=["socket", "http", "full"])


@MANIFESTS
def test_it_has_the_shape_that_slack_takes(text: str) -> None:
    assert [error.message for error in Draft7Validator(MANIFEST).iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize(
    "spoilt",
    [
        {"features": {"slash_command": []}},
        {"features": {"shortcuts": [{"name": "x" * 25, "type": "global", "callback_id": "x", "description": "x"}]}},
        {"features": {"shortcuts": [{"name": "x", "type": "modal", "callback_id": "x", "description": "x"}]}},
        {"features": {"unfurl_domains": ["Shop.example"]}},
        {"display_information": {"name": ""}},
        {"settings": {"interactivity": {"request_url": "track.shop.example"}}},
    ],
    ids=["a key", "a name", "a kind", "a domain", "no name", "an address"],
)
def test_what_slack_refuses_is_found(spoilt: Mapping[str, object]) -> None:
    assert list(Draft7Validator(MANIFEST).iter_errors({**yaml.safe_load(FULL), **spoilt}))


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


# -- rights ------------------------------------------------------------------------------------------------------------

WEB_API = re.compile(
    r"(?:apps|auth|chat|conversations|files|pins|reactions|team|usergroups|users|views)(?:\.[a-zA-Z]+)+"
)


def methods_in(source: Path) -> set[str]:
    """Those of Slack's Web API that a file calls, by the library's names or by Slack's."""
    found = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and WEB_API.fullmatch(node.attr.replace("_", ".")):
            found |= {node.attr.replace("_", ".")} if hasattr(WebClient, node.attr) else set()
        elif isinstance(node, ast.Constant) and WEB_API.fullmatch(str(node.value)):
            found.add(str(node.value))
    return found


def methods_used() -> set[str]:
    return {one for file in [*Path("bot").rglob("*.py"), Path("relay/cli/slack_doctor.py")] for one in methods_in(file)}


def rights(text: str) -> tuple[set[str], set[str]]:
    read = yaml.safe_load(text)["oauth_config"]["scopes"]
    return set(read["bot"]), set(read["bot_optional"])


def test_every_method_that_is_called_has_its_right_and_the_pretend_slack_asks_for_the_same() -> None:
    used = methods_used()
    assert used == {*SCOPES_OF, OF_THE_APP}
    asked, _declined = rights(FULL)
    for method in used - {OF_THE_APP}:
        assert not SCOPES_OF[method] or SCOPES_OF[method] & asked, method
        assert SCOPES_OF[method] <= set(METHODS[method].scopes), method
        assert bool(SCOPES_OF[method]) == bool(METHODS[method].scopes), method


@MANIFESTS
def test_every_event_has_its_right(text: str) -> None:
    asked, _declined = rights(text)
    for event in yaml.safe_load(text)["settings"]["event_subscriptions"]["bot_events"]:
        assert SCOPES_OF_EVENTS[event] <= asked, event


@MANIFESTS
def test_no_right_is_asked_for_that_nothing_uses(text: str) -> None:
    asked, _declined = rights(text)
    events = yaml.safe_load(text)["settings"]["event_subscriptions"]["bot_events"]
    used = {COMMANDS}.union(*(SCOPES_OF[one] for one in methods_used() - {OF_THE_APP}))
    assert asked <= used.union(*(SCOPES_OF_EVENTS[event] for event in events))


@MANIFESTS
def test_what_may_be_declined_is_asked_for_as_well_and_nothing_needs_it(text: str) -> None:
    """Slack takes as optional only what stands in the list of all."""
    asked, may_be_declined = rights(text)
    assert may_be_declined <= asked
    assert not may_be_declined & (set(NEEDED) | {"usergroups:read", "links:read", "links:write"})
    assert set(NEEDED) <= asked


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
        f"https://track.shop.example/{'x' * 3000}",
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
        ("https://Track.Shop.example.", "https://www.shop.example/", ["track.shop.example", "www.shop.example"]),
        ("https://loja-açaí.example", "https://my_shop.example", ["xn--loja-aa-zxa9c.example"]),
        ("https://" + "x" * 70 + ".example", "", []),
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
