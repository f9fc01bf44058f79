"""The customer's page: the state in a sentence, the timeline, when somebody last looked. No script, no tracker."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, make_response, render_template, request

from relay.mail import readable_on, safe_color, safe_url, words
from relay.model import Brand, ParcelView

LANGUAGES = {"pt-BR": "Português", "es": "Español", "en": "English"}
POLICY = "default-src 'none'; style-src 'self'; img-src https: http:; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True, slots=True)
class PageView:
    """What the page shows of one order."""

    order_label: str
    parcels: Sequence[ParcelView]
    locale: str


def page_blueprint(
    look_up: Callable[[str], PageView | None],
    brand: Brand,
    *,
    timezone: str,
    now: Callable[[], datetime],
    default_locale: str,
) -> Blueprint:
    blueprint = Blueprint("page", __name__, template_folder="templates")

    @blueprint.get("/t/<token>")
    def show_page(token: str) -> Response:
        view = look_up(token)
        locale = _chosen_locale(view.locale if view else default_locale, is_known=view is not None)
        today = now().astimezone(ZoneInfo(timezone)).date()
        body = render_template(
            "page.html",
            view=view,
            brand=brand,
            logo_url=safe_url(brand.logo_url),
            support_url=safe_url(brand.support_url),
            locale=locale,
            languages=LANGUAGES,
            timezone=timezone,
            today=today,
            words=words,
            _=words.say(locale),
        )
        return _guarded(make_response(body, 200 if view else 404))

    @blueprint.get("/t/style.css")
    def style() -> Response:
        color = safe_color(brand.color)
        body = render_template("page.css", color=color, text_color=readable_on(color))
        response = make_response(body)
        response.headers["Content-Type"] = "text/css; charset=utf-8"
        response.headers["Cache-Control"] = "public, max-age=3600"
        return response

    return blueprint


def _chosen_locale(known: str, *, is_known: bool) -> str:
    """The language asked for, else the order's, else what the reader's browser prefers."""
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        return asked
    if is_known:
        return known
    return request.accept_languages.best_match(list(LANGUAGES)) or known


def _guarded(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
