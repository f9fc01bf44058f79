"""What the team is told in Slack: one message each, which always tells the present, and nothing if that is no news."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from relay.database import Tx
from relay.desk.following import look_again_at
from relay.desk.posted import posted, refused
from relay.desk.posts import Post, is_news, post_of
from relay.errors import SendFailed
from relay.model import OutboxMessage, Receipt
from relay.outbox._route import Mode
from relay.settings import Settings
from relay.store import asked
from relay.store import outbox as store


@dataclass(frozen=True, slots=True)
class SlackRoute:
    settings: Settings
    would: str = "would have posted:"

    def mode(self, _tx: Tx) -> Mode:
        """It is never held back: it goes to the team, and not to customers or the shop."""
        return Mode.SEND

    def together(self, tx: Tx, lead: OutboxMessage, now: datetime, _until: datetime) -> Sequence[OutboxMessage]:
        asked.drop_expired(tx, now)
        if later := look_again_at(tx, lead, now):
            store.put_back(tx, lead, later, "", count_try=False)
            return ()
        if not is_news(tx, self.settings, lead, now):
            store.settle(tx, lead, "superseded", receipt="there is nothing to tell any more")
            return ()
        return (lead,)

    def is_overtaken(self, tx: Tx, messages: Sequence[OutboxMessage], now: datetime) -> bool:
        return not is_news(tx, self.settings, messages[0], now)

    def view(self, tx: Tx, messages: Sequence[OutboxMessage], now: datetime) -> Post:
        post = post_of(tx, self.settings, messages[0], now)
        if post is None:
            raise LookupError(messages[0].subject)
        return post

    def may_reach(self, _view: Post) -> bool:
        return True

    def after(self, tx: Tx, messages: Sequence[OutboxMessage], receipt: Receipt, now: datetime) -> None:
        posted(tx, messages[0], receipt, now)

    def failed(self, tx: Tx, messages: Sequence[OutboxMessage], error: SendFailed, now: datetime) -> None:
        refused(tx, self.settings, messages[0], error, now)
