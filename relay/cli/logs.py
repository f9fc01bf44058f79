"""Logs: for people on a terminal, JSON lines anywhere else."""

import logging
import sys

import structlog


def configure_logs() -> None:
    for_people = sys.stderr.isatty()
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer() if for_people else structlog.processors.JSONRenderer()
    )
    tail: list[structlog.types.Processor] = (
        [renderer] if for_people else [structlog.processors.format_exc_info, renderer]
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *tail,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
