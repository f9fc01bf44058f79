"""How a message leaves the outbox. One file per channel; files that start with an underscore are tools they share.

email   a mail, to a server or into a folder        shop   a parcel's state, written to the shop and read back
alert   incidents, by mail to those who look after Wismo
certificates   what a TLS server shows
"""

from typing import Protocol, TypeVar

from relay.model import Receipt

View_contra = TypeVar("View_contra", contravariant=True)


class Channel(Protocol[View_contra]):
    """What the outbox needs of a way out. Belongs to one loop: nobody else sends on it."""

    @property
    def name(self) -> str: ...

    def send(self, view: View_contra) -> Receipt:
        """Hand over what ``view`` tells, and return the far side's proof that it was taken. Raises SendFailed.

        May run twice for one message id; the far side can tell by the id that it is the same message, or is told a
        state that may be told again.
        """

    def preview(self, view: View_contra) -> str:
        """One line about what would be sent; whatever would make it fail on our side fails here too."""
