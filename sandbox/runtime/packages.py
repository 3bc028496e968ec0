"""Segment's npm packages in the runtime: which are always there, and which only where the code names them."""

import re

ALWAYS = ("node-fetch",)
"""Evaluated while a worker starts."""

_NAMED = {
    "lodash": re.compile(r"(?<![\w$.])_(?![\w$])"),
    "moment-timezone": re.compile(r"\bmoment\b"),
}


_WEB_GLOBALS = "web-globals"


def exposed_for(web_globals: bool) -> list[str]:  # noqa: FBT001 - the code's own switch
    """Return the packages whose exports become globals."""
    return [_WEB_GLOBALS] if web_globals else []


def named_in(source: str) -> list[str]:
    """Return the packages whose global the source names; evaluated when first used."""
    return [package for package, name in _NAMED.items() if name.search(source)]
