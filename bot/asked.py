"""A question as it came from a command or a mention, and its answer."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.actions.press import About, Place, Press
from bot.values import Message, Reader


@dataclass(frozen=True, slots=True)
class Asked:
    text: str
    reader: Reader
    channel: str = ""
    thread_ts: str = ""  #: "": asked by a command, which belongs to no thread
    trigger_id: str = ""  #: opens a window within three seconds
    response_url: str = ""

    def press(self, about: About | None = None) -> Press:
        """As if a button had been pressed there, so that it is answered like one."""
        place = Place(channel=self.channel, thread_ts=self.thread_ts, response_url=self.response_url)
        return Press(self.reader, about, "", self.trigger_id, place)


def nothing() -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    message: Message | None  #: None: nothing is said by itself
    then: Callable[[], None] = nothing  #: what is asked of Slack after the acknowledgement
