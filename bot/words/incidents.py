"""An open incident on a card, in one line: what is wrong, since when, who looks after it."""

from datetime import datetime
from typing import Final

from bot.values import Reader
from bot.words import _, moments, outside, say
from bot.words.outside import as_mrkdwn
from relay.desk.facets import IncidentView

#: By kind; another kind is told by its own title.
TITLES: Final = {
    "ask_refused": _("%(of)s refuses our key: nobody is asked about its parcels"),
    "ask_failing": _("%(of)s gives no usable answer"),
    "held_rule": _("unusually many deliveries of %(of)s are held"),
    "shop_refused": _("the shop refuses us: no order is read"),
    "shop_down": _("the shop gives no usable answer: no order is read"),
    "untold": _("the customer was not told: the news was older than 48 hours when it arrived"),
    "dead_message": _("a message about it could not be sent and was given up"),
}


def line(incident: IncidentView, reader: Reader, now: datetime) -> str:
    """For a ``mrkdwn``."""
    speak = say(reader.locale)
    since = moments.ago(incident.opened_at, now, reader)
    title = outside.mrkdwn(incident.title)
    if incident.kind in TITLES:
        title = speak(TITLES[incident.kind]) % {"of": outside.mrkdwn(incident.label, outside.PLACE)}
    return speak(_("*Open incident* (opened %(ago)s): %(title)s. %(owner)s.")) % {
        "ago": since,
        "title": title,
        "owner": _owner(incident, reader),
    }


def _owner(incident: IncidentView, reader: Reader) -> str:
    speak = say(reader.locale)
    if incident.owner is None:
        return speak(_("Nobody has taken it yet"))
    return speak(_("%(who)s is on it")) % {"who": as_mrkdwn(outside.user(incident.owner))}
