"""What is told twice is heard once."""

from datetime import datetime, timedelta

from relay.database import Tx
from relay.desk import Desk
from relay.store import heard

#: Slack repeats an event within minutes; its ids are kept for longer, which costs next to nothing.
KEPT = timedelta(days=1)


def is_new(desk: Desk, event_id: str, now: datetime) -> bool:
    """Whether this event was never heard; the ids are shared by all processes and outlive them."""

    def work(tx: Tx) -> bool:
        heard.forget_before(tx, now - KEPT)
        return heard.hear(tx, event_id, now)

    return desk.database.write(work)
