"""Segment's npm packages in the runtime: which are always there, and which only where the code names them."""

import re

ALWAYS = ("node-fetch",)
"""Evaluated while a worker starts."""

_NAMED = {
    "lodash": re.compile(r"(?<![\w$.])_(?![\w$])"),
    "moment-timezone": re.compile(r"\bmoment\b"),
}


def named_in(source: str) -> list[str]:
    """Return the packages whose global the source names; evaluated when first used."""
    return [package for package, name in _NAMED.items() if name.search(source)]
