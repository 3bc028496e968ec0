"""Headers of requests as text; aiohttp hides bytes that are not UTF-8 in surrogates, which cannot be written."""

from aiohttp import web


def shown(value: str) -> str:
    """Return a header's value as text that can be written: each byte is a character, as in Node."""
    return value.encode("utf-8", "surrogateescape").decode("latin-1")


def header(request: web.Request, name: str) -> str | None:
    """Return the first value of a header as text; None where there is none."""
    value = request.headers.get(name)
    return None if value is None else shown(value)
