"""The log: lines of JSON on the standard error, without customers' data."""

from __future__ import annotations

import logging
import sys

import structlog


def log_as_json(level: str) -> None:
    """Log as lines of JSON on the standard error, from `level` upwards, our own messages and those of libraries."""
    least = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(sort_keys=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),  # whichever that is by then
        cache_logger_on_first_use=False,
    )
    for name in ("werkzeug", "dash.dash"):
        logging.getLogger(name).setLevel(max(least, logging.WARNING))
