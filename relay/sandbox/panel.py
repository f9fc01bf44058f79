"""The demo's own pages: the story in five steps, what Wismo knows, the mailbox, and Slack."""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from flask import Flask, Response, abort, make_response, redirect, render_template, request, url_for

from relay.desk.asking import check_now
from relay.errors import BadInput, WismoError
from relay.sandbox.faults import ANSWER_EFFECTS, PUSH_EFFECTS, VTEX_EFFECTS, AnswerFault, PushFault, VtexFault
from relay.sandbox.journeys import Journey
from relay.sandbox.looks import look
from relay.sandbox.mailbox import Mail
from relay.sandbox.moments import ago, clock_words
from relay.sandbox.shop import LANGUAGES
from relay.sandbox.slack_page import add_slack_page
from relay.sandbox.vtex import Route
from relay.sandbox.world import World

Fault = TypeVar("Fault", bound=StrEnum)

STEPS = {10: "+10 minutes", 60: "+1 hour", 360: "+6 hours", 1440: "+1 day"}
LONGEST_STEP = 60 * 24 * 30
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
WORKS_AGAIN = "All works as it should. Step the clock: Wismo goes on by itself, within 6 hours at the latest."
#: A mail is shown as a mail program would: no script, nothing from elsewhere but the demo's own relay.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data: {relay}; form-action 'none'; frame-ancestors 'self'"
)
#: So that a link in a mail opens a page of its own: the customer's page lets nobody frame it.
OPEN_BESIDE = '<base target="_blank">'


def panel_app(world: World) -> Flask:
    app = Flask(__name__)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        languages=LANGUAGES,
        journeys=list(Journey),
        steps=STEPS,
        push_effects=PUSH_EFFECTS,
        answer_effects=ANSWER_EFFECTS,
        vtex_effects=VTEX_EFFECTS,
    )
    app.after_request(_guard)
    _add_front_page(app, world)
    _add_actions(app, world)
    _add_mailbox(app, world)
    add_slack_page(app, world)
    return app


