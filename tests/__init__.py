"""Has logs of tests show tracebacks as plainly as the bot's own do; Rich would take a second to colour one."""

import sys

if "pytest" in sys.modules:  # and not in what tests start, which would take long to load structlog
    import structlog

    structlog.configure(
        processors=[
            *structlog.get_config()["processors"][:-1],
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ]
    )
