"""What the HTTP server logs: whoever speaks no HTTP is one line, without a word of what was sent."""

import logging
from typing import Final

from aiohttp.http_exceptions import HttpProcessingError


class _ClientFaults(logging.Filter):
    """Turns the traceback of a request that cannot be read into a sentence; faults of ours keep theirs."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            what = fault_of(error)
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.msg, record.args = "A request could not be read and was answered %d: %s.", (error.code, what)
            record.exc_info = None
        return True


def fault_of(error: BaseException | None) -> str | None:
    """Say what is wrong with a request in a few words that quote nothing of it; None where it is our fault."""
    return error.message.partition(":")[0].strip() if isinstance(error, HttpProcessingError) else None


def _logger() -> logging.Logger:
    found = logging.getLogger("sandbox.http")
    found.addFilter(_ClientFaults())
    return found


HTTP_LOG: Final = _logger()
"""The logger to give to the HTTP server."""
