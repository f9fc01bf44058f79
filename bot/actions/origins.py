"""Where a window was opened from, so that the card there is drawn anew when the window has done its work.

What may be seen by others travels with the window; the response URL, with which anybody could write in our name, stays
here. It works for thirty minutes, five times; a process that began since then does not know it, and need not.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

import orjson

from bot.actions.press import Place
from relay.desk.parcels import Seen

LASTS: Final = timedelta(minutes=30)
MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Origin:
    """What a window is about, as it was seen, and where it came from."""

    order_id: str
    seen: Seen
    shipment_id: str
    place: Place

    def as_text(self) -> str:
        place = self.place
        seen = [getattr(self.seen, name) for name in Seen.__dataclass_fields__]
        where = [place.channel, place.ts, place.thread_ts, place.is_private]
        return orjson.dumps({"o": self.order_id, "s": self.shipment_id, "n": seen, "p": where}).decode()


def origin_of(text: str) -> Origin:
    """What :meth:`Origin.as_text` wrote; Slack gives it back as it was."""
    said = orjson.loads(text)
    channel, ts, thread_ts, is_private = said["p"]
    return Origin(said["o"], Seen(*said["n"]), said["s"], Place(channel, ts, thread_ts, is_private))


class Origins:
    """The response URLs of the windows that are open, by the window's id."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[str, datetime]] = OrderedDict()
        self._lock = Lock()

    def keep(self, view_id: str, response_url: str, now: datetime) -> None:
        if not response_url:
            return
        with self._lock:
            self._kept[view_id] = response_url, now + LASTS
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)

    def place(self, view_id: str, place: Place, now: datetime) -> Place:
        """The place with what is known here of it."""
        with self._lock:
            response_url, until = self._kept.get(view_id, ("", now))
        return replace(place, response_url=response_url) if now < until else place
