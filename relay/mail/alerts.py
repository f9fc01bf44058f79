"""The mail that tells an operator of incidents: in English, as commands and logs say them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import mrml

from relay.mail import RenderedMail, templates
from relay.mail.outside import one_line
from relay.model import Brand

SUBJECT_LIMIT, TITLE_LIMIT, REMEDY_LIMIT = 140, 400, 600
#: Where the operator reads on; each kind has a section of its name.
GUIDE = "docs/operations.md"


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One incident, as it stands."""

    incident_id: str
    kind: str
    title: str
    remedy: str
    opened_at: datetime
    closed_at: datetime | None
    parcels: int  #: behind it


@dataclass(frozen=True, slots=True)
class AlertView:
    """What one mail tells one of those who look after Wismo."""

    to: str
    message_ids: tuple[str, ...]  #: the first is the mail's own id
    lines: Sequence[AlertLine]


def render_alert(view: AlertView, brand: Brand, *, timezone: str) -> RenderedMail:
    shown = [_shown(line, timezone) for line in view.lines]
    context = {
        "shop": one_line(brand.shop_name, 60),
        "open": [line for line in shown if not line["until"]],
        "over": [line for line in shown if line["until"]],
        "guide": GUIDE,
    }
    return RenderedMail(
        subject=_subject(view.lines, brand),
        text=templates().get_template("alert.txt").render(context),
        html=str(mrml.to_html(templates().get_template("alert.mjml").render(context)).content),
    )


def _subject(lines: Sequence[AlertLine], brand: Brand) -> str:
    is_over = all(line.closed_at for line in lines)
    said = lines[0].title if len(lines) == 1 else f"{len(lines)} incidents: {lines[0].title}"
    name = "Wismo" if brand.shop_name == "Wismo" else f"Wismo {one_line(brand.shop_name, 40)}"
    return one_line(f"[{name}] {'Over: ' if is_over else ''}{said}", SUBJECT_LIMIT)


def _shown(line: AlertLine, timezone: str) -> dict[str, object]:
    return {
        "title": one_line(line.title, TITLE_LIMIT),
        "remedy": one_line(line.remedy, REMEDY_LIMIT),
        "since": _local(line.opened_at, timezone),
        "until": _local(line.closed_at, timezone) if line.closed_at else "",
        "parcels": line.parcels,
        "kind": line.kind,
        "incident_id": line.incident_id,
    }


def _local(moment: datetime, timezone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M} ({timezone})"
