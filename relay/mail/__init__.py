"""The words and look of each mail: the present state of one or more parcels, as text and HTML.

words      a parcel's state and dates, in the customer's language; the page uses them too
locale/    the catalogues   templates/  the mail as text and as MJML
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import mrml
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from relay.mail import words
from relay.model import Brand, MailView, ParcelView

if TYPE_CHECKING:
    from collections.abc import Mapping

SUBJECT_LIMIT = 140
#: Below it, sRGB is linear (WCAG 2.2, relative luminance).
SRGB_KNEE = 0.04045


@dataclass(frozen=True, slots=True)
class RenderedMail:
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Block:
    """One parcel's part of a mail."""

    sentence: str
    expected: str
    delivered: str
    parcel: ParcelView
    latest: str


def render(view: MailView, brand: Brand, *, timezone: str, now: datetime) -> RenderedMail:
    """The mail that tells the present truth of ``view``; ``now`` decides what is late."""
    locale = view.locale
    context: Mapping[str, object] = {
        "_": words.say(locale),
        "lang": words.catalogue_of(locale).replace("_", "-"),
        "brand": brand,
        "color": safe_color(brand.color),
        "text_color": readable_on(safe_color(brand.color)),
        "logo_url": safe_url(brand.logo_url),
        "support": brand.support_email or safe_url(brand.support_url),
        "name": one_line(view.customer_name, 60),
        "orders": ", ".join(one_line(order, 60) for order in view.order_ids),
        "blocks": [_block(parcel, locale, timezone, now) for parcel in view.parcels],
        "page_url": view.parcels[0].page_url,
    }
    return RenderedMail(
        subject=_subject(view),
        text=_templates().get_template("mail.txt").render(context),
        html=str(mrml.to_html(_templates().get_template("mail.mjml").render(context)).content),
    )


def _subject(view: MailView) -> str:
    newest = max(view.parcels, key=lambda parcel: parcel.status.rank)
    label = words.label(newest.status, view.locale)
    order = words.say(view.locale)("Order %(order)s") % {"order": ", ".join(view.order_ids)}
    return one_line(f"{label}: {order}", SUBJECT_LIMIT)


def _block(parcel: ParcelView, locale: str, timezone: str, now: datetime) -> Block:
    latest = parcel.events[-1] if parcel.events else None
    place = one_line(latest.place, 80) if latest else ""
    return Block(
        sentence=words.sentence(parcel, locale),
        expected=words.expected(parcel, locale, now.astimezone(ZoneInfo(timezone)).date()),
        delivered=words.delivered(parcel, locale, timezone),
        parcel=parcel,
        latest=f"{words.event_moment(latest, locale, timezone)} {place}".strip() if latest else "",
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("relay.mail"),
        autoescape=select_autoescape(["mjml"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


# -- what comes from outside -------------------------------------------------------------------------------------------


def one_line(text: str, limit: int) -> str:
    """Outside text for one line: no control characters, no invisible direction marks, not too long."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    plain = " ".join(plain.split())
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def safe_url(url: str) -> str:
    return url if url.startswith(("https://", "http://")) else ""


def safe_color(color: str) -> str:
    return color if re.fullmatch(r"#[0-9a-fA-F]{6}", color) else "#1f5eff"


def readable_on(color: str) -> str:
    """Black or white, whichever has more contrast on ``color`` (WCAG 2.2, relative luminance)."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= SRGB_KNEE else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#ffffff" if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 else "#000000"
