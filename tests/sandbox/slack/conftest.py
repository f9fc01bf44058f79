"""A pretend Slack whose clock a test moves, a client with its token, and a small Bolt app that people can use."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, Response, request
from slack_bolt import App
from slack_bolt.adapter.flask import SlackRequestHandler
from slack_sdk import WebClient

from relay.sandbox.serving import LOOPBACK, served
from relay.sandbox.slack import SUPPORT, PretendSlack, open_slack
from tests.sandbox.vtex.conftest import Hours

Bag = dict[str, Any]


def plain(text: str) -> Bag:
    return {"type": "plain_text", "text": text}


def section(text: str = "*1001* is on its way") -> Bag:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(action_id: str = "card.override", text: str = "Override") -> Bag:
    return {"type": "button", "action_id": action_id, "text": plain(text), "value": '{"o":"1001"}'}


def menu() -> Bag:
    options = [{"text": plain("Why"), "value": "why"}, {"text": plain("Share"), "value": "share"}]
    return {"type": "overflow", "action_id": "card.more", "options": options}


def actions(*elements: Bag) -> Bag:
    return {"type": "actions", "elements": list(elements)}


def reason(**more: object) -> Bag:
    element = {"type": "plain_text_input", "action_id": "reason", "max_length": 40}
    return {"type": "input", "block_id": "reason", "label": plain("Why?"), "element": element, **more}


def status(**more: object) -> Bag:
    options = [{"text": plain(one), "value": one} for one in ("delivered", "returned")]
    element = {"type": "static_select", "action_id": "status", "options": options}
    return {"type": "input", "block_id": "status", "label": plain("Status"), "element": element, **more}


def modal(*blocks: Bag, title: str = "Override", **more: object) -> Bag:
    chosen = list(blocks) or [reason(), status()]
    shown = {"type": "modal", "callback_id": "override.submit", "title": plain(title), "blocks": chosen, **more}
    return shown if "submit" in more else shown | {"submit": plain("Save")}


CARD = [section(), actions(button(), menu())]


def bolt_app(slack: PretendSlack) -> App:
    """Does one of everything."""
    app = App(client=WebClient(token=slack.token, base_url=slack.api_url), signing_secret=slack.signing_secret)
    _add_card(app)
    _add_modal(app)
    _add_events(app)
    _add_shortcuts(app)
    return app


def _add_card(app: App) -> None:
    @app.command("/track")
    def track(ack: Callable[..., None], command: Bag) -> None:
        ack(text=f"about {command['text']}", blocks=CARD)

    @app.action("card.override")
    def override(ack: Callable[..., None], body: Bag, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=modal())

    @app.action("card.more")
    def more(ack: Callable[..., None], action: Bag, respond: Callable[..., None]) -> None:
        ack()
        respond(text=f"chosen: {action['selected_option']['value']}", replace_original=True)


def _add_modal(app: App) -> None:
    @app.view("override.submit")
    def submit(ack: Callable[..., None], view: Bag, client: WebClient) -> None:
        given = view["state"]["values"]["reason"]["reason"]["value"]
        match given:
            case "short":
                ack(response_action="errors", errors={"reason": "Say more"})
            case "ask":
                ack(response_action="push", view=modal(section("Sure?"), title="Sure?"))
            case "wait":
                ack(response_action="update", view=modal(reason(), section("Saving"), title="Saving"))
            case "wrong":
                ack(response_action="errors", errors={"nowhere": "This stands at no input"})
            case _:
                ack()
                client.chat_postMessage(channel=SUPPORT, text=f"overridden: {given}")


def _add_events(app: App) -> None:
    @app.event("app_home_opened")
    def home(event: Bag, client: WebClient) -> None:
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section("Welcome")]})

    @app.event("app_mention")
    def mention(event: Bag, say: Callable[..., None]) -> None:
        say(text=f"heard {event['text']}", thread_ts=event["ts"])

    @app.event("link_shared")
    def link(event: Bag, client: WebClient) -> None:
        unfurls = {event["links"][0]["url"]: {"blocks": [section()]}}
        client.chat_unfurl(channel=event["channel"], ts=event["message_ts"], unfurls=unfurls)


def _add_shortcuts(app: App) -> None:
    @app.shortcut("track.global")
    def anywhere(ack: Callable[..., None], body: Bag, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=modal())

    @app.shortcut("track.message")
    def on_message(ack: Callable[..., None], body: Bag, respond: Callable[..., None]) -> None:
        ack()
        respond(text=f"found in: {body['message']['text']}")


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def slack(hours: Hours) -> Iterator[PretendSlack]:
    with open_slack(hours.now) as opened:
        yield opened


@pytest.fixture
def client(slack: PretendSlack) -> WebClient:
    return WebClient(token=slack.token, base_url=slack.api_url)


@pytest.fixture
def running(slack: PretendSlack) -> Iterator[App]:
    """The app, over HTTP."""
    app, site = bolt_app(slack), Flask("site")
    handler = SlackRequestHandler(app)

    @site.post("/slack/events")
    def take() -> Response:
        answer: Response = handler.handle(request)
        return answer

    with served(site) as port:
        slack.sender.events_url = f"http://{LOOPBACK}:{port}/slack/events"
        yield app
        app.listener_runner.listener_executor.shutdown()
