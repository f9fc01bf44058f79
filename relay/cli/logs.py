"""Logs: for people on a terminal, JSON lines anywhere else."""

import logging
import os
import sys
from contextlib import suppress

import orjson
import structlog


def configure_logs() -> None:
    # The pool says in words of its own what the commands and /health say in ours.
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
    stamps: list[structlog.types.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if sys.stderr.isatty():  # without the values of variables, which hold addresses and texts
        renderers: list[structlog.types.Processor] = [
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        ]
        factory: object = structlog.WriteLoggerFactory(file=sys.stderr)
    else:
        renderers = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_line)]
        factory = Lines
    structlog.configure(
        processors=[*stamps, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=factory,  # type: ignore[arg-type]  # either factory serves
        cache_logger_on_first_use=True,
    )


class Lines:
    """One ``write`` a line, which the system keeps whole: structlog's own logger has every thread wait for a lock.

    A line that nobody takes, as on a full disk, is lost: what it tells of is not to fail, or end, because of it.
    """

    def __init__(self, *_names: object) -> None: ...

    def msg(self, line: bytes) -> None:
        with suppress(OSError):
            os.write(2, line + b"\n")

    debug = info = warning = error = critical = exception = msg


def _line(event: object, **_options: object) -> bytes:
    return orjson.dumps(event, default=str)
