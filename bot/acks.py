"""What Bolt does otherwise than we want, set right at one place."""

import logging
from collections.abc import Callable

import structlog
from slack_bolt import Ack, BoltContext, BoltResponse

log = structlog.get_logger()


class KeptAck(Ack):
    """An answer that was given stays given.

    Bolt takes it back when the listener fails within ten milliseconds after it, and Slack is told 404 after three
    seconds: https://github.com/slackapi/bolt-python, ``ThreadListenerRunner.run``.
    """

    @property
    def response(self) -> BoltResponse | None:
        return self._given

    @response.setter
    def response(self, given: BoltResponse | None) -> None:
        self._given = given or getattr(self, "_given", None)


def keep_ack(context: BoltContext, next: Callable[[], None]) -> None:  # noqa: A002 - Bolt finds its arguments by their names
    context["ack"] = KeptAck()  # type: ignore[no-untyped-call]  # the library's
    next()


class Lines(logging.Handler):
    """What the library logs becomes a line of ours, short: Bolt puts whole requests into some of its own."""

    def emit(self, record: logging.LogRecord) -> None:
        log.warning("slack library", logger=record.name, said=record.getMessage().splitlines()[0][:LONGEST])


#: Characters of a line of the library's; bodies come after more than that.
LONGEST = 80


def quiet_logger() -> logging.Logger:
    """For Bolt and the SDK: warnings only, since below that they tell bodies and signatures."""
    logger = logging.getLogger("wismo.slack")
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(Lines())
    return logger