def _guard(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _add_front_page(app: Flask, world: World) -> None:
    @app.get("/")
    def front() -> str:
        return render_template(
            "panel.html",
            look=look(world),
            carrier=world.far.carrier,
            shop=world.shop,
            notice=world.notice,
        )


def _add_actions(app: Flask, world: World) -> None:
    """Each does one thing and leads back to the front page, which says what came of it."""

    def acting(act: Callable[[], str]) -> Response:
        try:
            world.notice = act()
        except WismoError as fault:
            world.notice = str(fault)
        return make_response(redirect(url_for("front"), 303))

    @app.post("/orders")
    def order() -> Response:
        return acting(lambda: _order(world))

    @app.post("/steps")
    def step() -> Response:
        return acting(lambda: _step(world))

    @app.post("/faults")
    def fault() -> Response:
        return acting(lambda: _fault(world))

    @app.post("/checks")
    def check() -> Response:
        return acting(lambda: _check(world))

    @app.post("/admin")
    def finish() -> Response:
        return acting(lambda: _mark_delivered(world))


def _order(world: World) -> str:
    name = request.form.get("name", "").strip() or "Ana"
    locale, journey = request.form.get("locale", ""), request.form.get("journey", "")
    if locale not in LANGUAGES:
        raise BadInput("locale", f"{locale!r} is no language of the demo", f"Use one of: {', '.join(LANGUAGES)}")
    if journey not in list(Journey):
        raise BadInput("journey", f"{journey!r} is no story of the demo", f"Use one of: {', '.join(Journey)}")
    ordered = world.place_order(name[:60], locale, Journey(journey))
    heard = "and Wismo knows of it" if world.parcel(ordered) else "and Wismo has not heard of it"
    return f"Order {ordered.number} is packed, {heard}."


def _step(world: World) -> str:
    wanted = request.form.get("minutes", "")
    if wanted == "until-delivered":
        return _what_came_of(world, world.step_until_delivered)
    if not (wanted.isascii() and wanted.isdigit() and 0 < int(wanted) <= LONGEST_STEP):
        raise BadInput("minutes", f"{wanted[:20]!r} is no step", f"Use 1 to {LONGEST_STEP}, or until-delivered")
    return _what_came_of(world, lambda: world.step(timedelta(minutes=int(wanted))))


def _what_came_of(world: World, act: Callable[[], None]) -> str:
    far, before, mails = world.far, world.now(), len(world.far.mailbox.mails)
    writings = len(far.vtex.calls.of(Route.TRACKING))
    act()
    said = [said for said in far.carrier.said if said.at >= before]
    pushes = sum(one.is_push for one in said)
    counts = {
        ("push", "pushes"): pushes,
        ("question", "questions"): len(said) - pushes,
        ("mail", "mails"): len(far.mailbox.mails) - mails,
        ("word to the shop", "words to the shop"): len(far.vtex.calls.of(Route.TRACKING)) - writings,
    }
    told = ", ".join(f"{count} {names[count != 1]}" for names, count in counts.items() if count)
    return f"It is {clock_words(world.now(), world.desk.settings.timezone)}. Meanwhile: {told or 'nothing at all'}."


def _fault(world: World) -> str:
    carrier, shop = world.far.carrier, world.shop
    push = _chosen("push", PushFault, carrier.push_fault)
    answer = _chosen("answer", AnswerFault, carrier.answer_fault)
    shop_fault = _chosen("shop", VtexFault, shop.fault)
    carrier.push_fault, carrier.answer_fault = push, answer
    shop.fail(shop_fault)
    told = []
    if push is not PushFault.NONE:
        told.append(f"{push}: {PUSH_EFFECTS[push]}")
    if answer is not AnswerFault.NONE:
        told.append(f"{answer}: {ANSWER_EFFECTS[answer]}")
    if shop_fault is not VtexFault.NONE:
        told.append(f"{shop_fault}: {VTEX_EFFECTS[shop_fault]}")
    return " ".join(told) or WORKS_AGAIN


def _chosen(name: str, faults: type[Fault], present: Fault) -> Fault:
    given = request.form.get(name, present)
    if given not in list(faults):
        raise BadInput(name, f"‘{given[:60]}’ is unknown", "Choose from the lists")
    return faults(given)


def _check(world: World) -> str:
    shipment, asker = check_now(world.desk, request.form.get("order", ""), None, world.now())
    world.settle("poll", "outbox", "shop writer")
    return f"{asker.carrier.label} was asked about {shipment['tracking_number']}."


def _mark_delivered(world: World) -> str:
    ordered = world.shop.mark_delivered(request.form.get("order", ""))
    return (
        f"Somebody set order {ordered.number} to delivered in the shop’s Admin. The shop tells nobody of that: Wismo "
        "sees it with the parcel’s next news, or the next night."
    )


# -- the mailbox -------------------------------------------------------------------------------------------------------


def _add_mailbox(app: Flask, world: World) -> None:
    mailbox = world.far.mailbox

    def mail_numbered(number: int) -> Mail:
        if not 0 < number <= len(mailbox.mails):
            abort(404)
        return mailbox.mails[number - 1]

    @app.get("/mail")
    @app.get("/mail/<int:number>")
    def show_mail(number: int = 0) -> str:
        mails = mailbox.mails[::-1]
        chosen = mail_numbered(number) if number else next(iter(mails), None)
        lines = [(mail, ago(world.now() - mail.taken_at)) for mail in mails]
        now = clock_words(world.now(), world.desk.settings.timezone)
        return render_template("mailbox.html", lines=lines, chosen=chosen, is_newest=not number, now=now)

    @app.get("/mail/<int:number>/html")
    def show_html(number: int) -> Response:
        head, tag, rest = mail_numbered(number).html.partition("<head>")
        response = make_response(f"{head}{tag}{OPEN_BESIDE}{rest}" if tag else OPEN_BESIDE + head)
        response.headers["Content-Security-Policy"] = MAIL_POLICY.format(relay=world.desk.settings.public_url)
        return response
