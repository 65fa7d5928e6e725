"""How the server writes its log: to standard error, as text for people or JSON for machines."""

import sys

import structlog


def configure_logging(shape: str) -> None:
    """Write log lines in this shape (``text`` or ``json``) from now on.

    Tracebacks are written without the values of variables, which may be secrets.
    """
    in_colour = shape == "text" and sys.stderr.isatty()
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if shape == "json"
        else structlog.dev.ConsoleRenderer(
            colors=in_colour, exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if shape == "json" else []),
            renderer,
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
