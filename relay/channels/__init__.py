"""How a message leaves the outbox. One file per channel; files that start with an underscore are tools they share."""

from typing import Protocol

from relay.model import MailView, Receipt


class Channel(Protocol):
    """What the outbox needs of a way out. Belongs to one loop: nobody else sends on it."""

    @property
    def name(self) -> str: ...

    def send(self, view: MailView) -> Receipt:
        """Hand over what ``view`` tells, and return the far side's proof that it was taken. Raises SendFailed.

        May run twice for one message id; the far side can tell by the id that it is the same message.
        """

    def preview(self, view: MailView) -> str:
        """One line about what would be sent; whatever would make it fail on our side fails here too."""
