"""A question as it came from a command or a mention, and its answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.actions.press import About, Place, Press
from bot.values import Message, Reader
from relay.desk.questions import Question, Way
from relay.desk.watching import Thread


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

    def question(self, way: Way, text: str, now: datetime) -> Question:
        """To be answered in its thread, or to whoever asked alone."""
        to = Thread(self.channel, self.thread_ts) if self.thread_ts else Thread(self.reader.user_id)
        return Question(way, to, self.reader.user_id, self.reader.team_id, text, now, self.response_url)


def nothing() -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    message: Message | None  #: None: nothing is said by itself
    then: Callable[[], None] = nothing  #: what is asked of Slack after the acknowledgement
