"""The words and look of each mail: the present state of one or more parcels, as text and HTML.

words      a parcel's state and dates, in the customer's language; the page uses them too
alerts     incidents, for those who look after Wismo
outside    texts, addresses and colours of others, made fit to show
locale/    the catalogues   templates/  the mail as text and as MJML
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import mrml
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from relay.mail import words
from relay.mail.outside import one_line, readable_on, safe_color, safe_url
from relay.model import Brand, MailView, ParcelView

SUBJECT_LIMIT = 140


@dataclass(frozen=True, slots=True)
class RenderedMail:
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Block:
    """One parcel's part of a mail."""

    sentence: str
    lines: Sequence[str]  #: when it came or should come, and what to make of it
    carrier: str
    number: str
    latest_at: str  #: of the newest scan; "" where there is none
    latest_place: str
    page_url: str  #: where its button leads; "" where a later block has it
    follow: str  #: the button


def render(view: MailView, brand: Brand, *, timezone: str, now: datetime) -> RenderedMail:
    """The mail that tells the present truth of ``view``; ``now`` decides what is late."""
    locale = view.locale
    color = safe_color(brand.color)
    context: Mapping[str, object] = {
        "_": words.say(locale),
        "lang": words.language(locale),
        "brand": brand,
        "color": color,
        "text_color": readable_on(color),
        "logo_url": safe_url(brand.logo_url),
        "shop_url": safe_url(brand.shop_url),
        "support_url": safe_url(brand.support_url),
        "name": one_line(view.customer_name, 60),
        "order": words.order_name(view.order_ids, brand.order_label, locale),
        "blocks": list(_blocks(view.parcels, locale, timezone, now)),
    }
    return RenderedMail(
        subject=_subject(view, brand),
        text=templates().get_template("mail.txt").render(context),
        html=str(mrml.to_html(templates().get_template("mail.mjml").render(context)).content),
    )


def _subject(view: MailView, brand: Brand) -> str:
    """What is the news of every parcel, the furthest first: one that arrived does not speak for one that did not."""
    newest_first = sorted(view.parcels, key=lambda parcel: parcel.status.rank, reverse=True)
    news = dict.fromkeys(words.headline(parcel, view.locale) for parcel in newest_first)
    order = words.order_name(view.order_ids, brand.order_label, view.locale)
    return one_line(f"{' / '.join(news)}: {order}", SUBJECT_LIMIT)


def _blocks(parcels: Sequence[ParcelView], locale: str, timezone: str, now: datetime) -> Iterator[Block]:
    """Parcels of one page share a button, under the last of them."""
    pages = [parcel.page_url for parcel in parcels]
    for position, parcel in enumerate(parcels):
        latest = parcel.events[-1] if parcel.events else None
        yield Block(
            sentence=words.sentence(parcel, locale),
            lines=words.details(parcel, locale, timezone, now),
            carrier=one_line(parcel.carrier_label, 60),
            number=one_line(parcel.tracking_number or "", 60),
            latest_at=words.event_moment(latest, locale, timezone) if latest else "",
            latest_place=one_line(latest.place, 80) if latest else "",
            page_url="" if parcel.page_url in pages[position + 1 :] else parcel.page_url,
            follow=words.follow(pages.count(parcel.page_url), locale),
        )


@cache
def templates() -> Environment:
    return Environment(
        loader=PackageLoader("relay.mail"),
        autoescape=select_autoescape(["mjml"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
