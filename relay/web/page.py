"""The customer's page: the state in a sentence, the timeline, when somebody last looked. No script, no tracker."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from flask import Blueprint, Response, make_response, render_template, request

from relay.errors import Unavailable
from relay.mail import words
from relay.mail.outside import one_line, readable_on, safe_color, safe_url
from relay.model import Brand, ParcelView

log = structlog.get_logger()

LANGUAGES = {"pt-BR": "Português", "es": "Español", "en": "English"}
POLICY = (
    "default-src 'none'; style-src 'self'; img-src https: http:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
#: What may be looked up; anything else is no page of ours, and never reaches the database.
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True, slots=True)
class PageView:
    """What the page shows of one order."""

    order_id: str  #: what the customer knows the order by
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
    blueprint.add_app_template_filter(one_line)

    # Everything under /t/ is a customer's: a link that was cut or grew in a mail program ends on words, not on JSON.
    @blueprint.get("/t/", defaults={"token": ""})
    @blueprint.get("/t/<token>")  # a path takes slashes, but no line breaks
    @blueprint.get("/t/<path:token>")
    def show_page(token: str) -> Response:
        view = look_up(token) if TOKEN.fullmatch(token) else None
        if view is None:
            return _notice(brand, _chosen_locale(default_locale), 404)
        locale = _asked_locale() or view.locale
        body = render_template(
            "page.html",
            **_frame(brand, locale),
            order=words.order_name([view.order_id], brand.order_label, locale),
            parcels=view.parcels,
            locale=locale,
            timezone=timezone,
            now=now(),
            words=words,
        )
        return _guarded(make_response(body))

    @blueprint.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        if isinstance(error, Unavailable):
            response = _notice(brand, _chosen_locale(default_locale), 503)
            response.headers["Retry-After"] = str(error.retry_after_s)
            return response
        log.error("crash", exc_info=error)
        return _notice(brand, _chosen_locale(default_locale), 500)

    @blueprint.get("/t/style.css")
    def style() -> Response:
        color = safe_color(brand.color)
        body = render_template("page.css", color=color, text_color=readable_on(color))
        response = make_response(body)
        response.headers["Content-Type"] = "text/css; charset=utf-8"
        response.headers["Cache-Control"] = "public, max-age=3600"
        return response

    return blueprint


def _notice(brand: Brand, locale: str, status: int) -> Response:
    """What the page says where there is nothing to show, and what to do then."""
    _ = words.say(locale)
    notice, advice = _("This page cannot be shown at the moment."), _("Please try again in a few minutes.")
    if status == 404:  # noqa: PLR2004 - the status itself
        notice, advice = _("This page does not exist."), _("Check the link in your mail, or ask the shop.")
    body = render_template("notice.html", **_frame(brand, locale), notice=notice, advice=advice)
    return _guarded(make_response(body, status))


def _frame(brand: Brand, locale: str) -> Mapping[str, object]:
    """What surrounds every page."""
    return {
        "_": words.say(locale),
        "lang": words.language(locale),
        "languages": LANGUAGES,
        "brand": brand,
        "logo_url": safe_url(brand.logo_url),
        "shop_url": safe_url(brand.shop_url),
        "support_url": safe_url(brand.support_url),
        "depth": request.path.count("/") - 2,
    }


def _asked_locale() -> str:
    asked = request.args.get("lang", "")
    return asked if asked in LANGUAGES else ""


def _chosen_locale(default: str) -> str:
    """For a reader whom we do not know: the language asked for, else what the browser prefers."""
    return _asked_locale() or request.accept_languages.best_match(list(LANGUAGES)) or default


def _guarded(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
