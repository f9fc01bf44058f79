"""The demo's Slack: one types, presses and fills in as somebody of a pretend workspace, and sees what the app shows."""

import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Flask, Response, make_response, redirect, render_template, request, url_for
from markupsafe import Markup

from relay.sandbox.moments import clock_words
from relay.sandbox.slack import Answer, NotPossible, Posted, PretendSlack, View
from relay.sandbox.slack.charts import drawn_chart
from relay.sandbox.slack.forms import PLACES, SOME_OF, Element, element_at, filled, missing_inputs, untouched
from relay.sandbox.slack.mrkdwn import Eyes, drawn_text, mrkdwn, plain, rich_text
from relay.sandbox.slack.reading import elements_of, options_of
from relay.sandbox.slack.workspace import SUPPORT
from relay.sandbox.slack_looks import HOME, PEOPLE, RIGHTS, look
from relay.sandbox.world import World

LONGEST = 3000
#: What Slack's own window says, before it asks the app.
REQUIRED = "Please complete this required field."
#: How a field of a form is named: its block, this, its action.
BETWEEN = "|"
URL = re.compile(r"https?://\S+")
MENTION = re.compile(r"^@wismo\b\s*", re.IGNORECASE)


def add_slack_page(app: Flask, world: World) -> None:
    slack = world.far.slack
    add_drawing(app)

    @app.get("/slack")
    def show_slack() -> str | Response:
        user, channel = _user(), request.args.get("channel", SUPPORT)
        if channel == HOME and "opened" not in request.args:
            slack.opens_home(user)
            slack.rest()
            return _back_to(user, channel)
        return render_template(
            "slack.html",
            look=look(slack, user, channel, world.now()),
            now=clock_words(world.now(), world.desk.settings.timezone),
            notice=world.slack_notice,
            number=world.shop.orders[-1].number if world.shop.orders else "",
        )

    def acting(act: Callable[[], Answer | None]) -> Response:
        try:
            answer = act()
            slack.rest()
            world.slack_notice = _said_of(answer)
        except NotPossible as fault:
            world.slack_notice = str(fault)
        return _back_to(_user(), request.form.get("channel", SUPPORT))

    @app.post("/slack/write")
    def write() -> Response:
        return acting(lambda: _write(slack, _user()))

    @app.post("/slack/act")
    def act_in_slack() -> Response:
        link = _link_in(slack, _user())
        answer = acting(lambda: _act(slack, _user()))
        return make_response(redirect(link, 303)) if link else answer

    @app.post("/slack/submit")
    def submit() -> Response:
        return acting(lambda: _submit(slack, _user()))

    @app.post("/slack/shortcut")
    def shortcut() -> Response:
        return acting(lambda: _shortcut(slack, _user()))


def add_drawing(app: Flask) -> None:
    """What the templates call by name."""
    app.jinja_env.filters.update(
        text=drawn_text, mrkdwn=mrkdwn, plain=plain, rich=rich_text, chart=drawn_chart, when=_when
    )
    app.jinja_env.globals.update(stands_in=_stands_in, people=PEOPLE, rights=RIGHTS)


def _back_to(user: str, channel: str) -> Response:
    opened = "yes" if channel == HOME else None  # what Home shows after an action is not to be published over
    return make_response(redirect(url_for("show_slack", user=user, channel=channel, opened=opened), 303))


def _user() -> str:
    given = request.values.get("user", "")
    return given if given in PEOPLE else next(iter(PEOPLE))


def _said_of(answer: Answer | None) -> str:
    if answer is None or not answer.refused:
        return ""
    return f"Slack shows an error here: {answer.refused}"


def _write(slack: PretendSlack, user: str) -> Answer | None:
    """What is typed into the line: a command, a mention, a link that is unfurled, or words of people."""
    text = request.form.get("text", "").strip()[:LONGEST]
    channel, thread = request.form.get("channel", SUPPORT), request.form.get("thread_ts", "")
    if not text:
        return None
    if text.startswith("/"):
        if thread:
            raise NotPossible("Slack takes no commands in a thread; mention the app instead: @wismo 1001")
        return slack.command(text, user=user, channel=channel)
    if channel == slack.workspace.conversation_with(user).channel_id:
        return slack.write_to_app(text, user=user)
    if MENTION.match(text):
        return slack.mention(MENTION.sub("", text), user=user, channel=channel, thread_ts=thread)
    link = URL.search(text)
    if link:
        return slack.share_link(link[0], text, user=user, channel=channel, thread_ts=thread)
    slack.say(text, user=user, channel=channel, thread_ts=thread)
    return None


