"""Structured logs: one event per line with its facts as fields, including discord.py's own records."""

import logging
import sys
from typing import Any, Literal

import stamina
import structlog

# httpx writes every URL at info, discord.py interaction tokens at debug; neither belongs in a log.
_QUIETER = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "discord": logging.INFO,
    "aiosqlite": logging.INFO,
}


def configure_logs(*, form: Literal["console", "json"], level: str) -> None:
    """Send everything to standard error, as text for people or as JSON for collectors."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_rendering(form)))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name, quietest in _QUIETER.items():
        logging.getLogger(name).setLevel(max(quietest, root.level))
    # The code that retries logs it; stamina's own record would hold the arguments of the failed call.
    stamina.instrumentation.set_on_retry_hooks([])


def _rendering(form: Literal["console", "json"]) -> list[Any]:
    tidy = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if form == "json":
        # Tracebacks without local variables, which may hold the text of a member.
        return [tidy, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    plain_tracebacks = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    return [tidy, plain_tracebacks]
