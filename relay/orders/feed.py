"""The shop's feed, the backup of its hook: taken, kept, and only then forgotten by the shop."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from relay.desk import Desk, connecting
from relay.intake.notices import FEED, keep_notices
from relay.orders.jobs import Step
from relay.shops import Shop

#: A lot is ten; so many are taken in one go, so that nothing else waits long.
LOTS = 20


@dataclass(frozen=True, slots=True)
class Feed:
    desk: Desk
    shop: Shop
    now: Callable[[], datetime]
    name: str = "default"
    alive: Callable[[], None] = lambda: None  #: called after each lot

    def take(self) -> Step:
        """Take what waits, if the feed is ours: another's is not to be read empty.

        Raises ShopFault; what it took before that is kept.
        """
        with self.desk.database.read() as tx:
            found = connecting.found(tx, "feed")
        if found is None or found.state != "ours":
            return Step.IDLE
        for _ in range(LOTS):
            notices = self.shop.take_notices()
            if not notices:
                return Step.DONE
            now = self.now()
            self.desk.database.write(lambda tx: keep_notices(tx, notices, now, shop=self.name, route=FEED))  # noqa: B023 - called at once
            self.shop.forget_notices(notices)
            self.alive()
        return Step.MORE