def _pressed() -> tuple[str, str, str | None]:
    """Block, action, and what was chosen of a menu."""
    block_id, action_id, *value = f"{request.form.get('press', '')}{BETWEEN}".split(BETWEEN)[:3]
    return block_id, action_id, value[0] if value and value[0] else None


def _link_in(slack: PretendSlack, user: str) -> str:
    """Where a button or an entry leads that has an address; the app is told of the press all the same."""
    block_id, action_id, value = _pressed()
    try:
        _, element = element_at(_surface(slack, user).blocks, action_id, block_id=block_id)
    except NotPossible:
        return ""
    chosen = next((option for option in options_of(element) if option["value"] == value), element)
    url = str(chosen.get("url", ""))
    return url if url.startswith(("https://", "http://")) else ""


def _act(slack: PretendSlack, user: str) -> Answer:
    surface, zone = _surface(slack, user), slack.workspace.people[user].zone
    block_id, action_id, value = _pressed()
    block, element = element_at(surface.blocks, action_id, block_id=block_id)
    _keep_typed(surface, zone)
    if element["type"] == "button":
        return slack.press(surface, action_id, user=user, block_id=block_id)
    chosen = value if value is not None else _given(block, element, zone)
    return slack.choose(surface, action_id, chosen, user=user, block_id=block_id)


def _submit(slack: PretendSlack, user: str) -> Answer | None:
    view = slack.modal(user)
    if view is None or view.view_id != request.form.get("view"):
        raise NotPossible("this window is no longer open")
    if "close" in request.form:
        return slack.close(view)
    _keep_typed(view, slack.workspace.people[user].zone)
    view.errors = dict.fromkeys(missing_inputs(view.blocks, view.typed), REQUIRED)
    return None if view.errors else slack.submit(view)


def _shortcut(slack: PretendSlack, user: str) -> Answer:
    ts = request.form.get("message", "")
    if not ts:
        return slack.shortcut(request.form.get("shortcut", ""), user=user)
    surface = slack.workspace.message(request.form.get("channel", SUPPORT), ts)
    return slack.message_shortcut(request.form.get("shortcut", ""), surface, user=user)


def _surface(slack: PretendSlack, user: str) -> Posted | View:
    ts, view_id = request.form.get("message", ""), request.form.get("view", "")
    for view in (slack.modal(user), slack.home(user)):
        if view is not None and view.view_id == view_id:
            return view
    for posted in slack.messages:
        if posted.ts == ts and posted.only_for in {"", user}:
            return posted
    raise NotPossible("what you pressed is no longer there")


def _keep_typed(surface: Posted | View, zone: str) -> None:
    """All that stands in the form, pressed or not."""
    for block, element in elements_of(surface.blocks):
        name = f"{block['block_id']}{BETWEEN}{element.get('action_id')}"
        if name in request.form or f"{name}{BETWEEN}" in request.form:
            surface.typed[block["block_id"], element["action_id"]] = filled(element, _given(block, element, zone))


def _given(block: Element, element: Element, zone: str) -> object:
    name = f"{block['block_id']}{BETWEEN}{element['action_id']}"
    if element["type"] in SOME_OF:
        return request.form.getlist(name)
    text = request.form.get(name, "").strip()
    if element["type"] == "datetimepicker" and text:
        return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())
    return text or None


def _stands_in(surface: Posted | View, block: Element, element: Element, eyes: Eyes) -> object:
    """What a field holds: a text, a value, or several."""
    state = surface.typed.get((block["block_id"], element["action_id"])) or untouched(element)
    held = state[PLACES[element["type"]][0]]
    if isinstance(held, dict):
        return held["value"]
    if isinstance(held, int):
        return f"{datetime.fromtimestamp(held, ZoneInfo(eyes.zone)):%Y-%m-%dT%H:%M}"
    return [option["value"] for option in held] if isinstance(held, list) else held


def _when(ts: str, eyes: Eyes) -> Markup:
    return mrkdwn(f"<!date^{ts.partition('.')[0]}^{{date_short_pretty}} {{time}}|{ts}>", eyes)
